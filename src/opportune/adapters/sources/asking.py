"""What an operator can ask of the engine, as functions that somebody else provides."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from opportune.adapters.sources.redriving import Redriven
from opportune.adapters.sources.when import written
from opportune.errors import EventError
from opportune.units import Instant

Found: TypeAlias = Awaitable[object | None]


class Question(Struct, frozen=True, kw_only=True):
    """Why: of a user, of one decision, or of all decisions of a kind; instants in [since, until).

    Raises EventError ``bad_query`` if no instant lies there.
    """

    user: str | None = None
    message: str | None = None
    decision: str | None = None
    journey: str | None = None
    code: str | None = None
    since: Instant | None = None
    until: Instant | None = None
    limit: int | None = None
    """How many decisions at most."""

    def __post_init__(self) -> None:
        if self.since is not None and self.until is not None and self.since >= self.until:
            first, last = written(self.since), written(self.until)
            reason = f"since: {first} is not before until: {last} (both UTC), so nothing lies between; swap them"
            raise EventError("bad_query", reason)


class Asking(Struct, frozen=True, kw_only=True):
    """What the engine can be asked; None stands for what is not there. All may raise Unavailable or Overloaded."""

    user: Callable[[str], Found]
    timeline: Callable[[str, int | None, int], Found]
    """Of this user, what lies before this place of the log (None: from its end), so many entries at most."""
    export: Callable[[str], Awaitable[object]]
    """Everything about this user, to be handed over; of a user of whom there is nothing it says so."""
    decision: Callable[[str], Found]
    why: Callable[[Question], Found]
    dead_letters: Callable[[int], Awaitable[Sequence[object]]]
    redrive: Callable[[int], Awaitable[Redriven]]
    erase: Callable[[str], Awaitable[object]]
    """Returns when it is durable."""
