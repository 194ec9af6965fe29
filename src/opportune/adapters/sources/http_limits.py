"""How much may be on its way in at once, and how fast each write key may bring events."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from opportune.errors import Overloaded
from opportune.events.batch import DEFAULT, Bounds
from opportune.sending.rate_limit import RateLimit, after_call, wait_of
from opportune.units import Instant, Micros, Millis


class Limits(Struct, frozen=True, kw_only=True):
    """What an operator allows."""

    bounds: Bounds = DEFAULT
    held_bytes: int = 64 * 1024 * 1024
    """Of all bodies together, from their first byte until they are answered."""
    rate: RateLimit | None = None
    """Calls of each write key; None: as many as can be made durable."""


USUAL: Final = Limits()


class Room:
    """The bytes of all bodies that are under way, read or waiting to become durable."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0


class Place:
    """What one request holds of the room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._held = 0

    def take(self, count: int) -> None:
        """So many bytes more; raises Overloaded if there is no room for them."""
        room = self._room
        if room.held + count > room.most:
            raise Overloaded(f"{room.held} bytes are waiting; nothing was taken, send it again in a second")
        room.held += count
        self._held += count

    def leave(self) -> None:
        """Give all of it back."""
        self._room.held -= self._held
        self._held = 0


class Pace:
    """How fast each write key brings its calls."""

    def __init__(self, rate: RateLimit | None, now: Callable[[], Instant]) -> None:
        self._rate = rate
        self._now = now
        self._full_at: dict[str, Micros] = {}

    def wait(self, key: str) -> Millis:
        """How long this key has to wait before it may bring more; 0 if it need not."""
        return 0 if self._rate is None else wait_of(self._rate, self._full_at.get(key, 0), self._now())

    def count(self, key: str, calls: int) -> None:
        """The key has brought so many calls; more than the rate allows are paid back by a longer wait."""
        if self._rate is not None:
            self._full_at[key] = after_call(self._rate, self._full_at.get(key, 0), self._now(), calls)
