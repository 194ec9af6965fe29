"""The whole flow in one function: what it refuses to do twice, and what it says of the future."""

from pathlib import Path

import opportune.engine
from opportune.engine import react
from opportune.events.event import Event, Tick
from opportune.journeys.memory import at_rest, fresh
from opportune.playbook.compiling import compiled
from opportune.units import MINUTE
from tests.stories.shop import shop

CART = Event("e1", "ann", "Cart Updated", 1_000, 1_000, 5)


def test_the_engine_is_read_on_one_page() -> None:
    assert len(Path(opportune.engine.__file__).read_text().splitlines()) <= 80


def test_an_entry_that_is_not_newer_changes_nothing() -> None:
    playbook, memory = compiled(shop()), fresh("ann")
    first = react(playbook, memory, CART)
    before = at_rest(memory)
    for entry in (CART, Tick(10**13, 5), Tick(10**13, 4)):
        again = react(playbook, memory, entry)
        assert (again.decisions, again.endings, again.calls) == ([], [], [])
        assert again.wake == first.wake == 1_000 + 45 * MINUTE
        assert at_rest(memory) == before


def test_the_log_clock_never_goes_back() -> None:
    playbook, memory = compiled(shop()), fresh("ann")
    react(playbook, memory, Tick(9_000, 1))
    react(playbook, memory, CART)
    assert memory.clock == 9_000


def test_a_user_with_nothing_to_wait_for_has_no_deadline() -> None:
    assert react(compiled(shop()), fresh("ann"), Tick(9_000, 1)).wake is None


def test_a_tick_fires_what_is_due_at_its_own_instant_however_late_it_comes() -> None:
    playbook, memory = compiled(shop()), fresh("ann")
    react(playbook, memory, Event("e0", "ann", "Identified", 1, 1, 1, b'{"email":"ann@example.com"}'))
    react(playbook, memory, CART)
    out = react(playbook, memory, Tick(1_000 + 50 * MINUTE, 6))
    assert [decision.due for decision in out.decisions] == [1_000 + 45 * MINUTE]
