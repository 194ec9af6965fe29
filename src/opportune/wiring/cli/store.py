"""The engine's file, opened for a command that only reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Unavailable


def there(path: Path) -> None:
    """Raises Unavailable if there is no such file."""
    if path.is_dir():
        raise Unavailable(f"{path}: is a folder; --store names the one file that 'opportune run' keeps")
    if not path.is_file():
        raise Unavailable(f"{path}: there is no such file; --store names the one that 'opportune run' keeps")


@contextmanager
def read(path: Path) -> Iterator[SqliteHistory]:
    """The file as of now, whatever an engine adds meanwhile; raises Unavailable if there is none."""
    there(path)
    history = SqliteHistory(path)
    try:
        with history.standing_still():
            yield history
    finally:
        history.close()
