"""Faults planted in a real file: an audit finds each of them, and nothing else."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from msgspec import msgpack
from msgspec.structs import replace

from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from opportune.policies.decision import Decision, Ending
from opportune.sending.attempt import Attempt
from opportune.units import DAY, HOUR, MINUTE, Instant
from opportune.wiring.auditing.audit import audit
from opportune.wiring.auditing.found import Audit
from opportune.wiring.cli import main
from tests.laws.hosted import Hosted

NOON: Instant = 1_780_315_200_000  # a Monday
POLICIES = """
  - quiet_hours: {from: "21:00", to: "08:00"}
  - frequency_cap: {at_most: 2, within: 7 days}
  - frequency_cap: {at_most: 1, within: day, topics: [news]}
  - minimum_gap: {span: 3 hours}
  - fatigue: {at_most: 3, within: 30 days}
"""
MESSAGE = "message: reminder\ntopic: cart\nchannels: [email]\n"
WORDS = "subject: Your cart\n---\nIt waits. {{ unsubscribe_url }}\n"


def texts(policies: str = POLICIES) -> dict[str, str]:
    return {
        "opportune.yaml": f"zone: UTC\nconsent: {{email: {{trait: email_opt_in}}}}\npolicies:{policies}",
        "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nkey: cart_id\n"
        "steps:\n  - wait: 45 minutes\n  - send: reminder\n",
        "messages/reminder.yaml": MESSAGE,
        "messages/reminder.liquid": WORDS,
        "messages/news.yaml": MESSAGE.replace("reminder", "news").replace("cart", "news"),
        "messages/news.liquid": WORDS,
        "messages/receipt.yaml": MESSAGE.replace("reminder", "receipt") + "kind: transactional\nobeys: false\n",
        "messages/receipt.liquid": WORDS,
    }


def said(id: str, user: str, name: str, at: Instant, **properties: object) -> Event:
    return Event(id, user, name, at, at, properties=json.dumps(properties).encode())


async def a_day(hosted: Hosted) -> None:
    """Ann gets one reminder on Monday at 12:45 and stops all mail on Wednesday; Bob never said yes."""
    await hosted.says(said("1", "ann", "Identified", NOON, email="ann@example.com", email_opt_in=True))
    await hosted.says(said("2", "ann", "Cart Updated", NOON, cart_id="a"))
    await hosted.says(said("3", "bob", "Identified", NOON, email="bob@example.com", email_opt_in=False))
    await hosted.says(said("4", "bob", "Cart Updated", NOON, cart_id="a"))
    await hosted.passes(2 * DAY)
    await hosted.says(said("5", "ann", "Unsubscribed", NOON + 2 * DAY))
    await hosted.says(said("6", "cat", "Identified", NOON + 2 * DAY, email="cat@example.com", email_opt_in=True))
    await hosted.says(said("7", "cat", "Email Bounced", NOON + 2 * DAY, type="hard"))
    await hosted.passes(5 * DAY)
    await hosted.says(said("8", "dan", "Page Viewed", NOON + 7 * DAY))


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    hosted = Hosted(tmp_path_factory.mktemp("lived") / "shop.db", texts(), NOON)
    hosted.live(a_day(hosted))
    return hosted.path


class File:
    """A copy of it, in which faults are planted."""

    def __init__(self, path: Path) -> None:
        self.path, self.file = path, apsw.Connection(str(path))
        found = [msgpack.decode(body, type=Decision) for (body,) in self.file.execute("SELECT body FROM decisions")]
        self.sent = next(each for each in found if each.user == "ann")
        self.silence = next((each for each in found if each.chosen is None), self.sent)

    def plant(self, id: str, at: Instant, **changes: Any) -> None:
        """Another message that went out; of Ann's reminder for another cart unless it says otherwise."""
        assert self.sent.chosen is not None
        chosen = replace(self.sent.chosen, at=at)
        made = replace(self.sent, **{"id": id, "key": id, "due": at, "chosen": chosen} | changes)
        self.keep(made, Ending(id, made.user, "sent", "accepted", at))

    def keep(self, decision: Decision, ending: Ending | None) -> None:
        row = (decision.id, decision.user, decision.seq, msgpack.encode(decision))
        self.file.execute("INSERT INTO decisions (id, user, seq, body) VALUES (?, ?, ?, ?)", row)
        if ending is not None:
            self.file.execute(
                "INSERT INTO endings (decision, body) VALUES (?, ?)", (decision.id, msgpack.encode(ending))
            )

    def tried(self, id: str, nth: int, stage: str, *, is_logged: bool = True) -> None:
        """Another attempt in the outbox."""
        body = self.file.execute("SELECT attempt FROM outbox WHERE decision = ?", (self.sent.id,)).get
        attempt = replace(msgpack.decode(body, type=Attempt), decision=id)
        row = (id, nth, stage, is_logged, msgpack.encode(attempt))
        self.file.execute("INSERT INTO outbox (decision, nth, stage, is_logged, attempt) VALUES (?, ?, ?, ?, ?)", row)

    def audited(self) -> Audit:
        history = SqliteHistory(self.path)
        try:
            with history.standing_still():
                return audit(history)
        finally:
            history.close()

    def found(self) -> list[tuple[str, str]]:
        """Check and decision of each violation."""
        return sorted((each.check, each.decision) for each in self.audited().violations)


