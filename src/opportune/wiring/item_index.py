"""The reverse index: from what an item is to the users whom it may concern.

It may name too many users, never too few: their memories say whom an item concerns, and are asked before anybody is
told. What nobody did for as long as a tie looks back leaves it by and by.
"""

import asyncio
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from opportune.events.announcement import Announcement
from opportune.events.event import Event, Input, Merged, newest_clock
from opportune.features.evolve import decoded
from opportune.features.lasts import text_of
from opportune.features.values import found_at
from opportune.playbook.items import Items
from opportune.ports import Erasure
from opportune.units import Instant
from opportune.wiring.glimpse import groups_in, texts_in
from opportune.wiring.moved import MOVED
from opportune.wiring.shard import Shard, Turn
from opportune.wiring.slots import Slots

COUNTED: Final = 10_000
"""Texts whose users are counted for a figure."""
AT_ONCE: Final = 250
"""Memories that are looked through before others get a turn."""


class ItemIndex:
    """Who may be concerned, in plain memory; ``watch`` is one of a host's watchers."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard
        self._items: Items | None = None
        self._keys: dict[str, str] = {}
        """Under which keys profiles keep what ties users to items, and by which property."""
        self._paths: dict[str, tuple[str, ...]] = {}
        """By name of event: the properties that tie."""
        self._slots: dict[str, int] = {}
        self._users: list[str | None] = []
        self._newer: dict[tuple[str, str], Slots] = {}
        """By property and its text."""
        self._older: dict[tuple[str, str], Slots] = {}
        self._turned_at: Instant = 0

    async def build(self, items: Items | None, *, at_once: int = AT_ONCE) -> None:
        """Begins anew with these ties, and looks through all memories, a few at a time; ``watch`` goes on meanwhile."""
        for _ in self._building(items, at_once):
            await asyncio.sleep(0)

    def build_now(self, items: Items | None) -> None:
        """The same for a host without a loop."""
        for _ in self._building(items, AT_ONCE):
            pass

    @property
    def pairs(self) -> int:
        """About how many pairs of a user and a text it holds; of very many texts a part is counted."""
        return sum(_about(turn.values(), len(turn)) for turn in (self._newer, self._older))

    def watch(self, inputs: Sequence[Input], turn: Turn) -> None:
        """A batch is durable: who has to do with what."""
        if not self._keys:
            return
        if inputs:
            self._turn(newest_clock(inputs))
        for each in inputs:
            match each:
                case Event(name=name) if name in self._paths:
                    self._enter_event(each)
                case Merged():
                    if self._shard.memories.get(each.absorbed, b"")[:1] == MOVED:
                        self._drop(each.absorbed)
                    self._enter_all(each.user)

    def forget(self, erasure: Erasure) -> None:
        """These ids were erased."""
        for user in erasure.names:
            self._drop(user)

    def candidates(self, said: Announcement) -> Iterator[str]:
        """Users whom this may concern; some may come more than once."""
        if self._items is None:
            return
        places = dict.fromkeys((tie.path, text) for tie, text in self._items.looked_up(said))
        for found in [turn[place] for place in places for turn in (self._older, self._newer) if place in turn]:
            for slot in found:
                user = self._users[slot]
                if user is not None:
                    yield user

    def concerns(self, user: str, said: Announcement) -> bool:
        """Whether the user's memory says that this concerns them, as of its instant."""
        raw = self._shard.memories.get(user)
        return self._items is not None and self._items.concern(groups_in(raw, self._keys), said)

    def concerned(self, said: Announcement) -> set[str]:
        """All users whom this concerns now."""
        return {user for user in self.candidates(said) if self.concerns(user, said)}

    def _begin(self, items: Items | None) -> None:
        self._items = items
        ties = () if items is None else items.ties
        self._keys = {tie.key: tie.path for tie in ties}
        self._paths = {
            name: tuple(dict.fromkeys(tie.path for tie in ties if tie.event == name))
            for name in dict.fromkeys(tie.event for tie in ties)
        }
        self._slots, self._users, self._newer, self._older, self._turned_at = {}, [], {}, {}, 0

    def _building(self, items: Items | None, at_once: int) -> Iterator[None]:
        """Piece by piece; what ``watch`` enters meanwhile stays."""
        self._begin(items)
        paths: dict[str, dict[str, array[int]]] = {path: {} for path in self._keys.values()}
        found = {key: paths[path] for key, path in self._keys.items()}
        users = iter(list(self._shard.memories) if found else ())
        while some := list(islice(users, at_once)):
            for user in some:
                self._look_at(user, found)
            yield
        for path, texts in paths.items():
            for count, (text, numbers) in enumerate(texts.items()):
                self._newer[path, text] = self._joined(Slots.of(numbers, len(self._users)), (path, text))
                if count % at_once == 0:
                    yield

    def _look_at(self, user: str, found: Mapping[str, dict[str, "array[int]"]]) -> None:
        """Puts down what the user's memory holds, by key and text; ten million pairs of a million users, so at once."""
        for key, texts in texts_in(self._shard.memories.get(user), found):
            slot, numbers_by_text = self._slot(user), found[key]
            for text in texts:
                numbers = numbers_by_text.get(text)
                if numbers is None:
                    numbers = numbers_by_text[text] = array("I")
                numbers.append(slot)

    def _joined(self, slots: Slots, place: tuple[str, str]) -> Slots:
        """With what was entered meanwhile."""
        for slot in self._newer.get(place, ()):
            slots.add(slot, len(self._users))
        return slots

    def _enter_all(self, user: str) -> None:
        """What the user's memory holds by now."""
        for key, texts in texts_in(self._shard.memories.get(user), self._keys):
            slot = self._slot(user)
            for text in texts:
                self._slots_of(self._keys[key], text).add(slot, len(self._users))

    def _enter_event(self, event: Event) -> None:
        said = decoded(event.properties)
        for path in self._paths[event.name]:
            text = text_of(found_at(said, path))
            if text is not None:
                slot = self._slot(event.user)
                self._slots_of(path, text).add(slot, len(self._users))

    def _slot(self, user: str) -> int:
        """The user's number; a new one for a new user."""
        slot = self._slots.get(user)
        if slot is None:
            slot = self._slots[user] = len(self._users)
            self._users.append(user)
        return slot

    def _slots_of(self, path: str, text: str) -> Slots:
        found = self._newer.get((path, text))
        if found is None:
            found = self._newer[path, text] = Slots()
        return found

    def _drop(self, user: str) -> None:
        slot = self._slots.pop(user, None)
        if slot is not None:
            self._users[slot] = None

    def _turn(self, now: Instant) -> None:
        """What was entered one turn ago and not since is too old for every tie after the next turn."""
        assert self._items is not None
        if not self._turned_at:
            self._turned_at = now
        elif now - self._turned_at > self._items.reach:
            self._older, self._newer, self._turned_at = self._newer, {}, now


def _about(found: Iterable[Slots], count: int) -> int:
    """About how many numbers these sets hold together."""
    step = 1 + count // COUNTED
    counted = [len(slots) for slots in islice(found, 0, None, step)]
    return sum(counted) * count // max(len(counted), 1)
