"""Journeys that a publication takes away and a later one puts back: what has fired does not fire again."""

import pytest

from opportune.journeys.arming import ring
from opportune.journeys.memory import at_rest, awake
from opportune.playbook.compiling import compiled
from opportune.testing.world import User, World
from opportune.wiring.waiting import _armed
from tests.stories.moments import on_clock
from tests.stories.shop import shop

DAILY = "journey: told\nenter: {every: day, at: '10:00'}\nsteps:\n  - send: reminder\n"
DATED = "journey: told\nenter: {date: ends_on, at: '10:00'}\nsteps:\n  - send: reminder\n"
BIRTHDAY = "journey: told\nenter: {date: born_on, at: '10:00', repeat: yearly}\nsteps:\n  - send: reminder\n"
BROADCAST = "journey: told\nenter: {broadcast: '2026-06-02 10:00', to: 'TRUE'}\nsteps:\n  - send: reminder\n"
CROSSING = (
    "journey: told\nenter: {when: \"plan = 'pro'\", rearm: \"plan = 'free'\"}\nreentry: always\n"
    "steps:\n  - send: reminder\n"
)
LATER = "'10:00'", "'11:00'"


def mails(user: User) -> list[str]:
    return [on_clock(mail.at, "UTC") for mail in user.received]


def told_at_ten(journey: str) -> tuple[World, User]:
    """A world in which ann was told at ten, twenty minutes ago."""
    world = World(shop(journeys=journey), start="2026-06-02T06:00Z")
    ann = world.user("ann", ends_on="2026-06-02", born_on="1990-06-02")
    world.until("2026-06-02T10:20Z")
    assert mails(ann) == ["2026-06-02 10:00"]
    return world, ann


@pytest.mark.parametrize("with_events", [False, True])
@pytest.mark.parametrize("journey", [DAILY, DATED, BIRTHDAY])
def test_what_comes_once_a_day_or_a_date_is_not_said_again_later_that_day(journey: str, with_events: bool) -> None:
    world, ann = told_at_ten(journey)
    for playbook in (shop(), shop(journeys=journey.replace(*LATER))):
        world.publish(playbook)
        if with_events:
            ann.does("App Opened")
    world.until("2026-06-02T23:00Z")
    assert mails(ann) == ["2026-06-02 10:00"]
    world.until("2026-06-03T12:00Z")
    assert mails(ann)[1:] == (["2026-06-03 11:00"] if journey == DAILY else [])


def test_a_date_is_remembered_for_years() -> None:
    world, ann = told_at_ten(BIRTHDAY)
    world.publish(shop())
    world.passes(days=340)
    world.publish(shop(journeys=BIRTHDAY))
    world.passes(days=40)
    assert mails(ann) == ["2026-06-02 10:00", "2027-06-02 10:00"]


def test_a_broadcast_does_not_follow_whom_it_has_reached_over_the_date_line() -> None:
    world = World(shop(journeys=BROADCAST), start="2026-06-01T06:00Z")
    ann = world.user("ann", zone="Pacific/Kiritimati")
    world.until("2026-06-01T21:00Z")
    assert mails(ann) == ["2026-06-01 20:00"]
    ann.does("Identified", timezone="Pacific/Honolulu")
    world.publish(shop())
    world.publish(shop(journeys=BROADCAST))
    world.passes(days=5)
    assert len(ann.received) == 1


def test_who_has_not_rearmed_does_not_enter_again() -> None:
    world = World(shop(journeys=CROSSING), start="2026-06-02T06:00Z")
    ann = world.user("ann", plan="pro")
    world.passes(hours=1)
    ann.does("Identified", plan="basic")
    world.publish(shop())
    world.publish(shop(journeys=CROSSING))
    ann.does("Identified", plan="pro")
    world.passes(hours=1)
    assert len(ann.received) == 1
    for plan in ("free", "pro"):
        ann.does("Identified", plan=plan)
    world.passes(hours=1)
    assert len(ann.received) == 2


