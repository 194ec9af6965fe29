"""When to look at whom: buckets of one second. Only hints; the truth is the deadline in the memory."""

from heapq import heappop, heappush

from opportune.units import SECOND, Instant


class Wheel:
    """Users by the second of their next deadline; a user may stand in several buckets, of which the newest counts."""

    def __init__(self) -> None:
        self._wakes: dict[str, Instant] = {}
        self._buckets: dict[int, list[str]] = {}
        self._seconds: list[int] = []

    def __len__(self) -> int:
        return len(self._wakes)

    def set(self, user: str, wake: Instant | None) -> None:
        """The user's next deadline; None: there is none."""
        if wake is None:
            self._wakes.pop(user, None)
        elif self._wakes.get(user) != wake:
            self._wakes[user] = wake
            second = wake // SECOND
            bucket = self._buckets.get(second)
            if bucket is None:
                bucket = self._buckets[second] = []
                heappush(self._seconds, second)
            bucket.append(user)

    def due(self, now: Instant) -> list[str]:
        """The users with a deadline up to and with ``now``, in order of (deadline, user); they stay until set again."""
        found: dict[str, Instant] = {}
        while self._seconds and self._seconds[0] <= now // SECOND:
            second = heappop(self._seconds)
            later = []
            for user in self._buckets.pop(second):
                wake = self._wakes.get(user)
                if wake is None or wake // SECOND != second:
                    continue
                if wake <= now:
                    found[user] = self._wakes.pop(user)
                elif user not in later:
                    later.append(user)
            if later:
                self._buckets[second] = later
                heappush(self._seconds, second)
                break
        return sorted(found, key=lambda user: (found[user], user))

    def first(self) -> Instant | None:
        """The earliest deadline of all; None if nobody waits for anything."""
        while self._seconds:
            second = self._seconds[0]
            wakes = [w for user in self._buckets[second] if (w := self._wakes.get(user)) is not None and w // SECOND == second]
            if wakes:
                return min(wakes)
            del self._buckets[self._seconds[0]]
            heappop(self._seconds)
        return None
