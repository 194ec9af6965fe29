"""Who goes when several have waited for the end of a night, and who is not counted beside whom."""

from typing import Literal, TypeAlias

import pytest
from msgspec.structs import replace

from opportune.features.ledger import Pending
from opportune.features.local_time import WallTime
from opportune.messages.message import Message
from opportune.policies.queue import Waiting, giving_way
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.view import View
from opportune.units import HOUR, SECOND
from tests.unit.policies.users import NOW, candidate, pending, view

AtEnd: TypeAlias = Literal["all", "one_per_topic", "best"]


def night(at_end: AtEnd, *, channels: tuple[str, ...] = ("email", "push"), ends: int = 12) -> QuietHours:
    """Quiet before NOW, which is noon."""
    return QuietHours(start=WallTime(0), end=WallTime(ends * 60), channels=channels, at_end=at_end)


def waiting(id: str, worth: int, *, channel: str = "email", topic: str = "cart", priority: int = 50) -> Waiting:
    planned = replace(pending(NOW, id), worth=worth, channel=channel, topic=topic, message=id, journey=id)
    return Waiting(planned, Message(id, (channel,), topic, priority=priority))


def gone(nights: list[QuietHours], *queue: Waiting, user: View | None = None) -> list[str]:
    return [each.id for each in giving_way(nights, queue, user or view())]


def test_all_but_the_best_give_way_in_the_order_of_what_they_are_worth() -> None:
    assert gone([night("best")], waiting("a", 1), waiting("b", 3), waiting("c", 2)) == ["c", "a"]


def test_of_each_topic_the_best_stays() -> None:
    queue = waiting("a", 1), waiting("b", 3), waiting("c", 2, topic="news")
    assert gone([night("one_per_topic")], *queue) == ["a"]


def test_priority_then_the_older_run_then_names_break_ties() -> None:
    older = waiting("z", 1)
    older = Waiting(replace(older.pending, entry=older.pending.entry - 1), older.message)
    queue = waiting("a", 1), waiting("b", 1, priority=60), older, waiting("c", 1)
    assert gone([night("best")], *queue) == ["z", "a", "c"]


def test_a_night_that_does_not_end_now_lets_all_go() -> None:
    assert gone([night("best", ends=11), night("best", ends=13)], waiting("a", 1), waiting("b", 2)) == []


def test_a_night_of_another_channel_lets_all_go() -> None:
    assert gone([night("best", channels=("push",))], waiting("a", 1), waiting("b", 2)) == []


def test_whoever_gave_way_to_one_night_stands_in_nobodys_way_in_the_next() -> None:
    """The best mail gives way to the better mail of its topic, so the push message is the best of the others."""
    nights = [night("one_per_topic", channels=("email",)), night("best", channels=("email", "push"))]
    queue = waiting("a", 3), waiting("b", 2), waiting("p", 1, channel="push", topic="news")
    assert gone(nights, *queue) == ["b", "p"]
    nights = [night("best", channels=("email",)), night("one_per_topic", channels=("email", "push"))]
    queue = waiting("a", 3, topic="news"), waiting("b", 2), waiting("p", 1, channel="push")
    assert gone(nights, *queue) == ["b"]


def named(*planned: Pending, at_end: AtEnd = "best", at: int = NOW, zones: tuple[str, ...] = ("UTC",)) -> set[str]:
    return set(night(at_end).rivals(candidate(at), view(*planned, zones=zones)))


def test_what_waits_for_the_same_end_is_a_rival_wherever_in_the_night_one_looks() -> None:
    for at in (NOW, NOW - SECOND, NOW - 11 * HOUR):
        assert named(pending(NOW, "a"), pending(NOW, "b"), at=at) == {"a", "b"}


@pytest.mark.parametrize("at", [NOW + 1, NOW + 11 * HOUR])
def test_by_day_nobody_is_a_rival(at: int) -> None:
    assert named(pending(at, "a"), pending(NOW, "b"), at=at) == set()


def test_where_all_go_nobody_is_a_rival() -> None:
    assert named(pending(NOW), at_end="all") == set()


@pytest.mark.parametrize(
    "other",
    [
        pending(NOW, state="claimed"),
        pending(NOW, state="shown_awaited"),
        pending(NOW, is_marketing=False),
        pending(NOW + HOUR),
        replace(pending(NOW), channel="sms"),
    ],
)
def test_only_marketing_planned_for_that_instant_on_these_channels_is_a_rival(other: Pending) -> None:
    assert named(other) == set()


def test_of_another_topic_nobody_is_a_rival_where_one_of_each_goes() -> None:
    planned = pending(NOW, "a"), replace(pending(NOW, "b"), topic="news")
    assert named(*planned, at_end="one_per_topic") == {"a"}
    assert named(*planned) == {"a", "b"}


def test_a_night_that_no_clock_ends_has_no_rivals() -> None:
    long = QuietHours(start=WallTime(8 * 60), end=WallTime(7 * 60), at_end="best")
    user = view(pending(NOW), zones=("Europe/Berlin", "America/New_York"))
    assert long.rivals(candidate(), user) == frozenset()
