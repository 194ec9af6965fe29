"""Journeys that start each other again and again are found, with each hop and where it is written."""

import pytest

from opportune.journeys.journey import Journey, Reentry
from opportune.journeys.step import Emit
from opportune.journeys.trigger import Watched
from opportune.playbook.check import check
from opportune.playbook.definition import Settings, playbook_of
from opportune.playbook.finding import Finding
from opportune.playbook.reading import findings

MAIN = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always, sms: always}\n",
    "messages/hello.yaml": "message: hello\ntopic: news\nchannels: [email]\n",
    "messages/hello.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
    "messages/text.yaml": "message: text\ntopic: news\nchannels: [sms]\n",
    "messages/text.liquid": "Hi\n",
}


def loops(*journeys: str, features: str = "") -> list[Finding]:
    files = {f"journeys/j{place}.yaml": f"journey: j{place}\n{text}" for place, text in enumerate(journeys)}
    files |= {"features.yaml": features} if features else {}
    found = findings({**MAIN, **files})
    assert all("again and again" in each.text for each in found if each.level == "error"), found
    return [each for each in found if "again and again" in each.text or "for ever" in each.text]


EMITS = "enter: Cart Updated\nsteps: [wait: 1 hour, emit: Cart Reminded]\n"
FOLLOWS = "enter: Cart Reminded\nsteps:\n  - send: hello\n  - emit: Cart Updated\n"


def test_journeys_that_emit_what_the_other_enters_on_are_refused_with_each_hop_and_its_line() -> None:
    [error] = loops(EMITS, FOLLOWS)
    assert (error.level, error.place) == ("error", "journeys/j0.yaml:2")
    assert (
        "these journeys start each other again and again: j0 --emits 'Cart Reminded' (journeys/j0.yaml:3)--> j1 "
        "--emits 'Cart Updated' (journeys/j1.yaml:5)--> j0; " in error.text
    )
    assert "'reentry: once'" in error.text


def test_a_message_that_is_opened_closes_a_circle() -> None:
    follows = "enter: Cart Reminded\nsteps: [send: hello]\n"
    [error] = loops("enter: Email Opened\nsteps: [emit: Cart Reminded]\n", follows)
    assert "j1 --sends 'hello' by email, 'Email Opened' (journeys/j1.yaml:3)--> j0" in error.text


@pytest.mark.parametrize(
    ("emits", "follows"),
    [
        (EMITS, f"reentry: once\n{FOLLOWS}"),
        (EMITS, FOLLOWS.replace("Cart Reminded", "{on: Cart Reminded, where: properties.kind = 'second'}")),
        (EMITS, FOLLOWS.replace("enter: Cart Reminded", "enter: {on: Cart Reminded, nth: 3}")),
        (EMITS, f"key: cart_id\n{FOLLOWS}"),
        (EMITS, FOLLOWS.replace("enter: Cart Reminded", "enter: {sequence: [Cart Reminded, Bought], within: 1 day}")),
        (EMITS, FOLLOWS.replace("enter: Cart Reminded", "enter: {inactive_for: 7 days}")),
        (EMITS, "enter: Cart Reminded\nsteps: [end, emit: Cart Updated]\n"),
    ],
)  # fmt: skip
def test_what_breaks_the_circle_is_seen(emits: str, follows: str) -> None:
    assert loops(emits, follows) == []


@pytest.mark.parametrize(
    "enter",
    [
        "{on: Cart Reminded, where: kind = 'first'}",
        "{on: Cart Reminded, where: kind = 'second' OR value > 3}",
        "{on: Cart Reminded, every: 2}",
        "{on: Cart Reminded, nth: 3, within: 7 days}",
        "{on: Cart Reminded, without: Order Completed, within: 1 day}",
        "{sequence: [Cart Reminded, Cart Updated], within: 1 day}",
    ],
)
def test_what_does_not_break_the_circle_is_refused(enter: str) -> None:
    emits = "enter: Cart Updated\nsteps:\n  - emit: Cart Reminded\n    properties: {kind: \"'first'\", value: 2 + 2}\n"
    assert len(loops(emits, FOLLOWS.replace("enter: Cart Reminded", f"enter: {enter}"))) == 1


def test_a_cooldown_makes_it_a_warning() -> None:
    [warning] = loops(EMITS, f"reentry: {{cooldown: 7 days}}\n{FOLLOWS}")
    assert warning.level == "warning" and "for ever, a cooldown slows it down" in warning.text


def test_an_event_of_its_own_does_not_start_the_run_that_is_under_way() -> None:
    own = "enter: Cart Updated\nsteps: [emit: Cart Updated]\n"
    assert loops(own) == []
    always = Journey("own", Watched("Cart Updated"), (Emit("Cart Updated"),), reentry=Reentry("always"))
    [error] = check(playbook_of(Settings("UTC"), journeys=[always]))
    assert "own --emits 'Cart Updated' (journeys.own.steps[0])--> own" in error.text
    properties = "\n    properties: {{cart_id: {}}}"
    keyed = "key: cart_id\nenter: Cart Updated\nsteps:\n  - emit: Cart Updated"
    assert loops(keyed + properties.format("cart_id")) == []
    assert len(loops(keyed + properties.format("next_cart"))) == 1


