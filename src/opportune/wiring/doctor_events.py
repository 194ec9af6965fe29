"""Whether the newest events say what they should, by their declaration or by what is common."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Unavailable
from opportune.events.event import Event
from opportune.events.interactions import Schema
from opportune.events.names import INTERNAL, PASSIVE
from opportune.events.schema import NAME, Violations
from opportune.wiring.doctor import Finding

LOOKED_AT: Final = 10_000
"""Entries of the log, the newest ones."""
MOST_NAMED: Final = 10


def events(path: Path, declared: Mapping[str, Schema] = {}) -> Iterator[Finding]:
    """A warning for each property that events say otherwise than they should, the most frequent first.

    Looks at the newest entries of the log. Where events are declared, a note names those that are not.
    """
    if not path.exists():
        return
    try:
        history = SqliteHistory(path)
    except Unavailable:
        return  # the file itself is looked at elsewhere
    found, names = Violations(declared), Counter[str]()
    for entry in history.log(history.last_seq() - LOOKED_AT):
        if isinstance(entry, Event):
            found.note([entry])
            names[entry.name] += 1
    history.close()
    if not names:
        return
    if not found.counts:
        yield Finding("ok", "events", f"the newest {names.total():,} say nothing otherwise than they should")
    yield from _wrong(found, names)
    strange = sorted(names.keys() - declared.keys() - PASSIVE - INTERNAL) if declared else []
    if strange:
        said = ", ".join(map(repr, strange[:MOST_NAMED])) + (" and more" if len(strange) > MOST_NAMED else "")
        yield Finding(
            "note", "events", f"not declared: {said}", "'opportune schema --events --learn' says what they hold"
        )


def _wrong(found: Violations, names: Counter[str]) -> Iterator[Finding]:
    worst = sorted(found.counts.items(), key=lambda pair: (-pair[1], pair[0]))
    for (event, name, what), count in worst[:MOST_NAMED]:
        if name == NAME and event in found.near:
            said = f"{event!r} looks like {found.near[event]!r}: {count:,} times"
            yield Finding("warning", "events", said, "let senders agree on one spelling")
        else:
            said = f"{event!r}: {name} is {what.replace('_', ' ')} in {count:,} of {names[event]:,}"
            yield Finding("warning", "events", said, "mend the sender, or declare in events.yaml what it really sends")
    if len(worst) > MOST_NAMED:
        yield Finding("warning", "events", f"and {len(worst) - MOST_NAMED:,} more of this kind")
