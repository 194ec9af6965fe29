"""What one input does to decisions that are open: whom a receipt is about, and whom it is not."""

from collections.abc import Mapping

import msgspec
import pytest

from opportune.engine import react
from opportune.events.event import Event
from opportune.events.names import (
    ATTEMPT_LAPSED,
    CONSENT_WITHDRAWN,
    IDENTIFIED,
    IN_APP_SHOWN,
    MESSAGE_FAILED,
    MESSAGE_SENT,
    MESSAGE_UNKNOWN,
)
from opportune.features.ledger import Pending
from opportune.journeys.memory import Memory, fresh
from opportune.playbook.compiling import compiled
from opportune.policies.compiled import Compiled
from opportune.sending.attempt import Recall
from opportune.sending.reaction import Reaction
from opportune.units import DAY, HOUR, Instant
from tests.stories.shop import CART, NIGHT, shop

NOON: Instant = 1_780_315_200_000
NOW = CART.replace("  - wait: 45 minutes\n", "").replace("enter", "key: n\nenter")
MESSAGES = {"reminder": "channels: [email]", "text": "channels: [sms]"}
TWO = {
    "cart": NOW,
    "text": NOW.replace("journey: cart", "journey: text").replace("reminder", "text").replace("Cart", "Text"),
}
ADDRESSES = {"email": "ann@example.com", "phone": "+49 30 123456", "push_token": "p"}


def happens(
    playbook: Compiled, memory: Memory, name: str, properties: Mapping[str, object], *, at: Instant = NOON
) -> Reaction:
    seq = memory.seq + 1
    return react(playbook, memory, Event(f"e{seq}", "ann", name, at, at, seq, msgspec.json.encode(properties)))


def asked(playbook: Compiled, *names: str, at: Instant = NOON) -> Memory:
    """A user about whom so much was decided just now."""
    memory = fresh("ann")
    happens(playbook, memory, IDENTIFIED, ADDRESSES, at=at)
    for name in names or ("Cart Updated",):
        happens(playbook, memory, name, {"n": 1}, at=at)
    return memory


def the_only(memory: Memory) -> Pending:
    (pending,) = memory.ledger.pending
    return pending


PLAYBOOK = compiled(shop(journeys=TWO, messages=MESSAGES))
NIGHTLY = compiled(shop(NIGHT, journeys=TWO, messages=MESSAGES))


@pytest.mark.parametrize("name", [MESSAGE_SENT, MESSAGE_FAILED, MESSAGE_UNKNOWN, ATTEMPT_LAPSED])
def test_no_receipt_is_about_what_is_only_planned(name: str) -> None:
    memory = asked(NIGHTLY, at=NOON + 11 * HOUR)
    pending = the_only(memory)
    assert pending.state == "planned"
    out = happens(NIGHTLY, memory, name, {"decision": pending.id, "code": "refused"}, at=NOON + 11 * HOUR)
    assert out.endings == [] and memory.ledger.pending == [pending]


def test_a_look_at_the_inbox_says_nothing_of_a_mail() -> None:
    memory = asked(PLAYBOOK)
    assert happens(PLAYBOOK, memory, IN_APP_SHOWN, {"decision": the_only(memory).id}).endings == []


def test_what_is_unknown_is_said_so_and_counts() -> None:
    memory = asked(PLAYBOOK)
    name = the_only(memory).id
    (ending,) = happens(PLAYBOOK, memory, MESSAGE_UNKNOWN, {"decision": name}, at=NOON + 5).endings
    assert (ending.outcome, ending.code, ending.at) == ("unknown", "unknown", NOON + 5)
    assert [(each.id, each.at, each.is_noticed) for each in memory.ledger.sent] == [(name, NOON + 5, False)]


@pytest.mark.parametrize(("said", "code"), [("smtp_550", "smtp_550"), ("", "failed"), (7, "failed"), (None, "failed")])
def test_a_refusal_has_the_providers_code_or_none_of_its_own(said: object, code: str) -> None:
    memory = asked(PLAYBOOK)
    (ending,) = happens(PLAYBOOK, memory, MESSAGE_FAILED, {"decision": the_only(memory).id, "code": said}).endings
    assert (ending.outcome, ending.code) == ("not_sent", code)


