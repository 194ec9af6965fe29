"""The mark beside the one file: how far this very file has come, so that another one in its place is noticed.

It is written after each commit without waiting for the disk. After a power cut it may be behind its file, never ahead.
"""

import mmap
import os
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

from opportune.adapters.lasting import put_in_place
from opportune.adapters.private_file import anew

_LAYOUT: Final = Struct("<8s16sQQQQ")
_MAGIC: Final = b"opportun"
_SIZE: Final = 4_096


class Seen(NamedTuple):
    """What a mark says."""

    file_id: bytes
    """Sixteen random bytes that the file was given when it was made."""
    commits: int
    epoch: int
    """How many times a copy was confirmed to be the one that goes on."""
    inode: int
    """Of the file: a copy has another one."""
    pid: int
    """The process that owns, or last owned, the file."""


def mark_path(store: Path) -> Path:
    """Where the mark of this file lies."""
    return store.with_name(f"{store.name}.mark")


def seen(store: Path) -> Seen | None:
    """What the mark beside this file says; None if there is none that can be read."""
    try:
        raw = mark_path(store).read_bytes()[: _LAYOUT.size]
    except OSError:
        return None
    if len(raw) < _LAYOUT.size or raw[:8] != _MAGIC:
        return None
    _, file_id, commits, epoch, inode, pid = _LAYOUT.unpack(raw)
    return Seen(file_id, commits, epoch, inode, pid)


class Mark:
    """A mark that is written to."""

    def __init__(self, store: Path, first: Seen) -> None:
        """Makes or replaces the mark, whole or not at all."""
        path = mark_path(store)
        hidden = path.with_name(f".{path.name}")
        with open(anew(hidden), "wb") as file:
            file.write(_LAYOUT.pack(_MAGIC, *first).ljust(_SIZE, b"\0"))
            file.flush()
            os.fsync(file.fileno())
        put_in_place(hidden, path)
        with open(path, "r+b") as file:
            self._pages = mmap.mmap(file.fileno(), _SIZE)

    def write(self, said: Seen) -> None:
        """From now on the mark says this."""
        self._pages[: _LAYOUT.size] = _LAYOUT.pack(_MAGIC, *said)
