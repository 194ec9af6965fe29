"""What one input does to decisions that are open: whom a receipt is about, and whom it is not."""

from collections.abc import Mapping

import msgspec
import pytest

from opportune.engine import react
from opportune.events.event import Event, Tick
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
from opportune.journeys.memory import Memory, at_rest, fresh
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.sending.attempt import Attempt, Recall
from opportune.sending.reaction import Reaction, reaction_to
from opportune.sending.receiving import heard
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


SESSION = "in_session: {idle: 30 minutes, speak_on: [in_app]}"
SHOWN = compiled(shop(SESSION, journeys=NOW, messages={"reminder": "channels: [in_app, email]\nuseful_for: 4 hours"}))


def test_what_was_accepted_after_its_recall_is_taken_back_out_of_the_inbox() -> None:
    memory = asked(SHOWN)
    pending = the_only(memory)
    assert pending.channel == "in_app"
    called = happens(SHOWN, memory, "Order Completed", {"n": 1}).calls
    assert called == [Recall(pending.id, "ann", "exited")]
    out = happens(SHOWN, memory, MESSAGE_SENT, {"decision": pending.id}, at=NOON + 5)
    assert out.calls == called
    assert [(each.outcome, each.code, each.at) for each in out.endings] == [("not_sent", "exited", NOON + 5)]
    assert memory.ledger.pending == []


def test_a_stop_ends_what_waits_to_be_seen_and_takes_it_back() -> None:
    memory = asked(SHOWN)
    pending = the_only(memory)
    happens(SHOWN, memory, MESSAGE_SENT, {"decision": pending.id}, at=NOON + 5)
    assert the_only(memory).state == "shown_awaited"
    out = happens(SHOWN, memory, CONSENT_WITHDRAWN, {"channel": "in_app"}, at=NOON + 6)
    assert out.calls == [Recall(pending.id, "ann", "no_consent")]
    assert [(each.outcome, each.code) for each in out.endings] == [("not_sent", "no_consent")]


def told(name: str, properties: Mapping[str, object], seq: int) -> Event:
    return Event(f"e{seq}", "ann", name, NOON, NOON, seq, msgspec.json.encode(properties))


def test_a_stop_that_could_not_be_taken_still_recalls_what_is_claimed_and_only_that() -> None:
    memory = asked(PLAYBOOK, "Text Updated", "Cart Updated")
    text, mail = memory.ledger.pending
    out = reaction_to(memory)
    heard(PLAYBOOK, told(CONSENT_WITHDRAWN, {"channel": "email"}, memory.seq + 3), out)
    assert out.calls == [Recall(mail.id, "ann", "no_consent")]
    assert (text.recalled, mail.recalled) == ("", "no_consent")
    assert memory.ledger.consents[0].is_given is False
    assert memory.seq == 6


def test_such_a_stop_leaves_what_is_planned_to_its_instant_and_passes_over_what_is_gone() -> None:
    memory = asked(NIGHTLY, "Text Updated", "Cart Updated", at=NOON + 11 * HOUR)
    out = reaction_to(memory)
    heard(NIGHTLY, told(CONSENT_WITHDRAWN, {"channel": "*"}, memory.seq + 1), out)
    assert (out.calls, len(memory.ledger.pending)) == ([], 2)
    memory = asked(PLAYBOOK, "Text Updated", "Cart Updated")
    without = compiled(shop(journeys=TWO["cart"], messages={"reminder": ""}))
    heard(without, told(CONSENT_WITHDRAWN, {"channel": "*"}, memory.seq + 1), out := reaction_to(memory))
    assert [each.decision for each in out.calls] == [memory.ledger.pending[1].id]


def test_what_could_not_be_taken_and_is_no_stop_changes_nothing() -> None:
    memory = asked(PLAYBOOK)
    before = at_rest(memory)
    heard(PLAYBOOK, told("Page Viewed", {}, memory.seq + 1), out := reaction_to(memory))
    assert out.calls == [] and at_rest(memory) == before


def test_words_read_what_the_run_kept_then_features_then_traits() -> None:
    files = {
        "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
        "features.yaml": "carts: COUNT_IF(event = 'Cart Updated')\n",
        "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: mail\n",
        "messages/mail.yaml": "message: mail\nchannels: [email]\ntopic: cart\n",
        "messages/mail.liquid": "subject: s\n---\n"
        "{{ carts }} {{ value | default: 0 }} {{ email | default: '' }} {{ unsubscribe_url }}\n",
    }
    playbook, memory = compiled(playbook_from(files)), fresh("ann")
    happens(playbook, memory, IDENTIFIED, ADDRESSES)
    (attempt,) = happens(playbook, memory, "Cart Updated", {"value": 7}).calls
    assert isinstance(attempt, Attempt)
    assert attempt.values == {"carts": 1, "email": "ann@example.com", "value": 7}


def test_a_run_whose_version_is_gone_ends_with_what_it_had_claimed() -> None:
    playbook = compiled(shop(journeys=NOW + "  - wait: 1 hour\n  - send: reminder\n"))
    memory = asked(playbook)
    happens(playbook, memory, "Cart Updated", {"n": 2})
    pending = memory.ledger.pending[0]
    memory.runs[0].due = NOON + 5
    memory.runs[1].due = NOON + 5
    out = react(PLAYBOOK, memory, Tick(NOON + 6, memory.seq + 1))
    assert memory.runs == []
    assert [each.code for each in out.calls if isinstance(each, Recall)] == ["version_gone", "version_gone"]
    assert pending.recalled == "version_gone"
