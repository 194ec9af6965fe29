"""The states that a power cut could leave, from the notes of what was written and synced until then.

What was written before a sync began is on the disk once the sync has ended. Of all later writes any may be there, none,
or some, whole or by sectors of 512 bytes; what was never there may read as anything. Names in the folder are durable
once the folder was synced; until then, of what was made, renamed and unlinked, any may be there (``strict``). On many
disks the sync of any file also takes along what happened to names before it, and names change in order (``journaled``).
After a sync that failed, what it was to write is never written again: the machine believes that it is there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Final

from tests.faults.recording import Note

SECTOR: Final = 512
DATA: Final = ("none", "all", "even", "odd", "some", "few", "most", "torn", "prefix", "garbage")
NAMES: Final = ("strict_none", "strict_all", "strict_some", "journaled_least", "journaled_some")


@dataclass
class File:
    """One file, under whatever names."""

    inode: int
    durable: bytearray = field(default_factory=bytearray)
    pending: list["Change"] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
    """A write, or the file cut off at ``at`` if there is no content."""

    file: File
    place: int
    """Among all changes, in order."""
    at: int
    content: bytes | None

    def apply(self, to: bytearray) -> None:
        if self.content is None:
            del to[self.at :]
            to.extend(bytes(self.at - len(to)))
        else:
            to.extend(bytes(max(0, self.at - len(to))))
            to[self.at : self.at + len(self.content)] = self.content


@dataclass
class Naming:
    """A name that was given, or taken away (no file); both at once are a renaming."""

    place: int
    gives: str = ""
    file: File | None = None
    takes: str = ""
    is_committed: bool = False
    """On a disk with a journal it is durable."""

    def apply(self, names: dict[str, File]) -> None:
        names.pop(self.takes, None)
        if self.file is not None:
            names[self.gives] = self.file


class Disk:
    """What is on it, and what is only on its way there, after each note."""

    def __init__(self) -> None:
        self.names: dict[str, File] = {}
        """As the process sees them."""
        self.lost = 0
        """Changes that a failed sync left out for good."""
        self._durable: dict[str, File] = {}
        self._namings: list[Naming] = []
        self._by_inode: dict[int, File] = {}
        self._syncs: dict[tuple[int, int], int] = {}
        self._place = 0

    def begin(self, folder: Path) -> None:
        """What lies in this folder is on the disk."""
        for path in sorted(folder.iterdir()):
            file = File(path.stat().st_ino, bytearray(path.read_bytes()))
            self.names[path.name] = self._durable[path.name] = self._by_inode[file.inode] = file

    def take(self, note: Note) -> None:
        """One more note."""
        self._place += 1
        match note.kind:
            case "o" if note.path:
                self._open(note)
            case "w" | "t" if note.inode in self._by_inode:
                file = self._by_inode[note.inode]
                file.pending.append(Change(file, self._place, note.at, note.content if note.kind == "w" else None))
            case "s":
                self._syncs[note.process, note.at] = self._place
            case "S":
                self._sync(note)
            case "r":
                before, after = (each.decode() for each in note.content.split(b"\0"))
                file = self.names.pop(before)
                self.names[after] = file
                self._namings.append(Naming(self._place, after, file, before))
            case "u":
                self.names.pop(note.path, None)
                self._namings.append(Naming(self._place, takes=note.path))

    def _open(self, note: Note) -> None:
        file = self.names.get(note.path)
        if file is None or file.inode != note.inode:
            file = self.names[note.path] = self._by_inode[note.inode] = File(note.inode)
            self._namings.append(Naming(self._place, note.path, file))
        elif note.at:
            file.pending.append(Change(file, self._place, 0, None))

    def _sync(self, note: Note) -> None:
        begun = self._syncs.pop((note.process, note.at))
        file = self._by_inode.get(note.inode)
        if file is not None:
            done = [each for each in file.pending if each.place < begun]
            file.pending = [each for each in file.pending if each.place > begun]
            if note.more:
                self.lost += len(done)
                return
            for change in done:
                change.apply(file.durable)
        if note.more:
            return
        for naming in self._namings:
            if naming.place < begun and file is None:
                naming.apply(self._durable)
            naming.is_committed = naming.is_committed or naming.place < begun
        if file is None:  # it was the folder
            self._namings = [each for each in self._namings if each.place > begun]

    def image(self, data: str, names: str, dice: Random) -> "Image":
        """What a cut here could leave; ``data`` and ``names`` say how much of what is on its way has come."""
        found = dict(self._durable)
        for naming in _named(self._namings, names, dice):
            naming.apply(found)
        files = {id(each): each for each in found.values()}
        pending = sorted((each for file in files.values() for each in file.pending), key=lambda each: each.place)
        contents = {key: bytearray(file.durable) for key, file in files.items()}
        for change in _chosen(pending, data, dice, contents):
            change.apply(contents[id(change.file)])
        return Image(
            {name: bytes(contents[id(file)]) for name, file in sorted(found.items())},
            {name: file.inode for name, file in found.items()},
        )


@dataclass(frozen=True)
class Image:
    """Names and contents of the files that are left."""

    files: dict[str, bytes]
    inodes: dict[str, int]
    """Their numbers when they were recorded: an image is made of other ones."""

    def digest(self) -> bytes:
        """The same for the same names and contents."""
        found = blake2b(digest_size=16)
        for name, content in self.files.items():
            found.update(b"%b %d " % (name.encode(), len(content)))
            found.update(content)
        return found.digest()


def _named(namings: Sequence[Naming], how: str, dice: Random) -> Iterable[Naming]:
    committed = [each for each in namings if each.is_committed]
    others = [each for each in namings if not each.is_committed]
    match how:
        case "strict_none":
            return []
        case "strict_some":
            return [each for each in namings if dice.random() < 0.5]
        case "journaled_least":
            return committed
        case "journaled_some":
            return [*committed, *others[: dice.randint(0, len(others))]]
        case _:
            return namings


def _chosen(pending: list[Change], how: str, dice: Random, contents: dict[int, bytearray]) -> Iterable[Change]:
    match how:
        case "none":
            return []
        case "all":
            return pending
        case "even" | "odd":
            return pending[how == "odd" :: 2]
        case "some" | "few" | "most":
            share = {"some": 0.5, "few": 0.15, "most": 0.85}[how]
            return [each for each in pending if dice.random() < share]
        case "torn":
            return [part for each in pending[:-1] if dice.random() < 0.8 for part in [each]] + [
                part for each in pending[-1:] for part in _torn(each, dice)
            ]
        case "prefix":
            kept = pending[: dice.randint(0, len(pending))]
            return [*kept[:-1], *(part for each in kept[-1:] for part in _begun(each, dice))]
        case _:
            return [_garbled(each, dice, contents) if dice.random() < 0.5 else each for each in pending]


def _torn(change: Change, dice: Random) -> list[Change]:
    """Some of its sectors."""
    if change.content is None:
        return [change]
    parts, end = [], change.at + len(change.content)
    for start in range(change.at // SECTOR * SECTOR, end, SECTOR):
        first, last = max(start, change.at), min(start + SECTOR, end)
        if dice.random() < 0.5:
            content = change.content[first - change.at : last - change.at]
            parts.append(Change(change.file, change.place, first, content))
    return parts


def _begun(change: Change, dice: Random) -> list[Change]:
    """Its first sectors."""
    if change.content is None:
        return [change]
    size = min(len(change.content), dice.randint(0, len(change.content) // SECTOR + 1) * SECTOR)
    return [Change(change.file, change.place, change.at, change.content[:size])]


def _garbled(change: Change, dice: Random, contents: dict[int, bytearray]) -> Change:
    """What was never written where the file has only just become longer: anything."""
    if change.content is None or change.at < len(contents[id(change.file)]):
        return change
    return Change(change.file, change.place, change.at, dice.randbytes(len(change.content)))
