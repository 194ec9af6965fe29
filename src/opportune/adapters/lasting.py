"""Names that outlive a power cut: a file that was synced is still lost if its folder forgets what it is called."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opportune.errors import Unavailable


@contextmanager
def taken_by_disk(path: Path) -> Iterator[None]:
    """Raises ``Unavailable``, with the path and the reason, where the disk refuses what is done to files."""
    try:
        yield
    except OSError as refusal:
        raise Unavailable(f"{path}: {refusal.strerror}; free the disk or mend it, then start again") from refusal


def put_in_place(hidden: Path, path: Path) -> None:
    """Gives a file that is on the disk its name, in the same folder; the name is on the disk when this returns."""
    hidden.replace(path)
    sync_names(path.parent)


def sync_names(folder: Path) -> None:
    """What was made, renamed and removed in this folder is on the disk when this returns."""
    place = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
