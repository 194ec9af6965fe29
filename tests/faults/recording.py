"""What a real process did to the files of its store, in order, as ``recorder.c`` notes it from inside the process.

Files that are mapped and written, such as the mark, are noted too, with what has changed since the note before. Shared
memory (``-shm``) is not: SQLite makes it anew from the write-ahead log whenever nobody has the file open.
"""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple

import pytest

SOURCE: Final = Path(__file__).with_name("recorder.c")
_HEAD: Final = Struct("<ccHIIQQQ")


class Note(NamedTuple):
    """One thing that happened."""

    kind: str
    """``o`` opened (``at``: emptied; ``more``: to write), ``w`` written (``more``: through a mapping), ``t`` cut off,
    ``s`` and ``S`` a sync's beginning and end (``more`` of the end: the error), ``r`` renamed, ``u`` unlinked,
    ``m`` mapped, ``c`` counted, ``n`` sent over the network to port ``at`` from port ``inode``, ``x`` made to fail,
    ``!`` said by somebody outside."""
    path: str
    """Below the folder; empty for the folder itself."""
    process: int
    inode: int
    at: int
    more: int
    content: bytes


def recorder(folder: Path) -> Path:
    """The library, made in this folder; the test is passed over where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs cc: no compiler on the path")
    made = folder / "recorder.so"
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", made, SOURCE, "-lpthread"]
    subprocess.run(command, check=True, capture_output=True)
    return made


class Record:
    """A trace that processes append to."""

    def __init__(self, library: Path, folder: Path, trace: Path) -> None:
        self.library = library
        self.folder = folder.resolve()
        self.trace = trace
        self._said = os.open(trace, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def environment(self, fail: str = "") -> dict[str, str]:
        """With this a process is recorded; ``fail`` says what shall not work in it."""
        found = {"LD_PRELOAD": self.library, "RECORDER_FOLDER": self.folder, "RECORDER_TRACE": self.trace}
        return {name: str(value) for name, value in found.items()} | ({"RECORDER_FAIL": fail} if fail else {})

    def say(self, **said: object) -> None:
        """Puts a word of ours among the notes."""
        content = json.dumps(said).encode()
        os.write(self._said, _HEAD.pack(b"R", b"!", 0, len(content), os.getpid(), 0, 0, 0) + content)

    def notes(self) -> list[Note]:
        """All notes so far."""
        return list(self._read(self.trace.read_bytes()))

    def close(self) -> None:
        os.close(self._said)

    def _read(self, raw: bytes) -> Iterator[Note]:
        at, beginning = 0, len(str(self.folder))
        while at < len(raw):
            magic, kind, named, size, process, inode, place, more = _HEAD.unpack_from(raw, at)
            assert magic == b"R", f"{self.trace}: no note begins at byte {at}"
            at += _HEAD.size
            path, content = raw[at : at + named].decode(), raw[at + named : at + named + size]
            at += named + size
            if kind == b"r":
                content = b"\0".join(each[beginning + 1 :] for each in content.split(b"\0"))
            inside = path if kind in b"xc" else path[beginning + 1 :]
            yield Note(kind.decode(), inside, process, inode, place, more, content)


def counted(notes: list[Note], process: int) -> dict[str, int]:
    """How often this process did each thing that can be made to fail."""
    return Counter(note.path for note in notes if note.kind == "c" and note.process == process)
