"""Reads the text of an aggregate: which events, which value of them, which window, and BY what."""

import re
from collections.abc import Collection
from typing import Protocol, TypeAlias

from msgspec import Struct

from opportune.errors import ConditionError, UnitError
from opportune.features.aggregate import Aggregate, Function, key_of
from opportune.features.aggregate_words import FUNCTIONS, HEAD, check_known
from opportune.features.chosen import Chosen, both, chosen_by, of_the_event
from opportune.features.condition import expression, number, textual
from opportune.features.expression import Expression
from opportune.features.pieces import Part, blanked, closing, split
from opportune.features.window import window_of
from opportune.units import Millis, span_of

Names: TypeAlias = Collection[str]


class Reading(Protocol):
    """How a value is read: as of any kind, as a number or as a text."""

    def __call__(self, text: str, *, allows_event: bool) -> Expression:
        """The text as an expression."""


MOST_TOP = 50
"""The longest list TOP can give."""

_FILTER = re.compile(r"\s*FILTER\s*\(\s*WHERE\b", re.IGNORECASE)
_BY = re.compile(r"(?:^|\s)BY(?:\s|$)", re.IGNORECASE)
_PATH = re.compile(r"(?:properties\.)?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)", re.ASCII)
_TEXT = re.compile(r"\s*'((?:[^']|'')+)'\s*")
_NAMED = re.compile(r"\s*(\w+)\s*=>")
_DISTINCT = re.compile(r"\s*DISTINCT\b", re.IGNORECASE)


class _Inside(Struct):
    """What stands between the parentheses."""

    chosen: Chosen = Chosen()
    argument: Expression | None = None
    k: int | None = None
    weight: Expression | None = None
    half_life: Millis | None = None
    is_distinct: bool = False


def aggregate_of(text: str, *, features: Names = ()) -> Aggregate | None:
    """The aggregate a text writes; None if it does not begin with one. Raises ConditionError, with the position.

    ``features`` are names that cannot stand for a property, because a reader would take them for the feature.

    ``COUNT() | COUNT_IF(condition) | COUNT(DISTINCT x) | SUM(x) | AVG(x) | MIN(x) | MAX(x) | FIRST(x) | LAST(x)
    | TOP(k, x [, weight => number] [, half_life => 'span']) | DECAY(x, 'half life') | HOURS() | SINCE('Event Name')``,
    then optionally ``FILTER (WHERE condition)``, then optionally a window, then optionally ``BY property``.
    """
    head = HEAD.match(text)
    if head is None:
        check_known(text)
        return None
    end = closing(text, head.end())
    inside = _inside(head[1].upper(), Part(text[head.end() : end], head.end()), features)
    chosen, rest = inside.chosen, end + 1
    clause = _FILTER.match(text, rest)
    if clause is not None:
        end = closing(text, clause.end())
        narrowed = chosen_by(text[clause.end() : end], clause.end(), features)
        chosen = both(chosen, narrowed, position=clause.end())
        rest = end + 1
    window, by = _by_cut_off(Part(text[rest:], rest), features)
    function: Function = "distinct" if inside.is_distinct else FUNCTIONS[head[1].upper()]
    return Aggregate(
        function,
        chosen,
        inside.argument,
        window_of(window.text, position=window.position),
        key_of(function, chosen, inside.argument, weight=inside.weight, by=by),
        by=by,
        k=inside.k,
        weight=inside.weight,
        half_life=inside.half_life,
    )


def _inside(word: str, part: Part, features: Names) -> _Inside:
    match word:
        case "COUNT":
            return _counted(part, features)
        case "COUNT_IF":
            return _Inside(chosen_by(part.text, part.position, features))
        case "HOURS":
            if part.text.strip() not in ("", "*"):
                reason = "HOURS takes nothing: choose events with HOURS() FILTER (WHERE event = 'Email Opened')"
                raise ConditionError(reason, position=part.start)
            return _Inside()
        case "SINCE":
            return _Inside(Chosen((_event_name(part),)))
        case "TOP":
            return _top(part, features)
        case "DECAY":
            return _decay(part, features)
        case "MIN" | "MAX":
            return _Inside(argument=_extreme(word, _alone(word, part), features))
        case "FIRST" | "LAST":
            return _Inside(argument=_read(_alone(word, part), features))
        case _:
            return _Inside(argument=_read(_alone(word, part), features, number))


def _counted(part: Part, features: Names) -> _Inside:
    distinct = _DISTINCT.match(part.text)
    if distinct is not None:
        value = Part(part.text[distinct.end() :], part.position + distinct.end())
        return _Inside(argument=_read(_alone("COUNT(DISTINCT ...)", value), features), is_distinct=True)
    said = part.text.strip()
    if said not in ("", "*"):
        raise ConditionError(
            f"COUNT takes nothing: write COUNT_IF({said} IS NOT NULL), COUNT(DISTINCT {said}),"
            " or COUNT() FILTER (WHERE ...)",
            position=part.position,
        )
    return _Inside()


