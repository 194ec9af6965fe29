"""When to look at whom: buckets of one second. Only hints; the truth is the deadline in the memory."""

from heapq import heappop, heappush

from opportune.units import SECOND, Instant


class Wheel:
    """Users by the second of their next deadline.

    A deadline that moves on costs nothing: its user stays in the earlier bucket, and is put into the right one when the
    wheel comes to it. So a user whose deadline moves with every event stands in one bucket, not in thousands.
    """

    def __init__(self) -> None:
        self._wakes: dict[str, Instant] = {}
        self._places: dict[str, int] = {}
        """By user: the second of the earliest bucket the user stands in."""
        self._buckets: dict[int, list[str]] = {}
        self._seconds: list[int] = []

    def __len__(self) -> int:
        return len(self._wakes)

    def set(self, user: str, wake: Instant | None) -> None:
        """The user's next deadline; None: there is none."""
        if wake is None:
            self._wakes.pop(user, None)
            return
        self._wakes[user] = wake
        second, place = wake // SECOND, self._places.get(user)
        if place is None or second < place:
            self._put(user, second)

    def wake(self, user: str) -> Instant | None:
        """The user's next deadline; None: there is none."""
        return self._wakes.get(user)

    def due(self, now: Instant) -> list[str]:
        """The users with a deadline up to and with ``now``, in order of (deadline, user); they stay until set again."""
        found: dict[str, Instant] = {}
        later: list[tuple[str, Instant]] = []
        while self._seconds and self._seconds[0] <= now // SECOND:
            for user, wake in self._emptied():
                if wake <= now:
                    found[user] = self._wakes.pop(user)
                else:
                    later.append((user, wake))
        for user, wake in later:
            self._put(user, wake // SECOND)
        return sorted(found, key=lambda user: (found[user], user))

    def first(self) -> Instant | None:
        """The earliest deadline of all; None if nobody waits for anything."""
        while self._seconds:
            second = self._seconds[0]
            waiting = self._emptied()
            for user, wake in waiting:
                self._put(user, wake // SECOND)
            here = [wake for _, wake in waiting if wake // SECOND == second]
            if here:
                return min(here)
        return None

    def _put(self, user: str, second: int) -> None:
        self._places[user] = second
        bucket = self._buckets.get(second)
        if bucket is None:
            bucket = self._buckets[second] = []
            heappush(self._seconds, second)
        bucket.append(user)

    def _emptied(self) -> list[tuple[str, Instant]]:
        """The users of the first bucket, which is gone, with their deadlines, which may be later."""
        second = heappop(self._seconds)
        waiting = []
        for user in self._buckets.pop(second):
            if self._places.get(user) == second:
                del self._places[user]
                if user in self._wakes:
                    waiting.append((user, self._wakes[user]))
        return waiting
