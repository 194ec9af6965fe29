"""The keys kept in the one file, as name, kind and hash; changed by a command while the engine runs."""

from pathlib import Path

from opportune.adapters.sources.keys import Key, Kind, hash_of_key
from opportune.adapters.stores.schema import open_to_read, usable
from opportune.errors import Unavailable
from opportune.units import Instant


class KeyRow(Key, frozen=True):
    """A key as it is kept, revoked ones too."""

    made_at: Instant
    revoked_at: Instant | None


class KeyTable:
    """A connection of its own to a file that an engine has made; raises Unavailable if it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = open_to_read(path)
        self._connection.pragma("synchronous", "full")
        self._is_closed = False

    def known(self) -> tuple[Key, ...]:
        """The keys that are good now; raises ``Unavailable`` once it is closed: a request may come even then."""
        if self._is_closed:
            raise Unavailable(f"{self._path}: is closed; open it again")
        with usable(self._path):
            rows = self._connection.execute("SELECT name, kind, hash FROM keys WHERE revoked_at IS NULL ORDER BY name")
            return tuple(Key(*row) for row in rows)

    def rows(self) -> list[KeyRow]:
        """All keys that ever were, by name."""
        with usable(self._path):
            rows = self._connection.execute("SELECT name, kind, hash, made_at, revoked_at FROM keys ORDER BY name")
            return [KeyRow(*row) for row in rows]

    def add(self, name: str, kind: Kind, text: str, at: Instant) -> bool:
        """Keep a key's hash under this name; False if there is or was a key of that name. Durable when it returns."""
        return self._change(
            "INSERT OR IGNORE INTO keys (name, kind, hash, made_at) VALUES (?, ?, ?, ?)",
            (name, kind, hash_of_key(text), at),
        )

    def revoke(self, name: str, at: Instant) -> bool:
        """From now on it is not good; False if no good key has this name. Durable when it returns."""
        return self._change("UPDATE keys SET revoked_at = ? WHERE name = ? AND revoked_at IS NULL", (at, name))

    def close(self) -> None:
        """Let go of the file."""
        self._is_closed = True
        self._connection.close()

    def _change(self, statement: str, values: tuple[str | bytes | Instant, ...]) -> bool:
        with usable(self._path):
            self._connection.pragma("query_only", False)
            try:
                self._connection.execute(statement, values)
                return self._connection.changes() > 0
            finally:
                self._connection.pragma("query_only", True)
