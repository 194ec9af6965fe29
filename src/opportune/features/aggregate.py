"""An aggregate: a function over the events of one user, those that a condition chooses, in a window.

What it says is the same for every engine; ``aggregate_text`` reads it from text.
"""

from base64 import b32encode
from hashlib import blake2b
from typing import Literal, TypeAlias

from msgspec import Struct, json

from opportune.features.chosen import Chosen
from opportune.features.expression import Expression, Kind
from opportune.features.series import Shape
from opportune.features.window import Everything, Window
from opportune.units import Millis

Function: TypeAlias = Literal[
    "count", "sum", "avg", "min", "max", "last", "first", "distinct", "decay", "top", "hours", "since"
]
SHAPES: dict[Function, Shape] = {
    "count": "instants",
    "since": "instants",
    "sum": "numbers",
    "avg": "numbers",
    "min": "extremes",
    "max": "extremes",
    "last": "values",
    "first": "values",
    "distinct": "tallies",
    "top": "tallies",
    "hours": "tallies",
    "decay": "amounts",
}
MOST_HALF_LIVES = 64
"""What is older than so many half-lives has faded to nothing: it is in no window."""


class Aggregate(Struct, frozen=True):
    """What is remembered of which events, and which window is read.

    An entry is an event that is chosen and has what the function takes. As of t, over the entries in the window:

    - ``count``: how many. ``distinct``: how many different values, by kind and value. Both are 0 of nothing; all others
      are NULL of nothing.
    - ``sum``, ``avg``: of a number up to 1e12 on either side of zero, in whole millionths.
    - ``min``, ``max``: of a number or a text (``argument.kind`` says which).
    - ``first``, ``last``: the oldest and the newest value that is not NULL; of equal instants by arrival.
    - ``since``: seconds from the newest entry to t.
    - ``decay``: the sum of ``x * 2 ** (-(t - at) / half_life)``, each rounded to whole millionths, an exact half to the
      even neighbour, for ``t - at < 64 * half_life``; the number is bounded as that of ``sum``.
    - ``top``: the ``k`` texts with the greatest sums of ``weight`` (1 if there is none), of equal ones the smaller text
      first, as a list; texts whose sum is not greater than 0 are left out. Weights are bounded as the numbers of
      ``sum``, and fade as those of ``decay`` where there is a half-life. An entry has a text and a weight.
    - ``hours``: a list of 24 counts, by the hour of the event's own local clock.
    """

    function: Function
    chosen: Chosen
    argument: Expression | None
    window: Window
    key: str
    """Fingerprint of all but function and window, and of the shape kept: aggregates with the same key share what is
    kept."""
    by: str | None = None
    """The dotted path of a property: there is one value for each text of it (``lasts.key_of``)."""
    k: int | None = None
    """Of ``top``: 1 to 50."""
    weight: Expression | None = None
    """Of ``top``."""
    half_life: Millis | None = None
    """Of ``decay``, and of ``top`` where weights fade."""

    @property
    def shape(self) -> Shape:
        """What is kept of each event."""
        return SHAPES[self.function]

    @property
    def fades_within(self) -> Millis | None:
        """Entries at least so old count for nothing, whatever the window; None: they never fade."""
        return None if self.half_life is None else MOST_HALF_LIVES * self.half_life

    @property
    def is_unbounded(self) -> bool:
        """Whether entries count however old they are."""
        return isinstance(self.window, Everything) and self.half_life is None

    @property
    def kind(self) -> Kind:
        """The kind of its value."""
        if self.function in ("top", "hours"):
            return "list"
        if self.function in ("min", "max", "first", "last") and self.argument is not None:
            return self.argument.kind
        return "number"


def key_of(
    function: Function,
    chosen: Chosen,
    argument: Expression | None = None,
    *,
    weight: Expression | None = None,
    by: str | None = None,
) -> str:
    """8 characters that stand for what is kept of which events."""
    where = None if chosen.where is None else chosen.where.node
    value = None if argument is None else argument.node
    said: list[object] = [SHAPES[function], chosen.names, where, value]
    if weight is not None or by is not None or function == "hours":
        said += [None if weight is None else weight.node, by, function == "hours"]
    digest = blake2b(json.encode(said), digest_size=5).digest()
    return b32encode(digest).decode().lower()
