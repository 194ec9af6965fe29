"""What only a browser does: it leaves without a word, says last words by beacon, and learns late who somebody is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from opportune.events.event import Event, Input, Merged
from opportune.wiring.sample import sample_texts
from tests.clients.kinds import client
from tests.clients.puppets import Call, Puppet
from tests.stories.town import KEY, Town

NOON = "2026-06-02T12:00:00+02:00"
pytestmark = [pytest.mark.needs("smtp"), pytest.mark.needs("node"), pytest.mark.needs("browser")]
Visits = Callable[[str], tuple[Town, Puppet]]


@pytest.fixture
def visited(tmp_path: Path) -> Iterator[Visits]:
    with ExitStack() as stack:

        def visits(name: str) -> tuple[Town, Puppet]:
            town = stack.enter_context(Town(tmp_path / "town.db", sample_texts(), NOON).open())
            return town, stack.enter_context(client(name, town.url, KEY, tmp_path))

        yield visits


def viewed(id: str) -> Call:
    return {"kind": "track", "id": id, "event": "Product Viewed", "properties": {"sku": id}}


def holds(*ids: str) -> Callable[[Sequence[Input]], bool]:
    return lambda logged: set(ids) <= {each.id for each in logged if isinstance(each, Event)}


def test_what_a_page_still_holds_when_it_is_left_is_not_lost(visited: Visits) -> None:
    town, page = visited("browser-slow")
    page.says(viewed("m-1"), viewed("m-2"), viewed("m-3"))
    page.leaves()
    logged = town.logs(holds("m-1", "m-2", "m-3"))
    assert [each.id for each in logged if isinstance(each, Event)] == ["m-1", "m-2", "m-3"]


def test_a_beacon_with_the_key_in_its_body_is_taken(visited: Visits) -> None:
    """A page that is being closed can set no header."""
    town, page = visited("browser")
    page.says({"kind": "beacon", "id": "m-bye", "user": "ann", "event": "Bye", "properties": {"read": 0.8}})
    (event,) = (each for each in town.logs(holds("m-bye")) if isinstance(each, Event))
    assert (event.user, event.name, event.properties) == ("ann", "Bye", b'{"read":0.8}')
    assert page.gave_up == {}


def test_what_was_done_before_the_log_in_belongs_to_the_user_afterwards(visited: Visits) -> None:
    town, page = visited("browser")
    page.says(viewed("m-before"))
    (before,) = (each for each in town.logs(holds("m-before")) if isinstance(each, Event))
    page.says({"kind": "identify", "id": "m-login", "user": "ann", "traits": {"email": "ann@example.com"}})
    logged = town.logs(holds("m-login"))
    assert (before.user != "ann", before.name) == (True, "Product Viewed")
    assert [(each.user, each.absorbed) for each in logged if isinstance(each, Merged)] == [("ann", before.user)]
    assert town.trait(before.user, "email") == "ann@example.com"
