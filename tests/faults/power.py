"""A disk that remembers the order of writes and syncs, so that every state a power cut could leave can be built."""

from pathlib import Path
from threading import Lock

import apsw

Note = tuple[str, str, int, bytes]
Image = tuple[dict[str, bytes], int]


class PowerCut(apsw.VFS):
    """Passes everything on to the real disk, and notes writes, truncations, syncs and acknowledgements."""

    def __init__(self, name: str) -> None:
        super().__init__(name, "")
        self.lock = Lock()
        self.notes: list[Note] = []
        self.first: dict[str, bytes] = {}
        self.base = ""

    def start(self, path: Path) -> None:
        self.base = str(path)
        self.first = {"": path.read_bytes()}
        self.notes.clear()

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "Disk":
        return Disk(self, name, flags)

    def note(self, kind: str, file: str, at: int = 0, content: bytes = b"") -> None:
        if file.startswith(self.base):
            with self.lock:
                self.notes.append((kind, file.removeprefix(self.base), at, content))

    def acknowledge(self, seq: int) -> None:
        self.note("acknowledged", self.base, seq)

    def images(self) -> list[Image]:
        """For a cut after each note: all that is synced, with all, none, or every other one of the writes since."""
        synced, acknowledged = dict(self.first), 0
        unsynced: list[Note] = []
        found: list[Image] = []
        for note in self.notes:
            kind, file, at, _ = note
            if kind == "acknowledged":
                acknowledged = at
            elif kind == "synced":
                synced = after(synced, [each for each in unsynced if each[1] == file])
                unsynced = [each for each in unsynced if each[1] != file]
            else:
                unsynced.append(note)
            images = [(after(synced, kept), acknowledged) for kept in (unsynced, [], unsynced[::2], unsynced[1::2])]
            found.extend(image for place, image in enumerate(images) if image not in [*found[-4:], *images[:place]])
        return found


class BrokenDisk(PowerCut):
    """A disk whose syncs fail while it is broken."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.is_broken = False
        self.ending = ""
        """Only files whose names end like this cannot be synced."""

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "Disk":
        return BrokenFile(self, name, flags)


class Disk(apsw.VFSFile):
    """One file on it."""

    def __init__(self, power: PowerCut, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self.power = power
        self.file = name.filename() if isinstance(name, apsw.URIFilename) else name or "temporary"

    def xWrite(self, content: bytes, at: int) -> None:
        super().xWrite(content, at)
        self.power.note("written", self.file, at, bytes(content))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self.power.note("truncated", self.file, size)

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self.power.note("synced", self.file)


class BrokenFile(Disk):
    """One file on a disk that breaks."""

    def xSync(self, flags: int) -> None:
        if isinstance(self.power, BrokenDisk) and self.power.is_broken and self.file.endswith(self.power.ending):
            raise apsw.IOError("the disk says that it could not sync")
        super().xSync(flags)


def after(files: dict[str, bytes], notes: list[Note]) -> dict[str, bytes]:
    """These files after these notes."""
    found = dict(files)
    for note in notes:
        apply(found, note)
    return found


def apply(files: dict[str, bytes], note: Note) -> None:
    """One write or truncation, as it changes these files."""
    kind, file, at, content = note
    before = files.get(file, b"")
    if kind == "truncated":
        files[file] = before[:at]
    else:
        files[file] = before[:at].ljust(at, b"\0") + content + before[at + len(content) :]
