"""An aggregate: a function over the events of one user, those that a condition chooses, in a window.

The text is read into which events, which value of them, and which window.
"""

import re
from base64 import b32encode
from collections.abc import Collection
from hashlib import blake2b
from typing import Literal, TypeAlias

from msgspec import Struct, json

from opportune.errors import ConditionError
from opportune.features.chosen import Chosen, both, chosen_by, of_the_event
from opportune.features.condition import expression, number
from opportune.features.expression import Expression, Kind
from opportune.features.series import Shape
from opportune.features.window import Everything, Window, window_of

Function: TypeAlias = Literal["count", "sum", "avg", "last", "since"]
SHAPES: dict[Function, Shape] = {
    "count": "instants",
    "since": "instants",
    "sum": "numbers",
    "avg": "numbers",
    "last": "values",
}

_HEAD = re.compile(r"\s*(COUNT_IF|COUNT|SUM|AVG|LAST|SINCE)\s*\(", re.IGNORECASE)
_OTHER = re.compile(r"\s*(MIN|MAX|TOP|FIRST|MEDIAN|MODE|ANY|COUNT_DISTINCT|AVERAGE|TOTAL)\s*\(", re.IGNORECASE)
_FILTER = re.compile(r"\s*FILTER\s*\(\s*WHERE\b", re.IGNORECASE)
_NAME = re.compile(r"\s*'((?:[^']|'')+)'\s*")


class Aggregate(Struct, frozen=True):
    """What is remembered of which events, and which window is read."""

    function: Function
    chosen: Chosen
    argument: Expression | None
    window: Window
    key: str
    """Fingerprint of all but the window, and of the shape kept: aggregates with the same key share one series."""

    @property
    def shape(self) -> Shape:
        """What is kept of each event."""
        return SHAPES[self.function]

    @property
    def keeps_newest(self) -> bool:
        """Whether the newest event must be kept however old it is."""
        return self.function in ("last", "since") and isinstance(self.window, Everything)

    @property
    def kind(self) -> Kind:
        """The kind of its value."""
        return self.argument.kind if self.function == "last" and self.argument is not None else "number"


def aggregate_of(text: str, *, features: Collection[str] = ()) -> Aggregate | None:
    """The aggregate a text writes; None if it does not begin with one. Raises ConditionError, with the position.

    ``features`` are names that cannot stand for a property, because a reader would take them for the feature.

    ``COUNT() | COUNT_IF(condition) | SUM(x) | AVG(x) | LAST(x) | SINCE('Event Name')``, then optionally
    ``FILTER (WHERE condition)``, then optionally a window.
    """
    head = _HEAD.match(text)
    if head is None:
        _check_known(text)
        return None
    word = head[1].upper()
    end = _closing(text, head.end())
    inside = text[head.end() : end]
    chosen = Chosen()
    argument: Expression | None = None
    match word:
        case "COUNT":
            _check_empty(inside, head.end())
        case "COUNT_IF":
            chosen = chosen_by(inside, head.end(), features)
        case "SINCE":
            chosen = Chosen((_event_name(inside, head.end()),))
        case _:
            argument = _argument(inside, head.end(), features, is_number=word != "LAST")
    rest = end + 1
    clause = _FILTER.match(text, rest)
    if clause is not None:
        end = _closing(text, clause.end())
        chosen = both(chosen, chosen_by(text[clause.end() : end], clause.end(), features))
        rest = end + 1
    function = _function(word)
    window = window_of(text[rest:], position=rest)
    return Aggregate(function, chosen, argument, window, _key(SHAPES[function], chosen, argument))


def _check_known(text: str) -> None:
    other = _OTHER.match(text)
    if other is not None:
        raise ConditionError(
            f"{other[1].upper()} is no aggregate here: there are COUNT, COUNT_IF, SUM, AVG, LAST and SINCE",
            position=other.start(1),
        )


def _function(word: str) -> Function:
    match word:
        case "SUM":
            return "sum"
        case "AVG":
            return "avg"
        case "LAST":
            return "last"
        case "SINCE":
            return "since"
        case _:
            return "count"


def _closing(text: str, start: int) -> int:
    """The place of the parenthesis that closes the one before ``start``; what stands in quotes is passed over."""
    depth, quote = 1, ""
    for place in range(start, len(text)):
        letter = text[place]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "(":
            depth += 1
        elif letter == ")":
            depth -= 1
            if depth == 0:
                return place
    raise ConditionError("a parenthesis or a quote is not closed", position=start - 1)


def _check_empty(inside: str, position: int) -> None:
    if inside.strip() not in ("", "*"):
        raise ConditionError(
            f"COUNT takes nothing: write COUNT_IF({inside.strip()} IS NOT NULL), or COUNT() FILTER (WHERE ...)",
            position=position,
        )


def _event_name(inside: str, position: int) -> str:
    found = _NAME.fullmatch(inside)
    if found is None:
        raise ConditionError(
            f"SINCE takes the name of an event, such as SINCE('Logged In'), not {inside.strip()!r}", position=position
        )
    return found[1].replace("''", "'")


def _argument(inside: str, position: int, features: Collection[str], *, is_number: bool) -> Expression:
    try:
        read = (number if is_number else expression)(inside, allows_event=True)
    except ConditionError as error:
        raise ConditionError(str(error), position=position + error.position) from error
    return of_the_event(read, position, features)


def _key(shape: Shape, chosen: Chosen, argument: Expression | None) -> str:
    """8 characters that stand for which events and which value of them."""
    where = None if chosen.where is None else chosen.where.node
    value = None if argument is None else argument.node
    digest = blake2b(json.encode([shape, chosen.names, where, value]), digest_size=5).digest()
    return b32encode(digest).decode().lower()