@pytest.fixture
def file(lived: Path, tmp_path: Path) -> Iterator[File]:
    copy = File(Path(shutil.copy(lived, tmp_path / "copy.db")))
    yield copy
    copy.file.close()


def test_nothing_is_found_where_nothing_is_wrong(file: File) -> None:
    found = file.audited()
    assert found.violations == []
    assert (found.decisions, found.ended, found.pending, found.sends) == (2, 2, 0, 1)


def test_one_more_than_a_rolling_cap_allows_is_found(file: File) -> None:
    file.plant("second", NOON + DAY)
    assert file.found() == []
    file.plant("third", NOON + 2 * DAY - HOUR)
    assert file.found() == [("caps", "third")]
    (violation,) = file.audited().violations
    assert set(violation.others) == {"second", file.sent.id}
    assert "3 messages in 1 week, and frequency_cap allows 2" in violation.sentence


def test_a_window_is_half_open(file: File) -> None:
    sent = file.audited().sends
    assert sent == 1
    base = NOON + 8 * DAY
    for number, at in enumerate((base, base + DAY, base + 7 * DAY)):
        file.plant(f"later{number}", at - 1_000, user="eve", zone="UTC")
    assert ("caps", "later2") not in file.found()


def test_two_of_a_calendar_day_are_found_where_one_is_allowed(file: File) -> None:
    file.plant("news1", NOON + DAY - 3 * HOUR, message="news")
    file.plant("news2", NOON + DAY + 3 * HOUR, message="news")
    assert ("caps", "news2") in file.found()
    assert any("a day" in each.sentence for each in file.audited().violations)


def test_too_small_a_gap_is_found(file: File) -> None:
    file.plant("soon", NOON + 2 * HOUR)
    assert file.found() == [("caps", "soon")]
    assert "and the gap is 3 hours" in file.audited().violations[0].sentence


def test_fatigue_counts_what_obeys_nothing_and_binds_what_obeys(file: File) -> None:
    for number in range(3):
        file.plant(f"receipt{number}", NOON + DAY + 4 * number * HOUR - HOUR, message="receipt")
    assert file.found() == []
    file.plant("reminder", NOON + DAY + 8 * HOUR, message="reminder")
    assert {name for name, _ in file.found()} == {"caps"}
    assert any("fatigue allows 3" in each.sentence for each in file.audited().violations)


def test_a_send_in_quiet_hours_is_found(file: File) -> None:
    file.plant("night", NOON + 11 * HOUR)
    assert file.found() == [("quiet", "night")]
    assert "23:00 by the clock of UTC, and quiet hours are 21:00-08:00" in file.audited().violations[0].sentence


def test_a_send_after_a_stop_is_found(file: File) -> None:
    file.plant("after", NOON + 2 * DAY + HOUR)
    assert file.found() == [("consent", "after")]
    assert "consent had been withdrawn since Wed 3 Jun 12:00" in file.audited().violations[0].sentence


def test_a_send_without_consent_is_found(file: File) -> None:
    file.plant("bob", NOON + DAY, user="bob")
    assert file.found() == [("consent", "bob")]


def test_a_send_to_a_suppressed_address_is_found_whatever_its_kind(file: File) -> None:
    file.plant("cat", NOON + 2 * DAY + HOUR, user="cat", message="receipt")
    assert file.found() == [("consent", "cat")]


