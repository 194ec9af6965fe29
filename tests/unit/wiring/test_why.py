"""Sentences about one decision, whatever became of it."""

from collections.abc import Sequence

import pytest
from msgspec import structs

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event, Input, Merged, Published
from opportune.playbook.reading import playbook_from
from opportune.policies.decision import Chosen, Decision, Ending, Outcome, Verdict
from opportune.ports import Batch
from opportune.sending.attempt import Attempt
from opportune.units import HOUR
from opportune.wiring.sample import sample_texts
from opportune.wiring.why import Account, Told, why
from opportune.wiring.why_lines import lines_of
from tests.contracts.made import NOW, attempt, decision, event

LATER = NOW + 17 * HOUR
QUIET = Verdict("quiet_hours", "email", NOW, "quiet_hours", LATER)


def told(made: Decision, ending: Ending | None = None, calls: Sequence[Attempt] = ()) -> Told:
    store = MemoryStore()
    endings = () if ending is None else (ending,)
    store.commit_now(Batch(inputs=(event(1),), decisions=(made,), endings=endings, calls=tuple(calls)))
    return why(store, "ann").decisions[0]


def chosen(at: int = NOW, *verdicts: Verdict) -> Decision:
    return structs.replace(decision(), chosen=Chosen("email", "warm", at), code="chosen", verdicts=verdicts)


def test_a_sent_message_says_what_where_and_when() -> None:
    found = told(chosen(), Ending("d1", "ann", "sent", "sent", NOW), [attempt()])
    assert found.sentences == [
        "cart_reminder was sent as an email to ann@example.com (wording 'warm') "
        "on Mon 21 Sep 2026, 16:13 (Europe/Berlin).",
        "Journey cart (c1) proposed it on Mon 21 Sep 2026, 16:13 (Europe/Berlin).",
    ]
    assert (found.state, found.channel, found.address) == ("sent", "email", "ann@example.com")


def test_a_planned_message_says_when_it_will_go_out_and_why_not_at_once() -> None:
    found = told(chosen(LATER, QUIET))
    assert found.sentences[:2] == [
        "cart_reminder will go out as an email (wording 'warm') on Tue 22 Sep 2026, 09:13 (Europe/Berlin), "
        "unless something ends it before.",
        "It was decided for Tue 22 Sep 2026, 09:13 (Europe/Berlin) rather than for Mon 21 Sep 16:13, "
        "because it is quiet hours on the user's own clock (quiet_hours).",
    ]
    assert (found.state, found.at) == ("pending", LATER)


@pytest.mark.parametrize(
    ("source", "age", "said"),
    [
        ("timezone", 3 * 24 * HOUR, "the trait timezone, stated 3 days before"),
        ("context.timezone", 90 * 60_000, "where the newest event came from, stated 1 hour before"),
        ("playbook", None, "the playbook's, for nothing is known of the user's own"),
    ],
)
def test_where_the_clock_mattered_it_is_said_whose_it_is(source: str, age: int | None, said: str) -> None:
    found = told(structs.replace(chosen(LATER, QUIET), zone_source=source, zone_age=age))
    assert found.sentences[-1] == f"The clock is that of Europe/Berlin: {said}."


def test_a_message_on_its_way_is_not_yet_answered() -> None:
    assert "it is not yet answered or seen" in told(chosen(), calls=[attempt()]).sentences[0]


@pytest.mark.parametrize(
    ("outcome", "code", "said"),
    [
        ("unknown", "unknown", "may have been sent as an email to ann@example.com"),
        ("not_sent", "exited", "was not sent: what the journey waited for happened first"),
        ("expired", "too_late", "was not sent: it would have come too late to be useful (too_late)"),
        ("not_sent", "smtp_550", "was not sent: the mail server answered 550 (smtp_550)"),
    ],
)
def test_every_other_ending_says_what_is_known(outcome: Outcome, code: str, said: str) -> None:
    assert said in told(chosen(), Ending("d1", "ann", outcome, code, NOW), [attempt()]).sentences[0]


def test_a_silence_names_each_channel_and_the_next_instant() -> None:
    push = Verdict("address", "push", NOW, "no_address")
    silence = structs.replace(decision(), code="no_address", verdicts=(push, QUIET))
    found = told(silence, Ending("d1", "ann", "not_sent", "no_address", NOW))
    assert found.sentences[:3] == [
        "cart_reminder was not sent: it is quiet hours on the user's own clock (quiet_hours).",
        "That might be different from Tue 22 Sep 2026, 09:13 (Europe/Berlin) on.",
        "  Not as a push: no address is known for that channel.",
    ]
    assert (found.until, found.code) == (LATER, "quiet_hours")


def test_a_silence_that_a_pick_settled_has_one_reason() -> None:
    push = Verdict("address", "push", NOW, "no_address")
    held = structs.replace(decision(), code="held_out", verdicts=(push,))
    assert told(held, Ending("d1", "ann", "not_sent", "held_out", NOW)).sentences[:2] == [
        "cart_reminder was not sent: the user is in the holdout, kept in silence so that the effect can be measured "
        "(held_out).",
        "That does not change by itself.",
    ]


