"""Decisions by journey, code and time: three small numbers in each row, and an index over them.

The numbers stand beside what they tell of, so whatever takes a decision out of the file takes it out of the index. The
code is the one that is shown of the decision, as ``code_of`` says.
"""

from collections.abc import Generator, Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import Final

import apsw
from msgspec import msgpack

from opportune.adapters.stores.codec import Form
from opportune.policies.decision import Decision, Ending
from opportune.policies.obstacles import code_of
from opportune.ports import Batch
from opportune.units import Instant

FILLED: Final = 100
"""Decisions of an earlier release that are numbered in one piece."""
_LATEST: Final = 2**63 - 1
_encoder: Final = msgpack.Encoder()
_decision: Final = Form(Decision)
_ending: Final = Form(Ending)
_INSERT: Final = "INSERT INTO decisions (id, user, seq, body, journey, code, due) VALUES (?, ?, ?, ?, ?, ?, ?)"
_BODY: Final = "SELECT body FROM decisions WHERE id = ?"
_ENDED: Final = "UPDATE decisions SET code = ? WHERE id = ?"
_FOUND: Final = """
SELECT due, place FROM decisions WHERE journey = ? AND code = ? AND due >= ? AND due < ?
ORDER BY due DESC, place DESC LIMIT ?
"""
_UNNUMBERED: Final = """
SELECT decisions.place, decisions.body, endings.body FROM decisions LEFT JOIN endings ON decision = id
WHERE journey IS NULL LIMIT ?
"""


def write_decisions(connection: apsw.Connection, batch: Batch) -> None:
    """The decisions of this batch with their numbers, and what its endings say of earlier ones."""
    endings = {each.decision: each for each in batch.endings}
    rows = [(each, code_of(each, endings.pop(each.id, None))) for each in batch.decisions]
    ended = dict(_ended(connection, endings.values()))
    named = [each.journey for each in batch.decisions]
    numbers = _numbered(connection, [*named, *(code for _, code in rows), *ended.values()])
    connection.executemany(
        _INSERT,
        [(each.id, each.user, each.seq, _encoder.encode(each), numbers[each.journey], numbers[code], each.due)
         for each, code in rows],
    )  # fmt: skip
    connection.executemany(_ENDED, [(numbers[code], decision) for decision, code in ended.items()])


def _ended(connection: apsw.Connection, endings: Iterable[Ending]) -> Iterator[tuple[str, str]]:
    """Decisions that stand in the file, with the codes that these endings give them."""
    for each in endings:
        if (body := connection.execute(_BODY, (each.decision,)).get) is not None:
            yield each.decision, code_of(_decision.decode(body), each)


def places_where(
    connection: apsw.Connection, journey: str | None, code: str | None, span: tuple[Instant, Instant | None], limit: int
) -> list[int]:
    """The places of the newest such decisions that were made in [since, until), newest first."""
    since, until = span
    named = [None if word is None else _number(connection, word) for word in (journey, code)]
    if any(word is not None and number is None for word, number in zip((journey, code), named, strict=True)):
        return []
    bounds = (since, _LATEST if until is None else until, limit)
    found = [connection.execute(_FOUND, (*pair, *bounds)) for pair in _pairs(connection, *named)]
    return [place for _, place in islice(merge(*found, reverse=True), limit)]


def numbered(connection: apsw.Connection) -> Generator[None, None, None]:
    """Gives decisions that an earlier release has kept their numbers, piece by piece; goes on where it was."""
    while True:
        rows: list[tuple[int, bytes, bytes | None]] = []
        rows.extend(connection.execute(_UNNUMBERED, (FILLED,)))
        if not rows:
            return
        told = {place: _decision.decode(body) for place, body, _ in rows}
        codes = {place: code_of(told[place], _ending.decode(end) if end else None) for place, _, end in rows}
        numbers = _numbered(connection, [*codes.values(), *(each.journey for each in told.values())])
        connection.executemany(
            "UPDATE decisions SET journey = ?, code = ?, due = ? WHERE place = ?",
            [(numbers[each.journey], numbers[codes[place]], each.due, place) for place, each in told.items()],
        )
        yield


def _pairs(connection: apsw.Connection, journey: int | None, code: int | None) -> Iterator[tuple[int, int]]:
    """All journeys with all codes they have decisions of, or those named; each found by one look into the index."""
    for one in _values(connection, "journey", "journey > ?", ()) if journey is None else (journey,):
        if code is not None:
            yield one, code
        else:
            yield from ((one, each) for each in _values(connection, "code", "journey = ? AND code > ?", (one,)))


def _values(connection: apsw.Connection, column: str, which: str, fixed: tuple[int, ...]) -> Iterator[int]:
    last: int | None = 0
    while (
        last := connection.execute(f"SELECT min({column}) FROM decisions WHERE {which}", (*fixed, last)).get
    ) is not None:
        yield last


def _number(connection: apsw.Connection, word: str) -> int | None:
    found: int | None = connection.execute("SELECT number FROM decision_words WHERE word = ?", (word,)).get
    return found


def _numbered(connection: apsw.Connection, words: Iterable[str]) -> dict[str, int]:
    """The number of each word; one that was never met gets the next."""
    numbers = {}
    for word in dict.fromkeys(words):
        new = "INSERT INTO decision_words (word) VALUES (?) RETURNING number"
        numbers[word] = _number(connection, word) or connection.execute(new, (word,)).get
    return numbers
