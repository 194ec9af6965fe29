"""Which stretch of time an aggregate looks at, as of an instant."""

import re
from typing import TypeAlias

from msgspec import Struct

from opportune.errors import ConditionError, UnitError
from opportune.units import Millis, span_of


class Everything(Struct, frozen=True, tag="everything"):
    """All that ever happened, up to the instant and with it."""


class Last(Struct, frozen=True, tag="last"):
    """As of t: ``(t - offset - span, t - offset]``."""

    span: Millis
    offset: Millis = 0


class InSession(Struct, frozen=True, tag="session"):
    """As of t: ``[start of the session that contains t, t]``; nothing out of session."""


class SinceEvent(Struct, frozen=True, tag="since"):
    """As of t: ``(the newest event of this name at or before t, t]``; nothing if it never happened."""

    event: str


Window: TypeAlias = Everything | Last | InSession | SinceEvent

_OVER = re.compile(
    r"OVER\s+(?:(?P<all>ALL)|(?P<session>SESSION)|SINCE\s+'(?P<event>(?:[^']|'')+)'"
    r"|LAST\s+'(?P<span>[^']*)'(?:\s+OFFSET\s+'(?P<offset>[^']*)')?)",
    re.IGNORECASE,
)


def window_of(text: str, *, position: int = 0) -> Window:
    """The window written as ``OVER LAST '7 days' OFFSET '7 days'``, ``OVER SESSION``, ``OVER SINCE 'Logged In'``, or
    as ``OVER ALL`` or nothing: everything.

    ``position`` is where ``text`` begins in the text that errors speak of. Raises ConditionError.
    """
    if not text.strip():
        return Everything()
    start = position + len(text) - len(text.lstrip())
    found = _OVER.fullmatch(text.strip())
    if found is None:
        raise ConditionError(
            "after an aggregate comes OVER LAST '7 days', OVER LAST '7 days' OFFSET '7 days', OVER SESSION,"
            f" OVER SINCE 'Logged In' or nothing, not {text.strip()!r};"
            " to calculate with an aggregate give it a name of its own",
            position=start,
        )
    if found["all"]:
        return Everything()
    if found["session"]:
        return InSession()
    if found["event"]:
        return SinceEvent(found["event"].replace("''", "'"))
    try:
        return Last(span_of(found["span"]), span_of(found["offset"]) if found["offset"] is not None else 0)
    except UnitError as error:
        raise ConditionError(str(error), position=start) from error
