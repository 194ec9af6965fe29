"""The filters templates may use: a closed list, each bounded in what it takes and gives, and none that asks a clock."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps

from liquid import Environment, RenderContext, is_undefined
from liquid.builtin.filters import array, math, misc, string
from liquid.exceptions import FilterArgumentError, LiquidError
from liquid.filter import with_context, with_environment

MOST_CHARS = 100_000
"""The longest text a filter takes or gives."""
MOST_ITEMS = 1_000
"""The longest list or range a filter takes or gives."""
MOST_BITS = 1_024
"""The longest whole number a filter takes or gives."""
_WORK = "work"
MOST_WORK = 20_000_000
"""Characters that all filters of one part go through together; an item of a list counts as 16 of them."""
_FORM = re.compile(r"(?:[^%]|%-?[aAbBdeHIjmMpSyYuVZz%]){0,200}")


def register(environment: Environment) -> None:
    """Give the environment exactly these filters."""
    for name, function in _PLAIN.items():
        environment.add_filter(name, with_context(_bounded(name, function)))
    for name, function in _WITH_ENVIRONMENT.items():
        environment.add_filter(name, with_environment(with_context(_bounded(name, function))))
    environment.add_filter("date", with_context(_bounded("date", _date, needs_context=True)))


def _bounded(name: str, function: Callable[..., object], *, needs_context: bool = False) -> Callable[..., object]:
    @wraps(function)
    def filtered(left: object, *given: object, context: RenderContext, **named: object) -> object:
        for each in (left, *given):
            _refuse_if_large(name, each)
            _count(name, each, context.tag_namespace)
        if needs_context:
            named["context"] = context
        if name == "replace" and given and not is_undefined(given[0]):
            _refuse_if_grown(left, *given)
        try:
            result = function(left, *given, **named)
        except LiquidError:
            raise
        except (TypeError, ValueError, ArithmeticError, AttributeError, LookupError, OSError) as error:
            raise FilterArgumentError(f"{name} cannot take {_shown(left)}: {error}", token=None) from None
        _refuse_if_large(name, result)
        return result

    return filtered


def _count(name: str, value: object, kept: dict[str, object]) -> None:
    """Adds to what the filters of this rendering have gone through."""
    size = len(value) if isinstance(value, str) else 16 * len(value) if isinstance(value, list | tuple | range) else 1
    work = kept.get(_WORK, 0)
    kept[_WORK] = work = size + (work if isinstance(work, int) else 0)
    if work > MOST_WORK:
        raise FilterArgumentError(f"{name} comes after filters that went through too much; loop less", token=None)


def _refuse_if_large(name: str, value: object) -> None:
    if isinstance(value, str) and len(value) > MOST_CHARS:
        raise FilterArgumentError(f"{name} works on at most {MOST_CHARS:,} characters", token=None)
    if isinstance(value, list | tuple | range) and len(value) > MOST_ITEMS:
        raise FilterArgumentError(f"{name} works on at most {MOST_ITEMS:,} items", token=None)
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise FilterArgumentError(f"{name} works on whole numbers of at most {MOST_BITS} bits", token=None)


def _refuse_if_grown(left: object, sought: object, substitute: object = "") -> None:
    """Replacing can multiply lengths, so what it would give is counted before it is made."""
    text, old, new = str(left), str(sought), str(substitute)
    count = text.count(old) if old else len(text) + 1
    if len(text) + count * (len(new) - len(old)) > MOST_CHARS:
        raise FilterArgumentError(f"replace gives at most {MOST_CHARS:,} characters", token=None)


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str | int | float | bool | None) else f"a {type(value).__name__}"
    return text if len(text) <= 40 else text[:37] + "..."


def _date(value: object, form: str = "%Y-%m-%d", *, context: RenderContext) -> str:
    """The day and time in this form; ``'now'`` and ``'today'`` are the decision's instant.

    Takes ISO 8601 text, or seconds since 1970 UTC; what is neither is an error, never printed as it came.
    """
    if is_undefined(value):
        str(value)
    if not _FORM.fullmatch(form):
        raise ValueError(f"the form is made of %Y %m %d %H %M and the like, not {_shown(form)}")
    if value in ("now", "today"):
        value = context.resolve("now")
    match value:
        case datetime():
            return value.strftime(form)
        case date():
            return value.strftime(form)
        case str() if value.isdigit():
            return datetime.fromtimestamp(int(value), UTC).strftime(form)
        case str():
            return datetime.fromisoformat(value).strftime(form)
        case int() | float() if not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC).strftime(form)
        case _:
            raise ValueError("it is no date")


def _fixed(value: object, digits: int = 2) -> str:
    """The number with exactly this many digits behind the point, for prices."""
    if is_undefined(value):
        str(value)
    if isinstance(value, bool) or not isinstance(value, int | float | str) or not 0 <= digits <= 6:
        raise ValueError("it is no number")
    return f"{float(value):.{digits}f}"


def _size(value: object) -> int:
    """How many items a list or a mapping has, or a text characters; anything else has no size."""
    if isinstance(value, str | list | tuple | dict | range):
        return len(value)
    if is_undefined(value):
        str(value)
    raise ValueError("it has no size")


_PLAIN: dict[str, Callable[..., object]] = {
    "abs": math.abs_,
    "at_least": math.at_least,
    "at_most": math.at_most,
    "ceil": math.ceil,
    "divided_by": math.divided_by,
    "fixed": _fixed,
    "floor": math.floor,
    "minus": math.minus,
    "modulo": math.modulo,
    "plus": math.plus,
    "round": math.round_,
    "times": math.times,
    "append": string.append,
    "capitalize": string.capitalize,
    "downcase": string.downcase,
    "lstrip": string.lstrip,
    "prepend": string.prepend,
    "remove": string.remove,
    "replace": string.replace,
    "rstrip": string.rstrip,
    "slice": string.slice_,
    "split": string.split,
    "squish": string.squish,
    "strip": string.strip,
    "truncate": string.truncate,
    "truncatewords": string.truncatewords,
    "upcase": string.upcase,
    "compact": array.compact,
    "concat": array.concat,
    "map": array.map_,
    "reverse": array.reverse,
    "sort": array.sort,
    "sort_natural": array.sort_natural,
    "uniq": array.uniq,
    "where": array.where,
    "default": misc.default,
    "size": _size,
}
_WITH_ENVIRONMENT: dict[str, Callable[..., object]] = {
    "escape": string.escape,
    "first": array.first,
    "join": array.join,
    "last": array.last,
    "newline_to_br": string.newline_to_br,
    "url_encode": string.url_encode,
}
