"""What the query of an operator's request asks for, strictly read."""

from opportune.adapters.sources.asking import Question
from opportune.adapters.sources.when import FORM, when
from opportune.errors import EventError
from opportune.units import Instant


def question_of(query: dict[str, str]) -> Question:
    """What the query asks the reasons of: with nothing in it, of the newest decisions; EventError ``bad_query``."""
    said = {name: query.get(name) for name in ("user", "message", "decision", "journey", "code")}
    for name, value in said.items():
        if value == "":
            raise EventError("bad_query", f"{name}: empty; name one, or leave it out")
    since, until = (_instant(query, name) for name in ("since", "until"))
    return Question(**said, since=since, until=until, limit=number(query, "limit", most=1_000))


def number(query: dict[str, str], name: str, *, most: int) -> int | None:
    """The whole number of this name, None if it is not there; raises EventError ``bad_query`` unless in [1, most]."""
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and 1 <= int(text) <= most):
        raise EventError("bad_query", f"{name}: a whole number from 1 to {most}, not {text[:40]!r}")
    return int(text)


def _instant(query: dict[str, str], name: str) -> Instant | None:
    """The day or instant of this name; ``until`` a day is to its end."""
    text = query.get(name)
    if text is None:
        return None
    try:
        return when(text, is_end=name == "until")
    except (ValueError, OverflowError):
        raise EventError("bad_query", f"{name}: {FORM}, not {text[:40]!r}") from None
