"""A disk without room: nothing is acknowledged any more, nothing acknowledged is lost, and with room it goes on."""

import asyncio
import json
import resource
import shutil
import subprocess
from asyncio.subprocess import PIPE
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from opportune.adapters.stores.reading import SqliteHistory
from opportune.wiring.cli.exit_codes import UNAVAILABLE
from opportune.wiring.replay import replay
from tests.faults.book import Book
from tests.faults.killing import ROOT, Ground, Life, ground
from tests.faults.pausing import pause
from tests.faults.sums import TAKEN
from tests.faults.town import PLAYBOOK
from tests.unit.wiring.cli.commands import COMMAND

ROOM = 2_000_000
"""Bytes: enough to start, and for some hundred events."""
CLIENTS = 4


@dataclass(frozen=True)
class Filled:
    """A disk that is full, or soon will be."""

    seen: Callable[[], Path]
    """The file as it is now, where others can read it; no engine may run on it."""
    make_room: Callable[[], Awaitable[None]]


@asynccontextmanager
async def full(place: Ground) -> AsyncIterator[Filled]:
    """A disk of its own that is small, until room is made."""
    place.disk = place.folder / "disk"
    place.disk.mkdir()
    mounting = f"mount -t tmpfs -o size={ROOM} tmpfs '{place.disk}' && echo mounted && exec cat"
    holder = await asyncio.create_subprocess_exec("unshare", "-rm", "sh", "-c", mounting, stdin=PIPE, stdout=PIPE)
    inside = ("nsenter", "-t", str(holder.pid), "-U", "-m", "--preserve-credentials", "--wdns=" + str(ROOT))

    async def make_room() -> None:
        command = (*inside, "mount", "-o", "remount,size=64m", place.disk or "")
        assert await (await asyncio.create_subprocess_exec(*command)).wait() == 0

    def seen() -> Path:
        shutil.rmtree(place.folder / "seen", ignore_errors=True)
        return Path(shutil.copytree(f"/proc/{holder.pid}/root{place.disk}", place.folder / "seen")) / "town.db"

    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"mounted\n"
        place.program = (*inside, COMMAND)
        yield Filled(seen, make_room)
    finally:
        holder.kill()
        await holder.wait()


@asynccontextmanager
async def limited(place: Ground) -> AsyncIterator[Filled]:
    """No file may become longer than so, until it may."""

    async def make_room() -> None:
        place.before = lambda: None

    place.before = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, resource.RLIM_INFINITY))
    yield Filled(lambda: place.store, make_room)


class Clients:
    """They tell as much as is taken; what was not acknowledged they tell again."""

    def __init__(self, place: Ground) -> None:
        self.place = place
        self.dice = Random(1)
        self.places = [0] * CLIENTS
        self.acknowledged: list[str] = []
        self.refused: list[dict[str, object]] = []
        self.statuses: set[int] = set()

    async def tell_until(self, ended: "asyncio.Future[list[str]]", number: int) -> None:
        while not ended.done():
            place = self.places[number]
            self.places[number] += 1
            call = self.call(f"user-{number}-{place // 20}", f"m-{number}-{place}")
            found = await self.place.answered("POST", f"/v1/{call['type']}", json.dumps(call).encode())
            if found is None or found[0] != 200:
                self.refused.append(call)
                self.statuses.update([] if found is None else [found[0]])
                await pause(0.02)
            else:
                self.acknowledged.append(str(call["messageId"]))

    def call(self, user: str, id: str) -> dict[str, object]:
        if id.endswith("0"):
            return {"type": "identify", "userId": user, "messageId": id, "traits": {"email": f"{user}@shop.example"}}
        cart = {"cart_id": id, "note": self.dice.randbytes(1_000).hex()}
        return {"type": "track", "event": "Cart Updated", "userId": user, "messageId": id, "properties": cart}

    def heard(self) -> set[int]:
        """The clients of whom something was acknowledged; how much that is, says the size of the disk's commits."""
        return {int(id.split("-")[1]) for id in self.acknowledged}

    async def tell_the_rest(self) -> None:
        for call in self.refused:
            await self.place.insist("POST", f"/v1/{call['type']}", json.dumps(call).encode())
            self.acknowledged.append(str(call["messageId"]))


async def ended_by_itself(life: Life) -> list[str]:
    """What it complained of, on its way out with the code for what cannot be used."""
    assert life.process.stderr is not None
    complaint = (await life.process.stderr.read()).decode()
    assert await life.process.wait() == UNAVAILABLE, complaint
    assert "Traceback" not in complaint, complaint
    return [line for line in complaint.splitlines() if line.startswith("opportune: ")]


async def lived(place: Ground, book: Book, filled: Filled) -> Clients:
    clients = Clients(place)
    for _ in range(3):  # a start may find, or make, some room
        life = await place.spawned()
        ended = asyncio.create_task(ended_by_itself(life))
        opening = asyncio.create_task(place.opened(life))
        await asyncio.wait([ended, opening], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*(clients.tell_until(ended, number) for number in range(CLIENTS)))
        complaints = await ended
        assert any("free the disk" in each for each in complaints), complaints
        assert all(str(place.store) in each and "start again" in each for each in complaints), complaints
        filled.seen()
        book.after_kill(clients.acknowledged)
        await asyncio.gather(opening, return_exceptions=True)
    assert clients.statuses <= {503}
    assert clients.heard() == set(range(CLIENTS)), "each client was told yes, so that a loss would be seen"
    assert clients.refused, "the disk was full before the clients had said all"
    await filled.make_room()
    await place.last(clients.tell_the_rest)
    return clients


def lacks_disk() -> str | None:
    """Why no small disk can be made here."""
    try:
        said = subprocess.run(
            ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False
        )
    except FileNotFoundError:
        return "there is no unshare"
    return said.stderr.decode().strip() if said.returncode else None


@pytest.mark.needs("smtp")
@pytest.mark.parametrize("filling", [full, limited])
def test_a_full_disk_ends_all_answers_and_with_room_it_goes_on_where_it_was(
    tmp_path: Path, filling: Callable[[Ground], AbstractAsyncContextManager[Filled]]
) -> None:
    if filling is full and (lacking := lacks_disk()):
        pytest.skip(f"needs mounts: {lacking}")

    async def living() -> None:
        async with (
            ground(tmp_path, "full", PLAYBOOK) as place,
            filling(place) as filled,
            asyncio.timeout(120),
        ):
            book = Book(place.store if filling is limited else tmp_path / "seen" / "town.db")
            clients = await lived(place, book, filled)
            history = SqliteHistory(filled.seen())
            book.at_the_end(history, clients.acknowledged)
            assert len(clients.acknowledged) == len(set(clients.acknowledged))
            assert replay(history).differences == []
            history.close()
            mails = Counter(note["key"] for note in place.notes if note["kind"] == "mail" and note["mood"] in TAKEN)
            assert len(mails) > 5
            assert max(mails.values()) == 1

    asyncio.run(living())
