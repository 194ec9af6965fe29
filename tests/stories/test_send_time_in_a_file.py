"""send_time in an engine's own file: promises are kept, and replay and backtest come to the same moments."""

import json
from pathlib import Path
from random import Random

import pytest

from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from opportune.testing.instants import instant
from opportune.units import DAY, HOUR
from opportune.wiring.auditing.audit import audit
from opportune.wiring.cli import main
from opportune.wiring.replay import replay
from tests.laws.hosted import Hosted

START = instant("2026-06-01T00:00Z")
TEXTS = {
    "opportune.yaml": """zone: UTC
consent: {email: always}
policies:
  - send_time: {explore: 30%}
  - quiet_hours: {from: "21:00", to: "08:00"}
  - frequency_cap: {at_most: 2, within: 7 days}
""",
    "journeys/news.yaml": "journey: news\nenter: News\nreentry: always\nsteps:\n  - send: reminder\n",
    "messages/reminder.yaml": "message: reminder\ntopic: news\nchannels: [email]\nuseful_for: 1 day\n",
    "messages/reminder.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
}


async def two_weeks(hosted: Hosted) -> None:
    dice, made = Random(3), 0
    for user in range(20):
        said = json.dumps({"email": f"u{user}@example.com"}).encode()
        await hosted.says(Event(f"i{user}", f"u{user}", "Identified", START, START, properties=said))
    for day in range(14):
        for hour in (7, 12, 17):
            await hosted.passes(START + day * DAY + hour * HOUR - hosted.clock.now())
            for user in (n for n in range(20) if n % 3 == hour % 3 or dice.random() < 0.2):
                name, now, made = "News" if dice.random() < 0.3 else "Page Viewed", hosted.clock.now(), made + 1
                await hosted.says(Event(f"e{made}", f"u{user}", name, now, now, properties=b"{}"))
    await hosted.passes(2 * DAY)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hosted = Hosted(tmp_path_factory.mktemp("shop") / "shop.db", TEXTS, START)
    hosted.live(two_weeks(hosted))
    return hosted.path


def test_no_promise_is_broken_and_what_is_not_judged_is_said(path: Path) -> None:
    history = SqliteHistory(path)
    found = audit(history)
    history.close()
    assert found.violations == [] and found.sends > 15
    assert any("moments that send_time chose" in each for each in found.limits)


def test_replay_chooses_the_same_moments(path: Path) -> None:
    history = SqliteHistory(path)
    found = replay(history)
    chosen = [each for each in history.decisions() if each.timing is not None and each.chosen is not None]
    history.close()
    assert (found.differing, found.differences) == (0, [])
    assert sum(each.chosen is not None and each.chosen.at > each.due for each in chosen) > 15


def test_the_same_playbook_on_its_own_log_comes_to_the_same_decisions(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, text in TEXTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert main(["backtest", str(tmp_path), "--store", str(path), "--workers", "1", "--json"]) == 0
    [report] = json.loads(capsys.readouterr().out)["reports"]
    history = SqliteHistory(path)
    decisions = sum(1 for _ in history.decisions())
    history.close()
    assert 0.9 * decisions <= report["decisions"] <= 1.1 * decisions


def test_why_tells_the_moment_for_programs_by_name(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "--store", str(path), "--code", "sent", "--json", "--last", "1"]) == 0
    [told] = json.loads(capsys.readouterr().out)["decisions"]
    timing = told["decision"]["timing"]
    assert timing["because"] in {"sure_gain", "control", "too_little_known", "no_gain", "unsure_gain"}
    assert {"arm", "basis", "best", "baseline", "baselineHour", "gain", "deviation", "checkIns", "model", "zone",
            "zoneSource", "zoneAge", "slots"} <= timing.keys()  # fmt: skip
    assert {"channel", "at", "opened", "worth", "chance"} == timing["slots"][0].keys()
    assert told["handOver"]["plannedAt"] <= told["handOver"]["attemptedAt"] <= told["handOver"]["acceptedAt"]
    assert told["closed"] == [] or told["closed"][0].keys() == {"channel", "first", "last", "codes"}


@pytest.mark.parametrize("more", [[], ["--from", "2026-06-08"]])
def test_shadow_comes_to_what_a_backtest_of_the_file_comes_to(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    for name, text in TEXTS.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    told = []
    for command in (["shadow", "--once"], ["backtest", "--workers", "1"]):
        assert main([*command, str(tmp_path), "--store", str(path), "--json", *more]) == 0
        found = json.loads(capsys.readouterr().out)
        report = found["reports"][0] if "reports" in found else found.get("report", found)
        told.append((report["decisions"], report["sent"], report["by_hour"], report["silent"]))
    assert told[0] == told[1] and told[0][1] > 5
