"""What comes back of an attempt: sent, refused, unheard of, or never begun; and twice, late or for nothing."""

import pytest

from opportune.testing.world import World
from opportune.units import DAY, HOUR, SECOND
from tests.stories.shop import CART, NIGHT, shop

NOW = CART.replace("  - wait: 45 minutes\n", "")
TWO = NOW + "  - wait: 1 hour\n  - send: second\n"
PAIR = {"reminder": "", "second": ""}


def test_a_refused_mail_ends_with_the_providers_code_and_the_run_goes_on() -> None:
    answers = iter(["failed", "sent"])
    world = World(shop(journeys=TWO, messages=PAIR), answers=lambda attempt: next(answers))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=2)
    assert world.why(ann, "reminder").code == "refused"
    assert [mail.message for mail in ann.received] == ["second"]


def test_a_refused_mail_can_end_the_run() -> None:
    steps = NOW + "    not_sent: end\n  - send: second\n"
    world = World(shop(journeys=steps, messages=PAIR), answers=lambda attempt: "failed")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=2)
    assert len(world.attempts) == 1
    assert world.memory(ann).runs == []


def test_an_unknown_end_counts_as_sent_and_is_never_tried_again() -> None:
    world = World(shop(journeys=TWO, messages=PAIR), answers=lambda attempt: "unknown")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=3)
    assert [attempt.message for attempt in world.attempts] == ["reminder", "second"]
    assert {ending.outcome for ending in world.endings.values()} == {"unknown"}


def test_an_attempt_that_was_never_begun_is_begun_again_under_the_same_decision() -> None:
    answers = iter(["lapsed", "lapsed", "sent"])
    world = World(shop(journeys=NOW), answers=lambda attempt: next(answers))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert len(world.attempts) == 3
    assert len({attempt.decision for attempt in world.attempts}) == 1
    assert len(world.decisions) == 1
    assert len(ann.received) == 1


def test_what_is_never_begun_ends_when_it_has_become_useless() -> None:
    world = World(
        shop(journeys=NOW, messages={"reminder": "useful_for: 5 minutes"}),
        answers=lambda a: "lapsed",
        delay=30 * SECOND,
    )
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    story = world.why(ann, "reminder")
    assert story.ending is not None
    assert (story.ending.outcome, story.code) == ("expired", "too_late")
    assert world.memory(ann).ledger.pending == []
    assert world.memory(ann).runs == []


def test_a_lapsed_attempt_meets_the_gates_again() -> None:
    """Another system has written to the user in the meantime."""
    world = World(
        shop("minimum_gap: {span: 1 hour}", journeys=NOW, messages={"reminder": "useful_for: 30 minutes"}),
        answers=lambda attempt: "none",
    )
    ann = world.user("ann")
    ann.does("Cart Updated")
    ann.does("Message Sent", channel="email")
    ann.does("Attempt Lapsed", decision=world.attempts[0].decision)
    assert world.why(ann, "reminder").code == "minimum_gap"
    assert len(world.attempts) == 1


@pytest.mark.parametrize("receipt", ["Message Sent", "Message Failed", "Message Unknown", "Attempt Lapsed"])
def test_a_receipt_for_a_decision_that_has_ended_changes_nothing(receipt: str) -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    before = world.memory(ann)
    ann.does(receipt, decision=world.attempts[0].decision)
    after = world.memory(ann)
    assert (after.ledger, after.runs, after.pasts) == (before.ledger, before.runs, before.pasts)
    assert len(world.endings) == 1


@pytest.mark.parametrize(
    "receipt", ["Message Sent", "Message Failed", "Message Unknown", "Attempt Lapsed", "In-App Shown"]
)
def test_a_receipt_for_a_decision_that_is_only_planned_changes_nothing(receipt: str) -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T22:00Z")
    ann = world.user("ann")
    ann.does("Cart Updated")
    before = world.memory(ann).ledger
    ann.does(receipt, decision=world.decisions[0].id)
    assert world.memory(ann).ledger == before


def test_a_receipt_of_nothing_known_changes_nothing() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann")
    ann.does("Message Failed", decision="0" * 32)
    ann.does("Message Sent", decision="0" * 32)
    assert world.memory(ann).ledger.sent == []


