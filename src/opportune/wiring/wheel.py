"""When to look at whom. Only hints; the truth is the deadline in the memory."""

from heapq import heappop, heappush, heapreplace
from typing import TypeAlias

from opportune.units import Instant

Place: TypeAlias = tuple[Instant, str]
"""A deadline and whose it is."""


class Wheel:
    """Users by their next deadline.

    A deadline that moves on costs nothing: its user keeps the earlier place in the queue, and is moved on when that
    place comes to the front. So a user whose deadline moves with every event stands there once, not thousands of times.
    """

    def __init__(self) -> None:
        self._wakes: dict[str, Instant] = {}
        self._places: dict[str, Instant] = {}
        """By user: the earliest place in the queue; never after the deadline."""
        self._queue: list[tuple[Instant, str]] = []

    def __len__(self) -> int:
        return len(self._wakes)

    def set(self, user: str, wake: Instant | None) -> None:
        """The user's next deadline; None: there is none."""
        if wake is None:
            self._wakes.pop(user, None)
            return
        self._wakes[user] = wake
        place = self._places.get(user)
        if place is None or wake < place:
            self._places[user] = wake
            heappush(self._queue, (wake, user))

    def wake(self, user: str) -> Instant | None:
        """The user's next deadline; None: there is none."""
        return self._wakes.get(user)

    def due(self, now: Instant, upto: Place | None = None) -> list[str]:
        """The users with a deadline up to and with ``now``, in order of (deadline, user): those not after ``upto``.

        They are gone until they are set again.
        """
        found: list[str] = []
        while (first := self.first()) is not None and first <= now:
            if upto is not None and self._queue[0] > upto:
                break
            _, user = heappop(self._queue)
            del self._places[user], self._wakes[user]
            found.append(user)
        return found

    def crowd(self, now: Instant, most: int) -> Place | None:
        """The deadline and id of the last of so many who are due by ``now``; None if there are no more than these."""
        found: list[Place] = []
        while len(found) <= most and (first := self.first()) is not None and first <= now:
            found.append(heappop(self._queue))
        for each in found:
            heappush(self._queue, each)
        return found[most - 1] if len(found) > most else None

    def first(self) -> Instant | None:
        """The earliest deadline of all; None if nobody waits for anything."""
        queue = self._queue
        while queue:
            place, user = queue[0]
            wake = self._wakes.get(user)
            if wake == place:
                return place
            if self._places.get(user) != place:  # left from before the user was given an earlier one
                heappop(queue)
            elif wake is None:
                heappop(queue)
                del self._places[user]
            else:
                heapreplace(queue, (wake, user))
                self._places[user] = wake
        return None