def _top(part: Part, features: Names) -> _Inside:
    pieces = split(part)
    digits = pieces[0].text.strip()
    if not (digits.isascii() and digits.isdigit() and 1 <= len(digits) <= 2 and 1 <= int(digits) <= MOST_TOP):
        raise ConditionError(
            f"TOP begins with how many, from 1 to {MOST_TOP}, such as TOP(3, category), not {digits!r}",
            position=pieces[0].start,
        )
    if len(pieces) < 2:
        raise ConditionError(f"TOP needs of what: write TOP({digits}, category)", position=pieces[0].start)
    inside = _Inside(argument=_read(pieces[1], features, textual), k=int(digits))
    for piece in pieces[2:]:
        _add_option(inside, piece, features)
    return inside


def _add_option(inside: _Inside, piece: Part, features: Names) -> None:
    """``weight => ...`` or ``half_life => ...``, each once."""
    named = _NAMED.match(piece.text)
    word = named[1].lower() if named is not None else ""
    value = Part(piece.text[named.end() :], piece.position + named.end()) if named is not None else piece
    if word == "weight" and inside.weight is None:
        inside.weight = _read(value, features, number)
    elif word == "half_life" and inside.half_life is None:
        inside.half_life = _half_life("TOP(3, category, half_life => '14 days')", value)
    else:
        raise ConditionError(
            "after the value TOP takes weight => a number and half_life => a span, each once,"
            f" not {piece.text.strip()!r}",
            position=piece.start,
        )


def _decay(part: Part, features: Names) -> _Inside:
    pieces = split(part)
    if len(pieces) != 2:
        reason = f"DECAY takes a number and its half-life: write DECAY(value, '14 days'), not {part.text.strip()}"
        raise ConditionError(reason, position=part.start)
    named = _NAMED.match(pieces[1].text)
    span = pieces[1]
    if named is not None and named[1].lower() == "half_life":
        span = Part(span.text[named.end() :], span.position + named.end())
    half_life = _half_life("DECAY(value, '14 days')", span)
    return _Inside(argument=_read(pieces[0], features, number), half_life=half_life)


def _half_life(example: str, part: Part) -> Millis:
    found = _TEXT.fullmatch(part.text)
    reason = f"a half-life is a span in quotes, as in {example}, not {part.text.strip()}"
    if found is None:
        raise ConditionError(reason, position=part.start)
    try:
        return span_of(found[1])
    except UnitError as error:
        raise ConditionError(f"{reason}: {error}", position=part.start) from error


def _extreme(word: str, part: Part, features: Names) -> Expression:
    read = _read(part, features)
    if read.kind == "unknown":
        return _read(part, features, number)
    if read.kind == "boolean":
        reason = f"{word} takes a number or a text, but {part.text.strip()} is TRUE or FALSE; write COUNT_IF of it"
        raise ConditionError(reason, position=part.start)
    return read


def _read(part: Part, features: Names, reading: Reading = expression) -> Expression:
    """One value of the event at hand."""
    distinct = _DISTINCT.match(part.text)
    if distinct is not None:
        reason = f"DISTINCT stands in COUNT only: write COUNT(DISTINCT {part.text[distinct.end() :].strip()})"
        raise ConditionError(reason, position=part.start)
    try:
        read = reading(part.text, allows_event=True)
    except ConditionError as error:
        raise ConditionError(str(error), position=part.position + error.position) from error
    return of_the_event(read, part.position, features)


def _alone(word: str, part: Part) -> Part:
    """The part, which must be one value and not several."""
    pieces = split(part)
    if len(pieces) > 1:
        raise ConditionError(f"{word} takes one value, not {part.text.strip()}", position=pieces[1].start)
    return part


def _event_name(part: Part) -> str:
    found = _TEXT.fullmatch(part.text)
    if found is None:
        raise ConditionError(
            f"SINCE takes the name of an event, such as SINCE('Logged In'), not {part.text.strip()!r}",
            position=part.position,
        )
    return found[1].replace("''", "'")


def _by_cut_off(part: Part, features: Names) -> tuple[Part, str | None]:
    """What stands before BY, and the path of its property."""
    found = _BY.search(blanked(part.text))
    if found is None:
        return part, None
    named = Part(part.text[found.end() :], part.position + found.end())
    path = _PATH.fullmatch(named.text.strip())
    if path is None:
        raise ConditionError(
            f"BY stands at the end and takes one property, such as BY category, not {named.text.strip()!r}",
            position=min(named.start, part.position + len(part.text) - 1),
        )
    if path[0] in ("event", "at") or path[0].startswith(("context.", "features.", "traits.")):
        reason = f"BY takes a property of the event, not {path[0]}; a property of that name is properties.{path[0]}"
        raise ConditionError(reason, position=named.start)
    if path[1] in features:
        reason = f"BY takes a property, but {path[1]!r} is a feature; give the feature another name"
        raise ConditionError(reason, position=named.start)
    return Part(part.text[: found.start()], part.position), path[1]
