"""Who is looking at which inbox, so that whoever looks is woken as soon as something on it changed.

A wake is only a hint: what is on the shelf is the truth, and whoever is woken looks there.
"""

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from opportune.adapters.sources.inbox_left import Left
from opportune.errors import Overloaded
from opportune.events.event import Erased, Input, Merged
from opportune.sending.attempt import Call, Recall

MOST_OF_USER: Final = 8
MOST: Final = 10_000


class Listener:
    """One open stream; ``woken`` is set when it should look again."""

    def __init__(self, user: str, stated: str) -> None:
        self.user = user
        self.stated = stated
        """The id that its token names; the inbox it shows may be another's since a merge."""
        self.woken = asyncio.Event()


class Hub:
    """The streams that are open in this process, by the user whose inbox they show."""

    def __init__(self, *, most_of_user: int = MOST_OF_USER, most: int = MOST) -> None:
        self.is_closed = False
        self._most_of_user, self._most = most_of_user, most
        self._listeners: dict[str, list[Listener]] = {}
        self._count = 0
        self.left = Left()
        """What clients whose stream has ended have in hand."""

    @property
    def streams(self) -> int:
        """How many are open."""
        return self._count

    @contextmanager
    def listening(self, user: str, stated: str) -> Iterator[Listener]:
        """A listener to this user's inbox while the block runs; ``stated`` is the id that its token names.

        Raises Overloaded if there are too many, of this user or in all.
        """
        if self._count >= self._most:
            raise Overloaded(f"{self._count} streams are open; try again later, or ask for JSON now and then")
        if len(self._listeners.get(user, ())) >= self._most_of_user:
            raise Overloaded(f"this user has {self._most_of_user} streams open; close one of them first")
        listener = Listener(user, stated)
        self._enter(listener)
        self._count += 1
        try:
            yield listener
        finally:
            self._count -= 1
            self._leave(listener)

    def move(self, listener: Listener, user: str) -> None:
        """From now on it listens for this user, who has absorbed the one before."""
        self._leave(listener)
        listener.user = user
        self._enter(listener)

    def changed(self, *users: str) -> None:
        """Wake those who look at these inboxes."""
        for user in users:
            for listener in self._listeners.get(user, ()):
                listener.woken.set()

    def after(self, inputs: Iterable[Input], calls: Iterable[Call]) -> None:
        """Wake those whose inbox a durable batch may have changed: by a recall, a merge or an erasure."""
        for entry in inputs:
            if isinstance(entry, Merged):
                self.changed(entry.user, entry.absorbed)
            elif isinstance(entry, Erased):
                self.changed(*self._listeners)
        self.changed(*(call.user for call in calls if isinstance(call, Recall)))

    def close(self) -> None:
        """End all streams, and let none begin."""
        self.is_closed = True
        self.changed(*self._listeners)

    def _enter(self, listener: Listener) -> None:
        for name in dict.fromkeys((listener.user, listener.stated)):
            self._listeners.setdefault(name, []).append(listener)

    def _leave(self, listener: Listener) -> None:
        for name in dict.fromkeys((listener.user, listener.stated)):
            left = [each for each in self._listeners[name] if each is not listener]
            if left:
                self._listeners[name] = left
            else:
                del self._listeners[name]
