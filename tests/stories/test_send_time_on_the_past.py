"""send_time tried on a past: it learns from what came before, goes at their hour, and books and caps stay right."""

import json
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from opportune.playbook.reading import playbook_from
from opportune.testing.instants import instant
from opportune.units import DAY, HOUR, Instant
from opportune.wiring.backtest.report import Report
from opportune.wiring.cli import main
from opportune.wiring.simulating.running import Stage, simulated

BOOK = {
    "opportune.yaml": """zone: UTC
consent: {email: always}
policies:
  - send_time: {control: 0%, explore: 0%}
  - quiet_hours: {from: "21:00", to: "06:00"}
  - frequency_cap: {at_most: 1, within: 7 days}
""",
    "journeys/news.yaml": "journey: news\nenter: News\nreentry: always\nsteps:\n  - send: reminder\n",
    "messages/reminder.yaml": "message: reminder\ntopic: news\nchannels: [email]\nuseful_for: 1 day\n",
    "messages/reminder.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
}
START = instant("2026-06-01T00:00Z")
USERS = 20


def folder(path: Path, *, without: str = "") -> Path:
    for name, text in BOOK.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("\n".join(line for line in text.splitlines() if not without or without not in line))
    return path


def past(path: Path) -> Path:
    """Everybody looks in every morning at seven for three weeks, and on the 22nd day there is news at noon, twice."""
    rows = list[tuple[Instant, dict[str, object]]]()
    for user in (f"u{n}" for n in range(USERS)):
        said = {"email": f"{user}@example.com", "timezone": "UTC"}
        rows.append((START, {"type": "identify", "userId": user, "traits": said}))
        looks = [(START + day * DAY + 7 * HOUR, "Page Viewed") for day in range(25)]
        news = [(START + 21 * DAY + (12 + n) * HOUR, "News") for n in range(2)]
        rows += [(at, {"type": "track", "userId": user, "event": name}) for at, name in (*looks, *news)]
    rows.sort(key=lambda row: row[0])
    lines = [{**row, "timestamp": iso(at), "messageId": f"m{place}"} for place, (at, row) in enumerate(rows)]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def iso(at: Instant) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).isoformat()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("past")
    folder(root / "chosen")
    folder(root / "at_once", without="send_time")
    past(root / "events.ndjson")
    return root


def tried(files: Path, capsys: pytest.CaptureFixture[str], name: str, *more: str) -> Report:
    asked = ["backtest", str(files / name), str(files / "events.ndjson"), "--json", "--workers", "1", *more]
    assert main(asked) == 0
    [found] = json.loads(capsys.readouterr().out)["reports"]
    return msgspec.convert(found, Report, strict=False)


@pytest.mark.parametrize("more", [(), ("--from", "2026-06-20")])
def test_it_goes_at_the_hour_that_the_past_tells_also_before_the_span_that_is_tried(
    files: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    found = tried(files, capsys, "chosen", *more)
    assert (found.sent, found.by_hour[6] + found.by_hour[7], found.decisions) == (USERS, USERS, 2 * USERS)


def test_caps_hold_as_without_it(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = tried(files, capsys, "at_once")
    assert (found.sent, found.by_hour[12], found.decisions) == (USERS, USERS, 2 * USERS)


def test_both_are_compared_as_the_same_messages_that_go_later(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["diff", str(files / "at_once"), str(files / "chosen"), str(files / "events.ndjson"), "--workers", "1"])
        == 0
    )
    said = capsys.readouterr().out
    assert "later" in said


def test_made_up_users_live_under_it_the_same_each_time() -> None:
    journey = "journey: news\nenter: Page Viewed\nreentry: {cooldown: 1 day}\nsteps:\n  - send: reminder\n"
    playbook = playbook_from(BOOK | {"journeys/news.yaml": journey})
    once, again = (simulated(playbook, "p", Stage(60, 20, 7, START)) for _ in range(2))
    assert (once.sent, once.by_hour, once.poison) == (again.sent, again.by_hour, [])
    assert once.sent > 60 and once.decisions == once.sent + once.silent + once.open
    assert sum(once.by_hour[:6]) + sum(once.by_hour[21:]) == 0