def test_a_receipt_that_comes_after_days_still_ends_its_decision() -> None:
    """The process was away for four days: nothing may stay open for ever."""
    world = World(shop(journeys=TWO, messages=PAIR), answers=lambda attempt: "none")
    ann = world.user("ann")
    ann.does("Cart Updated")
    sent_at = world.now + SECOND
    world.passes(days=4)
    ann.does("Page Viewed")
    ann.does("Message Sent", decision=world.attempts[0].decision, at=sent_at)
    assert world.endings[world.attempts[0].decision].at == sent_at
    assert world.memory(ann).ledger.sent[0].at == sent_at
    world.passes(minutes=1)
    assert [attempt.message for attempt in world.attempts] == ["reminder", "second"]


def test_a_send_counts_at_the_instant_the_provider_took_it() -> None:
    world = World(shop("minimum_gap: {span: 1 hour}", journeys=NOW), delay=20 * SECOND)
    ann = world.user("ann")
    ann.does("Cart Updated")
    begun = world.now
    world.passes(minutes=30)
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").until == begun + 20 * SECOND + HOUR


def test_a_purchase_while_it_is_under_way_calls_it_back_and_the_books_balance() -> None:
    world = World(shop(journeys=NOW), delay=30 * SECOND)
    ann = world.user("ann")
    ann.does("Cart Updated")
    ann.does("Order Completed")
    assert [recall.code for recall in world.recalls] == ["exited"]
    world.passes(minutes=1)
    assert world.why(ann, "reminder").code == "exited"
    assert world.memory(ann).ledger.pending == []


def test_a_second_reason_to_call_back_does_not_replace_the_first() -> None:
    world = World(shop(journeys=NOW), delay=30 * SECOND)
    ann = world.user("ann")
    ann.does("Cart Updated")
    ann.does("Order Completed")
    ann.does("Unsubscribed")
    world.passes(minutes=1)
    assert len(world.recalls) == 1
    assert world.why(ann, "reminder").code == "exited"


def test_a_send_that_could_not_be_called_back_counts_for_reentry() -> None:
    """Bought while the mail was on its way: the mail went out, so the cooldown from it holds."""
    journey = NOW + "reentry: {cooldown: 7 days, counted_from: send}\n"
    world = World(shop(journeys=journey), answers=lambda attempt: "none")
    ann = world.user("ann")
    ann.does("Cart Updated")
    ann.does("Order Completed")
    ann.does("Message Sent", decision=world.attempts[0].decision)
    sent_at = world.now
    world.passes(days=2)
    ann.does("Cart Updated")
    assert len(world.attempts) == 1
    world.until(sent_at + 7 * DAY)
    ann.does("Cart Updated")
    assert len(world.attempts) == 2


def test_a_wait_for_an_open_hears_only_of_its_own_mail() -> None:
    journey = NOW + ("  - wait: {until: Email Opened, at_most: 1 day}\n    on_timeout:\n      - send: second\n")
    for opened, expected in (("another", ["reminder", "second"]), ("own", ["reminder"]), ("", ["reminder"])):
        world = World(shop(journeys=journey, messages=PAIR))
        ann = world.user("ann")
        ann.does("Cart Updated")
        world.passes(hours=1)
        ids = {"another": {"decision": "f" * 32}, "own": {"decision": ann.received[0].decision}, "": {}}
        ann.does("Email Opened", **ids[opened])
        world.passes(days=2)
        assert [mail.message for mail in ann.received] == expected


def test_a_mail_opened_before_the_wait_began_is_found_if_it_looks_back() -> None:
    journey = NOW + (
        "  - wait: 2 hours\n"
        "  - wait: {until: Email Opened, at_most: 1 day, since: entry}\n"
        "    on_timeout:\n      - send: second\n"
    )
    world = World(shop(journeys=journey, messages=PAIR))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    ann.does("Email Opened", decision=ann.received[0].decision)
    world.passes(days=3)
    assert [mail.message for mail in ann.received] == ["reminder"]


def test_a_decision_that_is_made_again_at_the_same_instant_is_another_one() -> None:
    """The clock may stand still, where the machine's was set back: the log's never falls."""
    answers = iter(["sent", "lapsed", "sent"])
    world = World(
        shop("frequency_cap: {at_most: 1, within: 1 hour}", journeys=NOW),
        answers=lambda attempt: next(answers),
        delay=0,
    )
    ann, device = world.user("ann"), world.user("device")
    device.does("Cart Updated")
    world.passes(minutes=30)
    ann.does("Cart Updated")
    world.merge(ann, device)
    world.passes(hours=2)
    ids = [decision.id for decision in world.decisions]
    assert len(ids) == len(set(ids)) == 3
    assert [world.endings[id].code for id in ids] == ["sent", "frequency_cap", "sent"]