def test_a_second_message_for_one_cause_is_found(file: File) -> None:
    file.plant("again", NOON + DAY, key=file.sent.key)
    assert file.found() == [("doubles", "again")]


def test_a_decision_that_ended_twice_is_found(file: File) -> None:
    file.file.execute("CREATE TABLE loose (place INTEGER PRIMARY KEY, decision TEXT, body BLOB)")
    file.file.execute(
        "INSERT INTO loose SELECT * FROM endings; DROP TABLE endings; ALTER TABLE loose RENAME TO endings"
    )
    ending = Ending(file.silence.id, "bob", "not_sent", "exited", NOON)
    file.file.execute("INSERT INTO endings (decision, body) VALUES (?, ?)", (file.silence.id, msgpack.encode(ending)))
    assert file.found() == [("doubles", file.silence.id)]


def test_two_attempts_that_both_went_out_are_found(file: File) -> None:
    file.tried(file.sent.id, 2, "unknown")
    assert file.found() == [("doubles", file.sent.id)]


def without_decision(file: File) -> str:
    file.file.execute("DELETE FROM decisions WHERE id = ?", (file.silence.id,))
    return file.silence.id


def silent_without_ending(file: File) -> str:
    file.file.execute("DELETE FROM endings WHERE decision = ?", (file.silence.id,))
    return file.silence.id


def planned_and_forgotten(file: File) -> str:
    file.keep(replace(file.sent, id="forgotten"), None)
    return "forgotten"


def tried_for_nothing(file: File) -> str:
    file.tried("nothing", 1, "claimed", is_logged=False)
    return "nothing"


@pytest.mark.parametrize("fault", [without_decision, silent_without_ending, planned_and_forgotten, tried_for_nothing])
def test_books_that_do_not_balance_are_found(fault: Callable[[File], str], file: File) -> None:
    decision = fault(file)
    assert file.found() == [("books", decision)]


def test_what_is_planned_ahead_or_under_way_is_no_fault(file: File) -> None:
    assert file.sent.chosen is not None
    ahead = replace(file.sent.chosen, at=NOON + 8 * DAY)
    file.keep(replace(file.sent, id="ahead", chosen=ahead), None)
    file.keep(replace(file.sent, id="under way"), None)
    file.tried("under way", 1, "data_sent", is_logged=False)
    found = file.audited()
    assert (found.violations, found.pending) == ([], 2)


def test_a_send_is_judged_by_the_playbook_that_let_it_go(tmp_path: Path) -> None:
    hosted = Hosted(tmp_path / "shop.db", texts("\n  - minimum_gap: {span: 1 hour}\n"), NOON)

    async def story() -> None:
        await hosted.says(said("1", "ann", "Identified", NOON, email="ann@example.com", email_opt_in=True))
        await hosted.says(said("2", "ann", "Cart Updated", NOON, cart_id="a"))
        await hosted.passes(2 * HOUR)
        await hosted.says(said("3", "ann", "Cart Updated", NOON + 2 * HOUR, cart_id="b"))
        await hosted.passes(2 * HOUR)
        await hosted.publishes(texts())
        await hosted.says(said("4", "ann", "Cart Updated", NOON + 4 * HOUR + MINUTE, cart_id="c"))
        await hosted.passes(HOUR)

    hosted.live(story())
    file = File(hosted.path)
    found = file.audited()
    assert (found.violations, found.sends) == ([], 2)
    file.plant("third", NOON + 5 * HOUR)
    assert file.found() == [("caps", "third")] * 2
    file.file.close()


def test_the_command_exits_with_one_and_says_what_it_found(file: File, capsys: pytest.CaptureFixture[str]) -> None:
    store = ["--store", str(file.path)]
    assert main(["audit", *store]) == 0
    assert "no cap, gap or fatigue was exceeded" in capsys.readouterr().out
    file.plant("night", NOON + 11 * HOUR)
    file.plant("bob", NOON + DAY, user="bob")
    assert main(["audit", *store, "--json", "--last", "1"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert {name: each["found"] for name, each in told["checks"].items()} == {
        "caps": 0, "consent": 1, "quiet": 1, "doubles": 0, "books": 0
    }  # fmt: skip
    assert [each["decision"] for each in told["violations"]] == ["bob"]
    assert main(["audit", *store, "--last", "1"]) == 1
    assert "and 1 more; --last shows more of them" in capsys.readouterr().out
