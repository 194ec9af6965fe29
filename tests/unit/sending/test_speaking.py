"""One slate carried out: what each run does next, and what was claimed is claimed."""

import msgspec
import pytest

from opportune.engine import react
from opportune.events.event import Event
from opportune.events.names import MESSAGE_SENT
from opportune.journeys.memory import fresh
from opportune.playbook.compiling import compiled
from opportune.sending.attempt import Attempt
from opportune.units import HOUR
from tests.stories.shop import NIGHT, shop
from tests.unit.sending.test_receiving import NOON, NOW, PLAYBOOK, asked, happens, the_only

CAP = "frequency_cap: {at_most: 1, within: 24 hours}"
NOWHERE = {"reminder": "channels: [sms]"}


def test_a_run_that_falls_silent_goes_on_from_then() -> None:
    playbook, memory = compiled(shop(journeys=NOW + "  - wait: 1 hour\n", messages=NOWHERE)), fresh("ann")
    out = happens(playbook, memory, "Cart Updated", {"n": 1})
    assert [(each.outcome, each.code, each.at) for each in out.endings] == [("not_sent", "no_address", NOON)]
    assert [(run.step, run.due) for run in memory.runs] == [(1, NOON + HOUR)]
    assert [past.sent for past in memory.pasts] == [None]


def test_a_run_that_falls_silent_ends_if_its_step_says_so() -> None:
    journey = NOW + "    not_sent: end\n  - wait: 1 hour\n"
    playbook, memory = compiled(shop(journeys=journey, messages=NOWHERE)), fresh("ann")
    happens(playbook, memory, "Cart Updated", {"n": 1})
    assert memory.runs == []


def test_a_run_whose_message_was_displaced_goes_on_as_unsent() -> None:
    steps = "  - send: {0}\n    not_sent: end\n  - wait: 1 hour\n"
    journey = "journey: {0}\nenter: {{on: {0}}}\nsteps:\n" + steps
    journeys = {name: journey.format(name) for name in ("later", "better")}
    messages = {"later": "worth: 1", "better": "channels: [in_app]\nworth: 2"}
    playbook = compiled(shop(NIGHT, CAP, journeys=journeys, messages=messages))
    memory = asked(playbook, "later", at=NOON + 11 * HOUR)
    first = the_only(memory)
    out = happens(playbook, memory, "better", {}, at=NOON + 11 * HOUR)
    assert [(each.decision, each.code) for each in out.endings] == [(first.id, "displaced")]
    assert [run.journey for run in memory.runs] == ["better"]
    assert [(past.journey, past.sent) for past in memory.pasts] == [("later", None), ("better", None)]


def test_what_was_claimed_is_not_displaced_by_what_follows_at_the_same_instant() -> None:
    """The second journey falls silent at once, and then has something much better to say."""
    journeys = {"a": "journey: a\nenter: {on: Both}\nsteps:\n  - send: low\n",
                "b": "journey: b\nenter: {on: Both}\nsteps:\n  - send: nowhere\n  - send: high\n"}  # fmt: skip
    messages = {"low": "worth: 1", "nowhere": "channels: [webhook]", "high": "worth: 9"}
    playbook = compiled(shop(CAP, journeys=journeys, messages=messages))
    memory = asked(playbook)
    out = happens(playbook, memory, "Both", {})
    assert [(each.message, each.code) for each in out.decisions] == [
        ("low", "chosen"),
        ("nowhere", "no_consent"),
        ("high", "frequency_cap"),
    ]
    assert [each.message for each in out.calls if isinstance(each, Attempt)] == ["low"]


def test_a_run_whose_version_is_gone_ends_once_its_decision_has() -> None:
    memory = asked(PLAYBOOK)
    other = compiled(shop(journeys=NOW + "  - wait: 1 hour\n"))
    happens(other, memory, MESSAGE_SENT, {"decision": the_only(memory).id}, at=NOON + 5)
    assert (memory.runs, memory.ledger.pending) == ([], [])


@pytest.mark.parametrize(("known", "newest"), [(None, NOON + 7), (NOON + 6, NOON + 7), (NOON + 8, NOON + 8)])
def test_reentry_counts_from_the_newest_send(known: int | None, newest: int) -> None:
    memory = asked(PLAYBOOK)
    memory.pasts[0].sent = known
    happens(PLAYBOOK, memory, MESSAGE_SENT, {"decision": the_only(memory).id}, at=NOON + 7)
    assert [past.sent for past in memory.pasts] == [newest]


def test_a_receipt_that_comes_late_makes_no_deadline_in_the_past() -> None:
    playbook = compiled(shop(journeys=NOW + "  - wait: 1 hour\n  - send: reminder\n"))
    memory = asked(playbook)
    told = msgspec.json.encode({"decision": the_only(memory).id})
    heard_at = NOON + 3 * HOUR
    out = react(playbook, memory, Event("r1", "ann", MESSAGE_SENT, NOON + 5, heard_at, memory.seq + 1, told))
    assert [each.at for each in out.endings] == [NOON + 5]
    assert [each.due for each in out.decisions] == [heard_at]