@pytest.mark.parametrize("journey", [DAILY, DATED, BIRTHDAY, BROADCAST])
def test_what_is_away_waits_for_nothing(journey: str) -> None:
    world, ann = told_at_ten(journey)
    world.publish(shop())
    [known] = world.memory(ann).armed
    assert (known.due, known.place) == (None, 0)
    world.passes(days=400)
    ann.does("App Opened")
    assert len(ann.received) == 1
    memory = world.memory(ann)
    assert awake(at_rest(memory)) == memory


def test_a_schedules_day_is_forgotten_once_it_is_over_everywhere() -> None:
    world, ann = told_at_ten(DAILY)
    world.publish(shop())
    world.passes(days=7)
    ann.does("App Opened")
    assert len(world.memory(ann).armed) == 1
    world.passes(days=3)
    ann.does("App Opened")
    assert world.memory(ann).armed == []


def test_what_has_not_fired_and_what_comes_back_otherwise_is_forgotten() -> None:
    world = World(shop(journeys=DAILY), start="2026-06-02T11:00Z")
    ann = world.user("ann")
    world.publish(shop())
    assert world.memory(ann).armed == []
    world, ann = told_at_ten(DATED)
    world.publish(shop())
    world.publish(shop(journeys=DAILY.replace(*LATER)))
    assert [each.kind for each in world.memory(ann).armed] == ["schedule"]
    world.publish(shop())
    world.publish(shop(journeys=DATED.replace(*LATER)))
    world.until("2026-06-02T23:00Z")
    assert mails(ann) == ["2026-06-02 10:00", "2026-06-02 11:00"]


def test_two_ids_that_are_one_user_remember_what_either_had_of_a_journey_that_is_away() -> None:
    world, ann = told_at_ten(DATED)
    ben = world.user("ben", ends_on="2026-06-02")
    world.publish(shop())
    world.merge(ben, ann)
    world.publish(shop(journeys=DATED.replace(*LATER)))
    world.passes(days=2)
    assert [on_clock(each.at, "UTC") for each in world.attempts] == ["2026-06-02 10:00"]


def test_of_more_than_sixty_four_the_one_that_fired_longest_ago_is_forgotten() -> None:
    journeys = {
        f"told_{number:02}": BROADCAST.replace("told", f"told_{number:02}").replace(
            "10:00", f"{10 + number // 60}:{number % 60:02}"
        )
        for number in range(70)
    }
    world = World(shop(journeys=journeys), start="2026-06-02T06:00Z")
    ann = world.user("ann")
    world.until("2026-06-02T13:00Z")
    world.publish(shop())
    assert sorted(each.journey for each in world.memory(ann).armed) == [f"told_{n:02}" for n in range(6, 70)]


def test_what_falls_due_of_a_journey_that_was_taken_away_meanwhile_is_disarmed_but_known() -> None:
    """Without a pass: the memory of one who was of another share until a moment ago."""
    world, ann = told_at_ten(DAILY)
    memory = world.memory(ann)
    plans = compiled(shop()).plans
    [armed] = memory.armed
    assert armed.due is not None
    assert list(ring(plans, memory, armed.due, compiled(shop()).terms)) == []
    assert [(each.due, each.fired > 0) for each in memory.armed] == [(None, True)]
    [armed] = memory.armed
    armed.due, armed.fired = world.now, 0
    assert list(ring(plans, memory, world.now, compiled(shop()).terms)) == []
    assert memory.armed == []


def test_why_does_not_speak_of_what_is_away() -> None:
    world = World(shop(journeys=CROSSING), start="2026-06-02T06:00Z")
    ann = world.user("ann", plan="pro")
    made, gone = compiled(shop(journeys=CROSSING)), compiled(shop())
    assert [each.journey for each in _armed(made, world.memory(ann), "UTC")] == ["told"]
    world.publish(shop())
    memory = world.memory(ann)
    assert [each.journey for each in memory.armed] == ["told"]
    assert list(_armed(gone, memory, "UTC")) == []
