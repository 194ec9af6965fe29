"""When waits end, asked of runs and memories made by hand."""

from opportune.features.local_time import UTC, WallTime, zone_named
from opportune.journeys.memory import Memory, fresh
from opportune.journeys.run import Run
from opportune.journeys.step import Send, Step, Wait, WaitDate, WaitLocal
from opportune.journeys.terms import Terms
from opportune.journeys.waiting import due_of, is_over, replanned_due, zone_of
from opportune.testing.world import MONDAY_NOON, World
from opportune.units import DAY, HOUR
from tests.stories.shop import shop

TERMS = Terms(3 * DAY, UTC, "salt")
NINE = WaitLocal(WallTime(9 * 60))


def memory_of(**traits: str) -> Memory:
    world = World(shop())
    return world.memory(world.user("ann", **traits))


def run_of(due: int | None = None, since: int = MONDAY_NOON) -> Run:
    return Run("cart", "v", "", since, 0, since, due)


def test_a_zone_is_the_users_as_known_then_else_the_playbooks() -> None:
    tokyo = zone_named("Asia/Tokyo")
    assert tokyo is not None
    assert zone_of(memory_of(timezone="Asia/Tokyo"), MONDAY_NOON, TERMS) is tokyo
    assert zone_of(memory_of(timezone="Asia/Tokyo"), MONDAY_NOON - 1, TERMS) is UTC


def test_another_zone_moves_waits_for_its_clock_and_no_others() -> None:
    now, memory = MONDAY_NOON + HOUR, memory_of(timezone="Asia/Tokyo")
    due = MONDAY_NOON + 21 * HOUR
    assert replanned_due(NINE, run_of(due), memory, now, TERMS) == MONDAY_NOON + 12 * HOUR
    assert replanned_due(WaitDate("day"), run_of(due), memory, now, TERMS) == due
    assert replanned_due(Wait(DAY), run_of(due), memory, now, TERMS) == due
    assert replanned_due(NINE, run_of(None), memory, now, TERMS) is None


def test_a_window_that_is_open_in_the_new_zone_is_due_now() -> None:
    now, memory = MONDAY_NOON + HOUR, memory_of(timezone="Asia/Tokyo")
    night = WaitLocal(WallTime(22 * 60), WallTime(6 * 60))
    assert replanned_due(night, run_of(now + 9 * HOUR), memory, now, TERMS) == now


def test_what_is_no_wait_is_due_at_no_instant_and_over_at_once() -> None:
    step: Step = Send("mail")
    assert due_of(step, run_of(), fresh("ann"), MONDAY_NOON, TERMS) is None
    assert is_over(step, run_of(), fresh("ann"), MONDAY_NOON, TERMS)


def test_without_any_activity_known_a_wait_for_it_counts_from_the_step() -> None:
    quiet = Wait(HOUR, "active")
    assert due_of(quiet, run_of(), fresh("ann"), MONDAY_NOON, TERMS) == MONDAY_NOON + HOUR


def test_no_deadline_is_before_now() -> None:
    late = MONDAY_NOON + 5 * DAY
    for step in (Wait(HOUR), NINE, WaitDate("day")):
        due = due_of(step, run_of(), memory_of(day="2020-01-01"), late, TERMS)
        assert due is not None and due >= late
