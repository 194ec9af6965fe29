"""The very first start of an engine, killed before each of the things it does to the disk; then started once more.

Usage: starting_child.py FOLDER SHARE SHARES. Of 3 shares, 0 to 2, the first kills before the first thing, the fourth
and so on. Prints a line of JSON for each kill: what the second start found. Forks, so that modules are read once.
"""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import apsw

from opportune.adapters.channels.mime import Sender
from opportune.adapters.stores.secret import secret_path
from opportune.playbook.reading import playbook_from
from opportune.wiring.service import Settings, running
from tests.contracts.made import event
from tests.faults.town import PLAYBOOK

KEPT: frozenset[str] = frozenset({"open", "os.rename", "os.remove", "os.truncate", "mmap.__new__"})
"""What Python tells auditors of, as it is about to happen, and what may change the disk."""


class Fate:
    """Counts what is done to the disk, and kills before the thing of this number."""

    def __init__(self, last: int | None) -> None:
        self.done = 0
        self.last = last

    def count(self) -> None:
        self.done += 1
        if self.done == self.last:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(self, name: str, arguments: tuple[object, ...]) -> None:
        is_reading = name == "open" and not isinstance(arguments[2], int)
        if name in KEPT and not is_reading and not (name == "open" and int(str(arguments[2])) & 3 == os.O_RDONLY):
            self.count()


class Disk(apsw.VFS):
    """Tells fate of every write, sync and truncation of the one file and its companions."""

    def __init__(self, fate: Fate) -> None:
        super().__init__("counted", "unix", makedefault=True)
        self.fate = fate

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> "File":
        return File(self.fate, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:
        self.fate.count()
        super().xDelete(name, sync)


class File(apsw.VFSFile):
    """One file on it."""

    def __init__(self, fate: Fate, name: str | apsw.URIFilename | None, flags: list[int]) -> None:
        super().__init__("unix", name, flags)
        self.fate = fate

    def xWrite(self, content: bytes, at: int) -> None:
        self.fate.count()
        super().xWrite(content, at)

    def xTruncate(self, size: int) -> None:
        self.fate.count()
        super().xTruncate(size)

    def xSync(self, flags: int) -> None:
        self.fate.count()
        super().xSync(flags)


async def live(path: Path, write: int) -> None:
    """A start and one event; tells what was found on the way, and is gone."""
    settings = Settings(store=path, port=0, write_keys=("wk",), sender=Sender("shop@shop.example"))
    async with running(settings, playbook_from(PLAYBOOK), PLAYBOOK) as engine:
        found = {"held": engine.store.held, "known": engine.store.is_known("e1")}
        await engine.host.accept([event(1)], ())
        told = found | {"secret": len(secret_path(path).read_bytes())}
        os.write(write, json.dumps(told).encode())
        os._exit(0)


def forked(path: Path, last: int | None) -> bytes | None:
    """What one life told; None if it was killed."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        fate = Fate(last)
        disk = Disk(fate)
        sys.addaudithook(fate.audit)
        asyncio.run(live(path, write))
        disk.unregister()
    os.close(write)
    with open(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return told if os.waitstatus_to_exitcode(status) == 0 else None


def main(folder: Path, share: int, shares: int) -> None:
    killed, last = True, share - shares + 1
    while killed:
        last += shares
        path = folder / str(last) / "shop.db"
        path.parent.mkdir(parents=True)
        killed = forked(path, last) is None
        again = forked(path, None)
        print(json.dumps({"before": last, "again": None if again is None else json.loads(again)}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