@pytest.mark.parametrize("name", ["Order Completed", "Page Viewed", "Cart Updated"])
def test_what_is_no_receipt_ends_nothing_though_it_names_a_decision(name: str) -> None:
    memory = asked(PLAYBOOK)
    out = happens(PLAYBOOK, memory, name, {"decision": the_only(memory).id, "n": 9})
    assert out.endings == []


def test_a_stop_recalls_what_is_claimed_and_leaves_other_channels_alone() -> None:
    """The text stands first in the ledger, and no word was said of it."""
    memory = asked(PLAYBOOK, "Text Updated", "Cart Updated")
    text, mail = memory.ledger.pending
    assert (text.channel, mail.channel) == ("sms", "email")
    out = happens(PLAYBOOK, memory, CONSENT_WITHDRAWN, {"channel": "email"})
    assert out.calls == [Recall(mail.id, "ann", "no_consent")]
    assert out.endings == []
    assert memory.ledger.pending == [text, mail]
    again = happens(PLAYBOOK, memory, CONSENT_WITHDRAWN, {"channel": "email"})
    assert again.calls == [], "it was recalled before"
    (ending,) = happens(PLAYBOOK, memory, ATTEMPT_LAPSED, {"decision": mail.id}).endings
    assert (ending.outcome, ending.code) == ("not_sent", "no_consent")


def test_a_stop_ends_what_is_planned_at_once_and_recalls_nothing() -> None:
    memory = asked(NIGHTLY, "Text Updated", "Cart Updated", at=NOON + 11 * HOUR)
    text, mail = memory.ledger.pending
    out = happens(NIGHTLY, memory, CONSENT_WITHDRAWN, {"channel": "email"}, at=NOON + 11 * HOUR)
    assert [(each.decision, each.code) for each in out.endings] == [(mail.id, "no_consent")]
    assert out.calls == []
    assert memory.ledger.pending == [text]
    assert [each.journey for each in memory.runs] == ["text"]


def test_a_stop_passes_over_a_message_that_is_gone_and_ends_the_next() -> None:
    memory = asked(NIGHTLY, "Text Updated", "Cart Updated", at=NOON + 11 * HOUR)
    without = compiled(shop(NIGHT, journeys=TWO["cart"], messages={"reminder": ""}))
    text, mail = memory.ledger.pending
    out = happens(without, memory, CONSENT_WITHDRAWN, {"channel": "email"}, at=NOON + 11 * HOUR)
    assert (mail.id, "no_consent") in [(each.decision, each.code) for each in out.endings]
    assert text.id not in [each.decision for each in out.endings]


def test_the_receipt_of_one_run_moves_no_other_run_on() -> None:
    """Two carts of one journey, entered at one instant: each run waits for its own decision."""
    journey = NOW + "  - wait: 1 hour\n  - send: reminder\n"
    playbook = compiled(shop(journeys=journey))
    memory = asked(playbook)
    happens(playbook, memory, "Cart Updated", {"n": 2})
    first, second = memory.ledger.pending
    happens(playbook, memory, MESSAGE_SENT, {"decision": second.id}, at=NOON + 7)
    assert [(run.key, run.step, run.due) for run in memory.runs] == [("1", 0, None), ("2", 1, NOON + 7 + HOUR)]
    happens(playbook, memory, MESSAGE_SENT, {"decision": first.id}, at=NOON + 8)
    assert [(run.key, run.step) for run in memory.runs] == [("1", 1), ("2", 1)]


def test_reentry_remembers_the_newest_send_however_late_an_older_one_is_heard() -> None:
    playbook = compiled(shop(journeys=NOW.replace("key: n\n", "")))
    memory = asked(playbook)
    decision = the_only(memory).id
    happens(playbook, memory, MESSAGE_SENT, {"decision": decision}, at=NOON + 9)
    (past,) = memory.pasts
    assert past.sent == NOON + 9
    assert memory.runs == []


def test_a_late_lapse_is_asked_again_as_of_now_and_ends_once_it_is_useless() -> None:
    for span, code in ((DAY - 1, None), (DAY, "too_late"), (2 * DAY, "too_late")):
        memory = asked(PLAYBOOK)
        out = happens(PLAYBOOK, memory, ATTEMPT_LAPSED, {"decision": the_only(memory).id}, at=NOON + span)
        assert [each.code for each in out.endings] == ([] if code is None else [code])
        assert [each.outcome for each in out.endings] == ([] if code is None else ["expired"])
        assert [each.at for each in out.calls if not isinstance(each, Recall)] == (
            [NOON + span] if code is None else []
        )
