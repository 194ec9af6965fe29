"""Entries on disk by user, in packed blocks, so that of any past only a part is in memory at a time."""

import errno
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from zlib import crc32

from msgspec import msgpack
from zstandard import ZstdCompressor, ZstdDecompressor

from opportune.errors import Unavailable
from opportune.wiring.backtest.entry import Entry

BLOCK: Final = 256
"""Entries that are packed together, at most."""
_LENGTH: Final = 4
_entries: Final = msgpack.Decoder(list[Entry])
_pack: Final = msgpack.Encoder().encode


def partition_of(user: str, partitions: int) -> int:
    """Where this user's entries are, on every machine."""
    return crc32(user.encode()) % partitions


class Spill:
    """Files of one writer in this folder, one for each partition; each block is added to its file at once.

    Raises Unavailable, with the folder, where the disk is full or may not be written.
    """

    def __init__(self, folder: Path, kind: str, writer: int, partitions: int) -> None:
        self._names = [folder / f"{kind}-{place:04}-{writer:02}" for place in range(partitions)]
        self._waiting: list[list[Entry]] = [[] for _ in range(partitions)]
        self._packed = ZstdCompressor(level=1).compress

    def put(self, partition: int, entry: Entry) -> None:
        """Adds one entry."""
        waiting = self._waiting[partition]
        waiting.append(entry)
        if len(waiting) >= BLOCK:
            self._write(partition)

    def flush(self) -> None:
        """Everything is in the files when this returns."""
        for partition, waiting in enumerate(self._waiting):
            if waiting:
                self._write(partition)

    def _write(self, partition: int) -> None:
        block = self._packed(_pack(self._waiting[partition]))
        self._waiting[partition] = []
        add_to(self._names[partition], len(block).to_bytes(_LENGTH, "little") + block)


def add_to(path: Path, block: bytes) -> None:
    """Adds the block to the file; raises Unavailable, naming the folder, where that cannot be done."""
    try:
        with path.open("ab", buffering=0) as file:
            written = 0
            while written < len(block):
                written += file.write(block[written:]) or 0
    except OSError as fault:
        if fault.errno in (errno.ENOSPC, errno.EDQUOT):
            said = "the disk is full; make room, or name a folder on another disk with --scratch"
        else:
            said = f"{fault.strerror}; name another folder with --scratch"
        raise Unavailable(f"{path.parent}: {said}") from None


def spilled(folder: Path, kind: str, partition: int) -> Iterator[Entry]:
    """The entries of one partition, those of each writer in their order."""
    for path in sorted(folder.glob(f"{kind}-{partition:04}-*")):
        with path.open("rb") as file:
            while length := file.read(_LENGTH):
                block = file.read(int.from_bytes(length, "little"))
                yield from _entries.decode(ZstdDecompressor().decompress(block))


def drop(folder: Path, kind: str, partition: int) -> None:
    """The partition has been lived: its room is free again."""
    for path in folder.glob(f"{kind}-{partition:04}-*"):
        path.unlink()


def keep_roots(folder: Path, roots: Iterable[tuple[str, str]], partitions: int) -> None:
    """Which linked ids are of one group: by the partition of the ids, and by that of the group's root."""
    moved: list[dict[str, str]] = [{} for _ in range(partitions)]
    groups: list[dict[str, str]] = [{} for _ in range(partitions)]
    for user, root in roots:
        moved[partition_of(user, partitions)][user] = root
        groups[partition_of(root, partitions)][user] = root
    for partition in range(partitions):
        add_to(folder / f"roots-{partition:04}", _pack(moved[partition]))
        add_to(folder / f"groups-{partition:04}", _pack(groups[partition]))


def kept_roots(folder: Path, partition: int) -> dict[str, str]:
    """The root of each linked id of this partition; empty where no ids were linked."""
    return _kept(folder / f"roots-{partition:04}")


def kept_groups(folder: Path, partition: int) -> dict[str, str]:
    """The ids, wherever they are, whose root is of this partition."""
    return _kept(folder / f"groups-{partition:04}")


def _kept(path: Path) -> dict[str, str]:
    return msgpack.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}
