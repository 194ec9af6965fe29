"""Goals are remembered as long as entries may be late, and no longer."""

from opportune.engine import react
from opportune.events.event import Event
from opportune.journeys.goals import MOST_GOALS
from opportune.journeys.memory import fresh
from opportune.journeys.run import Past
from opportune.playbook.compiling import compiled
from opportune.testing.world import World
from opportune.units import HOUR, MINUTE
from tests.stories.shop import shop

JOURNEY = (
    "journey: cart\nkey: n\nenter: Cart Updated\ngoal: {on: Order Completed, within: 30 days, where: total > 1}\n"
    "exit: goal\nsteps:\n  - wait: 20 days\n  - send: reminder\n"
)


def test_what_is_no_goal_is_not_remembered() -> None:
    world = World(shop(journeys=JOURNEY))
    ann = world.user("ann")
    ann.does("Order Completed", n=1, total=1)
    assert world.memory(ann).pasts == []


def test_of_one_instant_one_goal_is_remembered() -> None:
    world = World(shop(journeys=JOURNEY))
    ann = world.user("ann")
    for _ in range(2):
        ann.does("Order Completed", n=1, total=2)
    assert [len(past.goals) for past in world.memory(ann).pasts] == [1]


def test_of_many_keys_with_nothing_but_goals_the_oldest_are_forgotten() -> None:
    world = World(shop(journeys=JOURNEY))
    ann = world.user("ann")
    ann.does("Cart Updated", n=0)
    for number in range(1, MOST_GOALS + 5):
        ann.does("Order Completed", n=number, total=2)
        world.passes(minutes=1)
    assert [past.key for past in world.memory(ann).pasts] == ["0", *(str(n) for n in range(5, MOST_GOALS + 5))]


def test_of_many_goals_of_one_key_the_newest_are_remembered_and_the_first_is_told_once() -> None:
    world = World(shop(journeys=JOURNEY.replace("exit: goal\n", "")))
    ann = world.user("ann")
    ann.does("Cart Updated", n=1)
    entered, told = world.now, 0
    for _ in range(MOST_GOALS + 2):
        world.passes(minutes=1)
        told += len(world.feed([world.event("ann", "Order Completed", {"n": 1, "total": 2})]).goals)
    [past] = world.memory(ann).pasts
    assert (told, past.goal, len(past.goals)) == (1, entered + MINUTE, MOST_GOALS)


def test_goals_older_than_events_can_be_late_are_forgotten_but_for_the_newest_that_counted() -> None:
    world = World(shop(journeys=JOURNEY.replace("exit: goal\n", "")))
    ann = world.user("ann")
    ann.does("Cart Updated", n=1)
    first = world.now + HOUR
    for hour in (1, 2, 100):
        world.until(first + (hour - 1) * HOUR)
        ann.does("Order Completed", n=1, total=2)
    [past] = world.memory(ann).pasts
    assert [each.at for each in past.goals] == [first, first + 99 * HOUR]


def test_a_goal_that_an_older_memory_knows_of_is_not_told_again() -> None:
    """One that was written before goals were remembered one by one."""
    ready = compiled(shop(journeys=JOURNEY.replace("exit: goal\n", "")))
    memory = fresh("ann")
    memory.clock, memory.pasts = HOUR, [Past("cart", "1", MINUTE, goal=2 * MINUTE)]
    event = Event("e", "ann", "Order Completed", HOUR, HOUR, 1, b'{"n": 1, "total": 2}')
    assert react(ready, memory, event).goals == []
    assert [(each.at, each.entry) for each in memory.pasts[0].goals] == [(2 * MINUTE, MINUTE), (HOUR, None)]


def test_a_goal_without_a_key_ends_the_runs_of_all_keys_and_is_that_of_the_newest() -> None:
    world = World(shop(journeys=JOURNEY))
    ann = world.user("ann")
    for number in (1, 2):
        ann.does("Cart Updated", n=number)
        world.passes(minutes=1)
    turn = world.feed([world.event("ann", "Order Completed", {"total": 2})])
    assert [each.key for each in turn.goals] == ["2"]
    assert world.memory(ann).runs == []
    ann.does("Cart Updated", n=3, at=world.now - MINUTE)
    assert world.memory(ann).runs == []
