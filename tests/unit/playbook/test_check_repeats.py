"""A message that a run may send twice at once is told, with the line of the second."""

import pytest

from tests.unit.playbook.test_check_steps import ENTER, MAIN, told

TWICE = "  - send: hello\n  - {between}\n  - send: hello\n"
GAP = "  - minimum_gap: {span: 1 hour}\n"


def repeats(steps: str, main: str = "") -> list[tuple[str, str]]:
    found = told(ENTER + steps, main=main)
    return [(each.level, each.place) for each in found if "may go out a second time at once" in each.text]


@pytest.mark.parametrize(
    "between",
    [
        "wait: {between: active}",
        "wait: {on: [monday]}",
        "wait: {for: 2 hours, since: active}",
        "wait: {until: Ordered, at_most: 1 day, since: entry}",
        "wait: {date: ends_on}",
        "set: {seen: orders}",
        "emit: Seen",
        "branch: [{when: orders > 1, steps: [wait: 1 day]}]",
        "split: x\n    arms: {a: {steps: [wait: 1 day]}, b: {steps: [emit: Seen]}}",
    ],
)
def test_what_may_be_over_already_keeps_nothing_apart(between: str) -> None:
    [(level, place)] = repeats(TWICE.replace("{between}", between))
    assert (level, place.split(":")[0]) == ("warning", "journeys/j.yaml")
    assert repeats(TWICE.replace("{between}", between), main=MAIN["opportune.yaml"] + GAP) == []


@pytest.mark.parametrize(
    "between",
    [
        "wait: 1 minute",
        'wait: {at: "09:00"}',
        "wait: {until: Ordered, at_most: 1 day}",
        "wait: {until: Email Opened, at_most: 1 day, since: entry}",
        "digest: 1 hour",
        "branch: [{when: orders > 1, steps: [wait: 1 day]}, {otherwise: [end]}]",
        "send: other",
        "end",
    ],
)
def test_what_takes_time_in_any_case_keeps_them_apart(between: str) -> None:
    assert repeats(TWICE.replace("{between}", between)) == []


def test_rounds_that_may_follow_at_once_are_told_once() -> None:
    rounds = "  - repeat: {times: 3, steps: [{wait: {between: active}}, {send: hello}]}\n"
    assert repeats(rounds) == [("warning", "journeys/j.yaml:4")]


def test_another_try_of_what_was_not_sent_is_none_that_was_sent_twice() -> None:
    assert repeats("  - send: hello\n    not_sent: [send: hello]\n") == []


def test_a_gap_of_other_channels_does_not_count() -> None:
    main = MAIN["opportune.yaml"] + "  - minimum_gap: {span: 1 hour, channels: [push]}\n"
    assert len(repeats(TWICE.replace("{between}", "emit: Seen"), main=main)) == 1
