"""Items for stories: a catalogue that a story feeds, and what users of its world are told of it.

>>> shelf = Shelf(world)
>>> shelf.states("p1", price=100)
[]
>>> ann.does("Product Viewed", product_id="p1")
>>> shelf.states("p1", price=80)
['ann']
"""

from msgspec import json
from msgspec.structs import replace

from opportune.draws import hash_of
from opportune.events.announcement import Announcement, announced, publication, scheduled
from opportune.events.event import Event
from opportune.events.item import Item, item_of
from opportune.events.names import ITEM_ID
from opportune.testing.world import User, World


class Shelf:
    """The items of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._items: dict[str, Item] = {}

    def states(self, id: str, **fields: object) -> list[str]:
        """The catalogue is told this of an item; gives the users who are told what follows from it, at once."""
        before, now = self._items.get(id), self._world.now
        item = scheduled(before, item_of({"id": id} | fields, before), now)
        self._items[id] = item
        told = [user for said in announced(before, item, now) for user in self._told(said)]
        return [*told, *self.comes_out()]

    def comes_out(self) -> list[str]:
        """What is published by now is told, to these users; ask when time has passed."""
        found = []
        for item in [each for each in self._items.values() if each.due is not None and each.due <= self._world.now]:
            self._items[item.id] = replace(item, due=None)
            found += self._told(publication(item, self._world.now))
        return found

    def _told(self, said: Announcement) -> list[str]:
        items, world = self._world.playbook.items, self._world
        if items is None:
            return []
        users = sorted({world.resolved(each.user) for each in world.log if isinstance(each, Event)})
        concerned = [user for user in users if items.concern(world.memory(User(world, user)).profile.groups, said)]
        properties: dict[str, object] = json.decode(said.properties(items.id))
        for user in concerned:
            name = ITEM_ID + hash_of(said.id, user).hex()
            world.feed([world.event(user, said.name, properties, id=name)])
        return concerned