ENDS_ITSELF = """enter: {enter}
{ends}
steps:
  - send: hello
  - wait: 1 hour
  - emit: A
    properties: {{kind: "'x'"}}
"""


@pytest.mark.parametrize(
    ("enter", "ends"),
    [
        ("A", "exit: {on: A}"),
        ("A", "exit: A"),
        ("A", "goal: {on: A, within: 7 days}\nexit: goal"),
        ("A", "goal: {on: A, within: 7 days, where: kind = 'x'}\nexit: goal"),
        ("{on: A, where: kind = 'x'}", "exit: {on: A, where: kind IS NOT NULL}"),
        ("{on: A, every: 1}", "exit: A"),
        ("{on: A, without: [B, A], within: 1 day}", "exit: {no_longer: entry}"),
    ],
)
def test_a_run_that_its_own_event_ends_does_not_keep_the_next_one_away(enter: str, ends: str) -> None:
    [error] = loops(ENDS_ITSELF.format(enter=enter, ends=ends))
    assert error.level == "error"
    assert "this journey starts itself again and again: j0 --emits 'A' (journeys/j0.yaml:" in error.text


def test_a_sequence_that_ends_its_run_as_it_completes_starts_itself() -> None:
    steps = "steps: [send: hello, wait: 1 hour, emit: A, wait: 1 hour, emit: B]\n"
    entered = f"enter: {{sequence: [A, B], within: 7 days}}\n{steps}"
    assert loops(entered) == []
    [error] = loops(f"exit: B\n{entered}")
    assert "j0 --emits 'B'" in error.text


def test_an_absence_that_begins_with_its_own_event_starts_itself_unless_the_run_waits_on() -> None:
    absent = "enter: {on: A, without: B, within: 1 day}\nsteps: [send: hello, wait: 1 hour, emit: A]\n"
    [error] = loops(absent)
    assert error.level == "error" and "j0 --emits 'A' (journeys/j0.yaml:3)--> j0" in error.text
    assert loops(absent.replace("emit: A", "emit: A, wait: 2 days")) == []


@pytest.mark.parametrize(
    ("enter", "ends"),
    [
        ("A", "exit: B"),
        ("A", "exit: {on: A, where: kind = 'y'}"),
        ("A", "goal: {on: A, within: 7 days}"),
        ("A", "goal: {on: A, within: 7 days, where: kind = 'y'}\nexit: goal"),
        ("A", "exit: A\nreentry: once"),
    ],
)
def test_a_run_that_its_own_event_does_not_end_or_that_is_the_only_one_starts_no_other(enter: str, ends: str) -> None:
    assert loops(ENDS_ITSELF.format(enter=enter, ends=ends)) == []


TO_WON = "enter: {when: stage = 'new'}\nsteps: [set: {stage: \"'won'\"}]\n"


def test_traits_that_are_set_back_and_forth_are_refused() -> None:
    [error] = loops(TO_WON, "enter: {when: stage = 'won'}\nsteps: [wait: 30 days, set: {stage: \"'new'\"}]\n")
    assert error.level == "error"
    assert "j0 --sets stage (journeys/j0.yaml:3)--> j1 --sets stage (journeys/j1.yaml:3)--> j0" in error.text


def test_traits_that_only_go_forward_are_allowed() -> None:
    assert loops(TO_WON, "enter: {when: stage = 'won'}\nsteps: [set: {stage: \"'old'\"}]\n") == []
    assert loops("enter: {when: 'score > 3 AND coalesce(seen, FALSE) = FALSE'}\nsteps: [set: {seen: 'TRUE'}]\n") == []


def test_a_trait_that_is_only_ever_set_to_what_makes_it_true_is_allowed() -> None:
    assert loops("enter: {when: stage = 'new'}\nsteps: [wait: 1 day, set: {stage: \"'new'\"}]\n") == []


def test_a_trait_that_a_feature_reads_is_seen_through_it() -> None:
    features = "is_new: coalesce(stage, 'new') = 'new'\nis_won: stage = 'won'\n"
    first = "enter: {when: is_new}\nsteps: [set: {stage: \"'won'\"}]\n"
    second = "enter: {when: is_won}\nsteps: [wait: 1 day, set: {stage: \"'new'\"}]\n"
    assert len(loops(first, second, features=features)) == 1


def test_a_feature_that_counts_what_is_emitted_makes_it_a_warning() -> None:
    features = "reminders_7d: COUNT_IF(event = 'Cart Reminded') OVER LAST '7 days'\n"
    [warning] = loops(
        "enter: {when: reminders_7d < 3}\nsteps: [send: hello, emit: Cart Reminded]\n",
        features=features,
    )
    assert warning.level == "warning" and "only the time that passes" in warning.text


def test_a_date_that_is_set_anew_makes_it_a_warning() -> None:
    moved = 'enter: {date: call_on, at: "10:00"}\nsteps: [set: {call_on: next_call}]\n'
    [warning] = loops(moved)
    assert warning.level == "warning"
    assert loops(moved.replace("next_call", "\"'2027-01-01'\"")) == []


def test_each_circle_is_told_once() -> None:
    third = "enter: Cart Updated\nsteps: [wait: 1 day, send: text]\n"
    assert len(loops(EMITS, FOLLOWS, third)) == 1
    assert len(loops(EMITS, FOLLOWS, "enter: Message Delivered\nsteps: [send: text]\n")) == 2
