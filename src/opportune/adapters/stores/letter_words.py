"""Dead letters that name somebody who was erased: nobody is told of them, and they leave in the background.

What an erasure looks for are words. They lie in the file until no letter of before it holds them any more.
"""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import apsw

from opportune.adapters.stores.codec import Form
from opportune.ports import DeadLetter, Erasure

LOOKED_AT: Final = 200
"""Letters looked at between two that write."""
_dead: Final = Form(DeadLetter)
_ENDS_OF_WORDS: Final = re.compile(rb"[\s\"'`,;:=<>(){}\[\]\\]+")


def seek(connection: apsw.Connection, erasures: Sequence[Erasure]) -> None:
    """From now on nobody is told of letters that name one of these, as a word of its own or between quotes."""
    newest = connection.execute("SELECT max(place) FROM dead_letters").get
    if newest is not None:
        words = {word for erasure in erasures for word in _words(erasure)}
        connection.executemany("REPLACE INTO erasing_words VALUES (?, ?)", [(word, newest) for word in sorted(words)])


class Sought:
    """The words that are looked for now, each in the letters up to a place."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._words: list[tuple[bytes, int]] = []
        self._words.extend(connection.execute("SELECT word, place FROM erasing_words"))
        self._until = max((place for _, place in self._words), default=0)

    def names(self, place: int, raw: bytes) -> bool:
        """Whether the letter at this place, as it is kept, holds one of the words."""
        if place > self._until:
            return False
        held = [word for word, until in self._words if place <= until and word in raw]
        if not held:
            return False
        letter = _dead.decode(raw)
        text = letter.reason.encode("utf-8", "surrogatepass") + b" " + letter.body
        words = frozenset(_ENDS_OF_WORDS.split(text))
        return any(word in words or (_ENDS_OF_WORDS.search(word) and word in text) for word in held)

    def found(self, read: apsw.Connection) -> Iterator[list[int]]:
        """Places of letters that hold one of them: of a few letters looked at, then of the next few."""
        after = 0
        while after < self._until:
            rows: list[tuple[int, bytes]] = []
            rows.extend(
                read.execute(
                    "SELECT place, body FROM dead_letters WHERE place > ? AND place <= ? ORDER BY place LIMIT ?",
                    (after, self._until, LOOKED_AT),
                )
            )
            if not rows:
                return
            after = rows[-1][0]
            yield [place for place, raw in rows if self.names(place, raw)]

    def forget(self, connection: apsw.Connection) -> None:
        """All letters have been looked at; those that are sought in later ones by now stay."""
        connection.executemany("DELETE FROM erasing_words WHERE word = ? AND place = ?", self._words)


def newest(read: apsw.Connection, limit: int) -> list[DeadLetter]:
    """The newest letters of which somebody may be told, newest first."""
    rows, sought = read.execute("SELECT place, body FROM dead_letters ORDER BY place DESC"), Sought(read)
    return [_dead.decode(raw) for _, raw in islice((row for row in rows if not sought.names(*row)), limit)]


def drop(connection: apsw.Connection, places: Sequence[int]) -> None:
    """Takes the letters at these places away."""
    connection.executemany("DELETE FROM dead_letters WHERE place = ?", [(place,) for place in places])


def _words(erasure: Erasure) -> Iterator[bytes]:
    """Ids and addresses, as they are and as clients write them that keep to ASCII."""
    for text in (*erasure.names, *(address for _, address in erasure.addresses)):
        yield text.encode("utf-8", "surrogatepass")
        yield json.dumps(text)[1:-1].encode()
        yield json.dumps(text, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass")
