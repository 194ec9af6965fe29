"""What events say, declared and learned, written as the text of an ``events.yaml``."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from opportune.events.interactions import Property, Schema
from opportune.events.learned import Found, Learned, Log
from opportune.units import SECOND, Instant

_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_.$-]*(?: [A-Za-z0-9_.$-]+)*")
_WORDS: Final = frozenset({"true", "false", "null"})


def events_text(declared: Mapping[str, Schema], log: Log) -> str:
    """One text: first what is declared, as it is declared, then what else was learned, by name.

    Behind each property stands how often it was there, as a comment, where anything was learned of it.
    """
    parts = [_event(schema, log.events.get(name)) for name, schema in declared.items()]
    for name in sorted(log.events.keys() - declared.keys()):
        learned = log.events[name]
        parts.append(_event(learned.schema(name), learned))
    if log.left_out:
        parts.append([f"# {_counted(log.left_out, 'event')} of other names left out: there is no room for more"])
    return "".join(f"{line}\n" for part in parts for line in part)


def _event(schema: Schema, learned: Learned | None) -> list[str]:
    lines = []
    if learned is not None:
        lines.append(f"# {_counted(learned.events, 'event')}, {_day(learned.first)} to {_day(learned.last)}")
    lines.append(f"{_written(schema.name)}:")
    known = {each.name for each in schema.properties}
    more = [] if learned is None else [each for each in learned.schema("").properties if each.name not in known]
    for each in (*schema.properties, *more):
        found = None if learned is None else learned.properties.get(each.name)
        line = f"  {_written(each.name)}: {_kind(each)}"
        comment = "" if learned is None else _comment(learned, found, is_new=each in more and bool(known))
        lines.append(f"{line}{comment}" if _can_be_declared(each.name) else f"  # {line.strip()}{comment}")
    if learned is not None and learned.left_out:
        lines.append(
            f"  # {_counted(learned.left_out, 'value')} of other properties left out: there is no room for more"
        )
    return lines


def _kind(each: Property) -> str:
    said = [f"kind: {each.type}"]
    said += ["required: true"] * each.is_required
    said += [f"one_of: [{', '.join(map(json.dumps, each.one_of))}]"] if each.one_of else []
    return each.type if len(said) == 1 else f"{{{', '.join(said)}}}"


def _comment(learned: Learned, found: Found | None, *, is_new: bool) -> str:
    if found is None:
        return "  # never there"
    parts = ["not declared so far"] if is_new else []
    parts.append("always" if found.values == learned.events else f"in {found.values:,} of {learned.events:,}")
    kinds = [f"{form} {count:,}" for form, count in found.counts.items() if form != "null"]
    parts += kinds if len(kinds) > 1 else []
    parts += [f"null in {found.counts['null']:,}"] if "null" in found.counts else []
    return f"  # {', '.join(parts)}"


def _can_be_declared(name: str) -> bool:
    return name.isprintable() and not set(name) & set('"\\') and all(name.split("."))


def _written(name: str) -> str:
    is_plain = _PLAIN.fullmatch(name) is not None and name.lower() not in _WORDS
    return name if is_plain else json.dumps(name, ensure_ascii=True)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _day(at: Instant) -> str:
    return datetime.fromtimestamp(at / SECOND, tz=UTC).date().isoformat()
