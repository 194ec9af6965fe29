"""What is wanted of history: for each aggregate which entries, and what is made of those that lie in its window."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.features.aggregate import Aggregate, Function
from opportune.features.chosen import Chosen
from opportune.features.expression import Expression
from opportune.features.window import Everything, InSession, Last, SinceEvent, Window
from opportune.units import Millis

Form: TypeAlias = Literal["presence", "micros", "size", "kept", "distinct", "weighed", "hour", "stated"]
"""What is taken of an event: that it was chosen; a number in millionths; a number as it is; any value; any value as it
is told from others; a text with a weight; the hour of its own clock; what it states of a trait."""
Making: TypeAlias = Function | Literal["newest"]
"""``newest``: the instant of the newest entry."""
FORMS: dict[Making, Form] = {
    "count": "presence",
    "since": "presence",
    "newest": "presence",
    "sum": "micros",
    "avg": "micros",
    "min": "kept",
    "max": "kept",
    "last": "kept",
    "first": "kept",
    "distinct": "distinct",
    "decay": "size",
    "top": "weighed",
    "hours": "hour",
}
SWEPT: frozenset[Making] = frozenset({"count", "sum", "avg", "min", "max", "last", "first", "since", "newest"})
"""What the window functions of every engine can do; all else is done by joining points with entries."""


_ALL = Everything()


class Track(Struct, frozen=True):
    """The entries of one kind: of which events what is taken, and by which property they are told apart."""

    form: Form
    chosen: Chosen = Chosen()
    argument: Expression | None = None
    weight: Expression | None = None
    by: str | None = None
    trait: str = ""
    """Of ``stated``."""


class Wanted(Struct, frozen=True):
    """One value for each point; the engine makes it in one column, or two, and ``history_made`` reads it."""

    number: int
    making: Making
    track: int
    window: Window = Everything()
    by: str | None = None
    k: int = 0
    half_life: Millis | None = None
    is_weighted: bool = False

    @property
    def is_swept(self) -> bool:
        """Whether window functions can make it, of windows of a fixed span."""
        if self.making == "distinct":
            return self.by is None and isinstance(self.window, Everything)
        return self.making in SWEPT and self.by is None and isinstance(self.window, Everything | Last)

    @property
    def is_swept_later(self) -> bool:
        """Whether they can once it is known where each point's window begins."""
        return self.making in SWEPT and self.by is None and isinstance(self.window, InSession | SinceEvent)


class Wishes:
    """Collects what is wanted; what is the same is wanted once."""

    def __init__(self) -> None:
        self.tracks: dict[str, Track] = {}
        self.wanted: dict[str, Wanted] = {}

    def aggregate(self, aggregate: Aggregate) -> Wanted:
        """The value of an aggregate."""
        return self._want(
            aggregate.function,
            Track(FORMS[aggregate.function], aggregate.chosen, aggregate.argument, aggregate.weight, aggregate.by),
            window=aggregate.window,
            k=aggregate.k or 0,
            half_life=aggregate.half_life,
        )

    def newest(self, event: str) -> Wanted:
        """The instant at which this event last happened."""
        return self._want("newest", Track("presence", Chosen((event,))))

    def stated(self, trait: str) -> Wanted:
        """What was last stated of the trait, as JSON."""
        return self._want("last", Track("stated", trait=trait))

    def _want(
        self,
        making: Making,
        track: Track,
        *,
        window: Window = _ALL,
        k: int = 0,
        half_life: Millis | None = None,
    ) -> Wanted:
        self.tracks.setdefault(repr(track), track)
        place = list(self.tracks).index(repr(track))
        wanted = Wanted(len(self.wanted), making, place, window, track.by, k, half_life, track.weight is not None)
        return self.wanted.setdefault(repr((making, place, window, k, half_life)), wanted)
