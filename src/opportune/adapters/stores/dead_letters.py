"""Dead letters by their place, for those who send them in again."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Final

from opportune.adapters.stores.codec import Form
from opportune.adapters.stores.letter_words import Sought
from opportune.adapters.stores.schema import open_to_read, usable
from opportune.ports import DeadLetter

_dead: Final = Form(DeadLetter)


class DeadLetters:
    """A connection of its own to a file that an engine has made; raises Unavailable if it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_to_read(path)

    def after(self, place: int, limit: int) -> list[tuple[int, DeadLetter]]:
        """The oldest beyond this place, each with its own."""
        with usable(self._path):
            sought = Sought(self._connection)
            rows = self._connection.execute(
                "SELECT place, body FROM dead_letters WHERE place > ? ORDER BY place", (place,)
            )
            told = (row for row in rows if not sought.names(*row))
            return [(at, _dead.decode(body)) for at, body in islice(told, limit)]

    def remove(self, places: Iterable[int]) -> None:
        """These have been taken; durable when it returns."""
        with usable(self._path):
            self._connection.pragma("query_only", False)
            self._connection.pragma("secure_delete", True)
            try:
                with self._connection:
                    self._connection.executemany(
                        "DELETE FROM dead_letters WHERE place = ?", [(place,) for place in places]
                    )
            finally:
                self._connection.pragma("query_only", True)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