def asked(*inputs: Event | Merged, user: str = "ann", message: str | None = None) -> Account:
    """What is told where nothing was decided, after these entries."""
    return why(published(sample_texts(), *inputs), user, message)


def published(texts: dict[str, str], *inputs: Input) -> MemoryStore:
    store, playbook = MemoryStore(), playbook_from(texts)
    store.keep_publication(playbook.hash, texts)
    store.commit_now(Batch(inputs=(Published(playbook.hash, NOW, 1), *inputs)))
    return store


def test_of_a_stranger_nothing_is_known() -> None:
    account = asked(user="bob", message="win_back")
    assert (
        account.sentence == "bob: nothing was ever decided about win_back, and this store holds no event of this user."
    )
    assert [each.next for each in account.waiting] == [None, None]


def test_a_message_that_the_playbook_does_not_have_is_told_as_such() -> None:
    assert asked(event(2), message="cart_remainder").sentence == (
        "ann: nothing was ever decided about cart_remainder. The store holds 1 event, the newest is 'Cart Updated'. "
        "The playbook has no message 'cart_remainder'; did you mean 'cart_reminder'?"
    )


def test_where_nothing_was_decided_the_runs_are_told() -> None:
    account = asked(event(2))
    assert account.sentence == "ann: nothing was ever decided. The store holds 1 event, the newest is 'Cart Updated'."
    assert [each.sentence for each in account.waiting] == [
        "Journey cart (c1) began on Mon 21 Sep 2026, 16:13 (Europe/Berlin), is at step 1 "
        "and goes on at the latest on Mon 21 Sep 2026, 16:58 (Europe/Berlin).",
        "Journey win_back begins on Mon 28 Sep 2026, 16:13 (Europe/Berlin) if the user stays silent until then.",
    ]


def texts_with(journey: str) -> dict[str, str]:
    """The sample with this journey instead of its own for carts."""
    texts = {name: text for name, text in sample_texts().items() if "cart" not in name}
    return {**texts, "journeys/cart.yaml": f"journey: cart\n{journey}\n"}


NOON = "on Mon 28 Sep 2026, 12:00 (Europe/Berlin)"
HERE = "Mon 21 Sep 2026, 16:13 (Europe/Berlin)"


@pytest.mark.parametrize(
    ("enter", "sentence"),
    [
        (
            "{on: Cart Updated, without: Order Completed, within: 1 hour}",
            "begins on Mon 21 Sep 2026, 17:13 (Europe/Berlin) if what it goes without has not happened by then.",
        ),
        ("{every: monday, at: '12:00'}", f"is to begin {NOON}, if its condition is true then."),
        ("{date: ends_on, at: '12:00'}", f"is to begin {NOON}, if its condition is true then."),
        ("{broadcast: '2026-09-28 12:00', to: value > 3}", f"is to begin {NOON}, if its condition is true then."),
        ("{when: traits.age > 17}", "begins when its condition becomes true."),
        ("{when: ends_on = '2026-09-28'}", "begins when its condition becomes true again."),
        (
            "{when: carts_1h < 1}",
            "begins when its condition becomes true; time alone may change it, on Mon 21 Sep 2026, 17:13 "
            "(Europe/Berlin) at the earliest.",
        ),
        ("{sequence: [Cart Updated, Order Completed], within: 1 hour}", "is not under way for this user."),
        ("{date: starts_on, at: '12:00'}", "is not under way for this user."),
    ],
)
def test_a_trigger_that_waits_says_when_and_for_what(enter: str, sentence: str) -> None:
    texts = texts_with(f"enter: {enter}\nsteps: [send: win_back]")
    texts["features.yaml"] += "carts_1h: COUNT_IF(event = 'Cart Updated') OVER LAST '1 hour'\n"
    stated = structs.replace(event(2), name="Identified", properties=b'{"ends_on": "2026-09-28"}')
    account = why(published(texts, stated, structs.replace(event(3), id="e3")), "ann")
    assert [each.sentence for each in account.waiting if each.journey == "cart"] == [f"Journey cart {sentence}"]


def test_a_step_that_has_a_name_is_told_by_it() -> None:
    texts = texts_with("enter: Cart Updated\nsteps: [{wait: 1 hour, name: patience}, {send: win_back}]")
    sentence = why(published(texts, event(2)), "ann").waiting[0].sentence
    assert sentence.startswith(f"Journey cart began on {HERE}, is at step patience and goes on")


def test_an_id_that_was_merged_tells_of_the_whole_user() -> None:
    account = asked(event(2, "anonymous"), Merged("ann", "anonymous", NOW, 3), user="anonymous")
    assert account.names == ["ann", "anonymous"]
    assert account.waiting[0].journey == "cart"


def test_the_terminal_shows_each_verdict_under_the_sentences() -> None:
    found = told(chosen(LATER, QUIET))
    lines = list(lines_of(Account("ann", ["ann"], None, "ann: 1 decision, newest first.", [found], [])))
    assert lines[-3:] == [
        "  policy       channel  judged for        said         until",
        "  quiet_hours  email    Mon 21 Sep 16:13  quiet_hours  Tue 22 Sep 09:13",
        "  Decision d1.",
    ]
