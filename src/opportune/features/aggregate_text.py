"""Reads the text of an aggregate: which events, which value of them, which window, and BY what."""

import re
from collections.abc import Collection, Mapping
from typing import Protocol, TypeAlias

from msgspec import Struct

from opportune.errors import ConditionError, UnitError
from opportune.features.aggregate import Aggregate, Function, key_of
from opportune.features.chosen import Chosen, both, chosen_by, of_the_event
from opportune.features.condition import expression, number, textual
from opportune.features.expression import Expression
from opportune.features.window import window_of
from opportune.units import Millis, span_of

Names: TypeAlias = Collection[str]


class Reading(Protocol):
    """How a value is read: as of any kind, as a number or as a text."""

    def __call__(self, text: str, *, allows_event: bool) -> Expression:
        """The text as an expression."""


MOST_TOP = 50
"""The longest list TOP can give."""

_FUNCTIONS: Mapping[str, Function] = {
    "COUNT": "count",
    "COUNT_IF": "count",
    "SUM": "sum",
    "AVG": "avg",
    "MIN": "min",
    "MAX": "max",
    "FIRST": "first",
    "LAST": "last",
    "TOP": "top",
    "DECAY": "decay",
    "HOURS": "hours",
    "SINCE": "since",
}
_OTHERS: Mapping[str, str] = {
    "MEDIAN": "AVG(x)",
    "MODE": "TOP(1, x)",
    "ANY": "LAST(x)",
    "ANY_VALUE": "LAST(x)",
    "COUNT_DISTINCT": "COUNT(DISTINCT x)",
    "APPROX_COUNT_DISTINCT": "COUNT(DISTINCT x)",
    "COUNTIF": "COUNT_IF(condition)",
    "SUM_IF": "SUM(x) FILTER (WHERE condition)",
    "AVERAGE": "AVG(x)",
    "MEAN": "AVG(x)",
    "TOTAL": "SUM(x)",
    "MINIMUM": "MIN(x)",
    "MAXIMUM": "MAX(x)",
    "FIRST_VALUE": "FIRST(x)",
    "LAST_VALUE": "LAST(x)",
    "ARRAY_AGG": "TOP(10, x)",
    "LIST": "TOP(10, x)",
    "HISTOGRAM": "HOURS()",
    "STDDEV": "",
    "VARIANCE": "",
    "PERCENTILE": "",
    "QUANTILE": "",
}
"""What people write who know other languages, and what comes nearest to it here."""
_HEAD = re.compile(rf"\s*({'|'.join(sorted(_FUNCTIONS, key=len, reverse=True))})\s*\(", re.IGNORECASE)
_OTHER = re.compile(rf"\s*({'|'.join(sorted(_OTHERS, key=len, reverse=True))})\s*\(", re.IGNORECASE)
_FILTER = re.compile(r"\s*FILTER\s*\(\s*WHERE\b", re.IGNORECASE)
_BY = re.compile(r"(?:^|\s)BY(?:\s|$)", re.IGNORECASE)
_PATH = re.compile(r"(?:properties\.)?([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)", re.ASCII)
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")
_TEXT = re.compile(r"\s*'((?:[^']|'')+)'\s*")
_NAMED = re.compile(r"\s*(\w+)\s*=>")
_DISTINCT = re.compile(r"\s*DISTINCT\b", re.IGNORECASE)


class Part(Struct, frozen=True):
    """A piece of the text, and where it begins."""

    text: str
    position: int

    @property
    def start(self) -> int:
        """Where its first letter stands."""
        return self.position + len(self.text) - len(self.text.lstrip())


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
    head = _HEAD.match(text)
    if head is None:
        _check_known(text)
        return None
    end = _closing(text, head.end())
    inside = _inside(head[1].upper(), Part(text[head.end() : end], head.end()), features)
    chosen, rest = inside.chosen, end + 1
    clause = _FILTER.match(text, rest)
    if clause is not None:
        end = _closing(text, clause.end())
        chosen = both(chosen, chosen_by(text[clause.end() : end], clause.end(), features))
        rest = end + 1
    window, by = _by_cut_off(Part(text[rest:], rest), features)
    function: Function = "distinct" if inside.is_distinct else _FUNCTIONS[head[1].upper()]
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


def _check_known(text: str) -> None:
    other = _OTHER.match(text)
    if other is not None:
        word = other[1].upper()
        there = ", ".join(_FUNCTIONS)
        nearest = f"; write {_OTHERS[word]}" if _OTHERS[word] else ""
        raise ConditionError(f"there is no {word}: there are {there}{nearest}", position=other.start(1))


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
    pieces = _split(part)
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
    pieces = _split(part)
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
    pieces = _split(part)
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
    found = _BY.search(_blanked(part.text))
    if found is None:
        return part, None
    named = Part(part.text[found.end() :], part.position + found.end())
    path = _PATH.fullmatch(named.text.strip())
    if path is None:
        raise ConditionError(
            f"BY stands at the end and takes one property, such as BY category, not {named.text.strip()!r}",
            position=min(named.start, part.position + len(part.text) - 1),
        )
    if named.text.strip() in features:
        reason = f"BY takes a property, but {path[1]!r} is a feature; if a property is meant write properties.{path[1]}"
        raise ConditionError(reason, position=named.start)
    return Part(part.text[: found.start()], part.position), path[1]


def _blanked(text: str) -> str:
    """The text, as long as it was, with nothing left of what stands in quotes."""
    return _QUOTED.sub(lambda found: "_" * len(found[0]), text)


def _split(part: Part) -> list[Part]:
    """The pieces between the commas that stand in no quotes and no parentheses."""
    pieces: list[Part] = []
    depth = start = 0
    for place, letter in enumerate(_blanked(part.text)):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            pieces.append(Part(part.text[start:place], part.position + start))
            start = place + 1
    return [*pieces, Part(part.text[start:], part.position + start)]


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
