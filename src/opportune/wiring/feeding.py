"""Items from files, into the catalogue of a store or of a running engine: row by row, a bad one costs only itself."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, Protocol

import msgspec

from opportune.adapters.sources.item_bodies import Stated
from opportune.adapters.sources.items import Fed
from opportune.adapters.sources.redriving import ITEM
from opportune.adapters.sources.rows import Row
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import EventError
from opportune.ports import Batch, DeadLetter
from opportune.units import Instant
from opportune.wiring.catalogue import Catalogue
from opportune.wiring.import_target import IntoEngine

ROWS: Final = 500
"""Taken together."""
EXAMPLES: Final = 10
TEXTS: Final = ("id", "category", "tags", "currency")
"""Fields whose cells stay text, whatever they look like."""


class Target(Protocol):
    """Where items go."""

    async def take(self, stated: Sequence[Stated], *, is_history: bool) -> Fed:
        """Returns once they are durable."""
        ...


class IntoStore:
    """The file of an engine that is not running; what there is to tell is told when it runs."""

    def __init__(self, store: SqliteStore, now: Callable[[], Instant]) -> None:
        self._store = store
        self._catalogue = Catalogue(store, now=now)
        self._now = now

    async def take(self, stated: Sequence[Stated], *, is_history: bool) -> Fed:
        """Items that are refused become dead letters, as far as they can be read."""
        fed, at = await self._catalogue.take(stated, is_history=is_history), self._now()
        letters = [DeadLetter(at, each.code, each.message, _body(stated[each.index]), ITEM) for each in fed.rejected]
        if letters:
            await self._store.commit(Batch(dead=tuple(letters)))
        return fed


class IntoRunning:
    """A running engine, over HTTP; rows that cannot be read stay here."""

    def __init__(self, engine: IntoEngine) -> None:
        self._engine = engine

    async def take(self, stated: Sequence[Stated], *, is_history: bool) -> Fed:
        """Sends what can be read."""
        readable = [place for place, each in enumerate(stated) if not isinstance(each, EventError)]
        lines = [_body(stated[place]) for place in readable]
        fed = await self._engine.feed(lines, is_history=is_history) if lines else Fed(0, 0, 0)
        rejected = [msgspec.structs.replace(each, index=readable[each.index]) for each in fed.rejected]
        return msgspec.structs.replace(fed, rejected=rejected)


@dataclass(slots=True)
class Report:
    """What became of a file."""

    rows: int = 0
    changed: int = 0
    announced: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """By code."""
    examples: list[str] = field(default_factory=list)
    """The first few refusals, in words."""

    def refuse(self, code: str, line: int, reason: str) -> None:
        """One row said nothing that can be taken."""
        self.refused[code] += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(reason if reason.startswith(f"line {line}:") else f"line {line}: {reason}")


async def fed_from(
    rows: Iterator[Row], target: Target, *, named: Mapping[str, str], is_history: bool = False
) -> Report:
    """Hands every row to the target; ``named`` gives the column of fields that are called otherwise in the file."""
    report, fields = Report(), {column: name for name, column in named.items()}
    while some := list(islice(rows, ROWS)):
        stated = [_stated(row, fields) for row in some]
        fed = await target.take(stated, is_history=is_history)
        report.rows += len(some)
        report.changed += fed.changed
        report.announced += fed.announced
        unread = [(place, each) for place, each in enumerate(stated) if isinstance(each, EventError)]
        told = {each.index: (each.code, each.message) for each in fed.rejected}
        told |= {place: (error.code, str(error)) for place, error in unread}
        for place, (code, reason) in sorted(told.items()):
            report.refuse(code, some[place].line, reason)
    return report


def _stated(row: Row, fields: Mapping[str, str]) -> Stated:
    if row.refusal is not None:
        return row.refusal
    return {fields.get(column, column): cell for column, cell in row.cells.items()}


def _body(stated: Stated) -> bytes:
    return b"" if isinstance(stated, EventError) else msgspec.json.encode(dict(stated))
