"""A disk that keeps apart what is safe and what a power cut may still take, that can fail, and can be cut off.

The files are real ones, in a folder in memory if possible; this layer of SQLite's notes what is written to them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, Literal, TypeAlias

import apsw

SECTOR: Final = 512
Fault: TypeAlias = Literal["cut", "full", "broken"]
"""What happens to an operation: the world ends in the middle of it, there is no room, or the disk refuses."""
Write: TypeAlias = tuple[int, bytes | None]
"""Place and content; without content the file ends at that place."""


@dataclass
class _File:
    safe: bytearray | None
    """What no power cut takes; None: not even that there is such a file."""
    unsafe: list[Write] = field(default_factory=list)


class VirtualDisk(apsw.VFS):
    """One database on it, with what lies beside it."""

    def __init__(self, name: str, path: Path) -> None:
        """``name`` is the one it is registered under; ``path`` of the database."""
        super().__init__(name, "")
        self.name = name
        self.path = path
        self.operations = 0
        self.faults: dict[int, Fault] = {}
        """By number of the operation, counted from 1 in this life."""
        self.is_sync_ignored = False
        """A disk that lies."""
        self.told: Callable[[str], None] = lambda what: None
        self.has_ended = False
        self._files: dict[str, _File] = {}
        self._life = 0
        self._marks: list[tuple[int, bytes]] = []
        """Of the mark beside the database, by the number of its file: what it said when something was made safe."""

    def begin(self) -> None:
        """A new life on what is there; all of it is safe."""
        self._life += 1
        self.operations, self.faults, self.has_ended = 0, {}, False
        self._files = {}
        for suffix in ("", "-wal"):
            each = self.path.with_name(self.path.name + suffix)
            if each.exists():
                self._files[suffix] = _File(bytearray(each.read_bytes()))
        self._marks = []

    def end(self) -> None:
        """Nothing that this life still writes is written."""
        self.has_ended = True

    def leave(self, dice: Random, *, has_power: bool) -> None:
        """Makes the files what the end of this life has left: all that was written, or what was safe and some more.

        To be called when all connections of this life are closed.
        """
        for suffix in ("", "-wal"):
            each = self.path.with_name(self.path.name + suffix)
            file = self._files.get(suffix)
            content = None if file is None else left_of(file.safe, file.unsafe, None if has_power else dice)
            if content is None:
                each.unlink(missing_ok=True)
            else:
                with open(
                    each, "r+b" if each.exists() else "wb"
                ) as out:  # the same file: its number tells copies apart
                    out.write(content)
                    out.truncate()
        self.path.with_name(f"{self.path.name}-shm").unlink(missing_ok=True)
        if not has_power and self._marks:
            self._mark_path.write_bytes(dice.choice(self._marks)[1])

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> apsw.VFSFile:
        """A file on this disk."""
        return VirtualFile(self, name, flags, self._life)

    def operation(self, life: int, file: str, write: Write) -> None:
        """Notes a write; raises ``apsw.Error`` where it does not happen."""
        self._count(life, file, write)
        if file in ("", "-wal"):
            self._files.setdefault(file, _File(None)).unsafe.append(write)

    def synced(self, life: int, file: str) -> None:
        """What was written to the file is safe from now on."""
        self._count(life, file, None)
        if file in self._files and not self.is_sync_ignored:
            known = self._files[file]
            known.safe = bytearray(left_of(known.safe, known.unsafe, None) or b"")
            known.unsafe = []
            if self._mark_path.exists():
                said = (self._mark_path.stat().st_ino, self._mark_path.read_bytes())
                # one that was put in the place of another is safe before the database goes on
                self._marks = [*(each for each in self._marks[-2:] if each[0] == said[0]), said]

    @property
    def _mark_path(self) -> Path:
        return self.path.with_name(f"{self.path.name}.mark")

    def _count(self, life: int, file: str, write: Write | None) -> None:
        if life != self._life or self.has_ended:
            raise apsw.IOError("the world has ended")
        self.operations += 1
        match self.faults.get(self.operations):
            case "cut":
                self.has_ended = True
                if write is not None and file in ("", "-wal"):
                    self._files.setdefault(file, _File(None)).unsafe.append(write)
                raise apsw.IOError("the world ends in the middle of this")
            case "full":
                raise apsw.FullError("no room is left")
            case "broken":
                raise apsw.IOError("the disk says that it could not")


class VirtualFile(apsw.VFSFile):
    """One file on it."""

    def __init__(self, disk: VirtualDisk, name: str | apsw.URIFilename | None, flags: list[int], life: int) -> None:
        super().__init__("", name, flags)
        self._disk = disk
        self._life = life
        path = name.filename() if isinstance(name, apsw.URIFilename) else name or "temporary"
        self._file = path.removeprefix(str(disk.path))

    def xWrite(self, data: bytes, offset: int) -> None:
        """Writes there."""
        self._disk.operation(self._life, self._file, (offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:
        """Ends the file there."""
        self._disk.operation(self._life, self._file, (newsize, None))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:
        """Makes it safe; nothing is really written through."""
        self._disk.synced(self._life, self._file)


def left_of(safe: bytearray | None, unsafe: list[Write], dice: Random | None) -> bytes | None:
    """What a file is after these writes: all of them, or those, whole or torn, that the dice leave."""
    if safe is None and (not unsafe or (dice is not None and dice.random() < 0.3)):
        return None
    found = bytearray(safe or b"")
    share = 1.0 if dice is None else dice.choice((0.0, 1.0, 0.5, 0.9))
    for at, content in unsafe:
        if dice is not None and dice.random() >= share:
            continue
        if content is None:
            del found[at:]
            continue
        is_torn = dice is not None and dice.random() < 0.2
        for sector in range(0, len(content), SECTOR if is_torn else len(content) or 1):
            piece = content[sector : sector + SECTOR] if is_torn else content
            if is_torn and dice is not None and dice.random() < 0.5:
                continue
            if len(found) < at + sector:
                found.extend(bytes(at + sector - len(found)))
            found[at + sector : at + sector + len(piece)] = piece
    return bytes(found)
