"""A short life of a recorded engine: events, stops, merges, erasures, a key, a backup, and another playbook."""

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from tests.faults.killing import ROOT, SECRETS, Ground, Life, free_port
from tests.faults.pausing import pause
from tests.faults.recording import Record
from tests.faults.town import PLAYBOOK

ENGINE: Final = (sys.executable, "-m", "tests.faults.recorded_engine")
MOVED_EVERY: Final = 60
"""Pages after which the write-ahead log is moved into the file."""
STOPS: Final = 4
OTHER_WORDS: Final = "subject: Once more\n---\nIt is very late. {{ unsubscribe_url }}\n"
OTHER_PLAYBOOK: Final = PLAYBOOK | {"messages/second.liquid": OTHER_WORDS}
Call: TypeAlias = dict[str, object]


@dataclass
class Town:
    """Those who talk to a recorded engine."""

    ground: Ground
    record: Record
    size: int
    """Events that each client tells in each life."""
    stops: list[asyncio.Task[None]] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    """Statuses of answers that were not 200."""
    has_ended: bool = False
    """Nobody answers any more."""

    async def answered(self, method: str, path: str, body: bytes, *, key: str = "wk", **said: object) -> bool:
        """Asks once; whether it was done. What is asked, and from which port, is noted before."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.ground.port)
        except OSError:
            return False
        try:
            self.record.say(port=writer.get_extra_info("sockname")[1], **said)
            head = [f"{method} {path} HTTP/1.1", "Host: town", "Connection: close", f"Content-Length: {len(body)}"]
            writer.write("\r\n".join([*head, f"Authorization: Bearer {key}", "", ""]).encode() + body)
            answer = await reader.read()
        except OSError:
            return False
        finally:
            writer.close()
        status = answer[9:12]
        if status and status != b"200":
            self.refusals.append(int(status))
        return status == b"200"

    async def insist(self, method: str, path: str, body: bytes = b"", *, key: str = "wk", **said: object) -> None:
        """Asks until it is done, or in vain."""
        while not self.has_ended and not await self.answered(method, path, body, key=key, **said):
            await pause(0.01)

    async def client(self, name: str, count: int) -> None:
        """Says one thing after the other, by turns alone and in batches."""
        place = 0
        while place < count:
            size = min(1 if place % 5 < 2 else 3, count - place)
            calls = [call_of(name, place + each) for each in range(size)]
            place += size
            told = {str(call["messageId"]): str(call["userId"]) for call in calls}
            if size == 1:
                await self.insist("POST", f"/v1/{calls[0]['type']}", json.dumps(calls[0]).encode(), events=told)
            else:
                await self.insist("POST", "/v1/batch", json.dumps({"batch": calls}).encode(), events=told)

    async def merge(self, previous: str, user: str) -> None:
        """A device, and then who it is."""
        call = {"type": "track", "event": "Cart Updated", "anonymousId": previous, "messageId": f"m-{previous}"}
        await self.insist("POST", "/v1/track", json.dumps(call).encode(), events={f"m-{previous}": previous})
        call = {"type": "alias", "previousId": previous, "userId": user, "messageId": f"a-{previous}"}
        await self.insist("POST", "/v1/alias", json.dumps(call).encode(), merge={previous: user})

    async def erase(self, user: str) -> None:
        await self.insist("DELETE", f"/v1/users/{user}", key="ak", erase=user)

    def hear(self, note: Call) -> None:
        """The first who get a mail with a link in it follow it."""
        stop = str(note.get("stop") or "")
        user = str(note.get("to")).partition("@")[0]
        if stop and user.startswith("user-") and len(self.stops) < STOPS and note["mood"] == "taken":
            path = stop.removeprefix(f"http://127.0.0.1:{self.ground.port}")
            self.stops.append(asyncio.create_task(self.insist("POST", path, stop=user)))

    async def command(self, *arguments: str | Path) -> None:
        """A command beside the running engine."""
        process = await asyncio.create_subprocess_exec(
            *self.ground.program, *arguments, cwd=ROOT, env=SECRETS, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
        said = await process.communicate()
        assert process.returncode == 0, said

    async def key(self, name: str) -> None:
        await self.command("key", "add", name, "--kind", "write", "--store", self.ground.store)
        self.record.say(key=name)

    async def backup(self, name: str) -> None:
        self.record.say(begun_backup=name)
        await self.command("backup", "--store", self.ground.store, "--out", self.record.folder / name)
        self.record.say(backup=name)

    async def first_day(self) -> None:
        """The engine has just begun."""
        await asyncio.gather(*(self.client(each, self.size) for each in ("user", "shop", "gone")))
        few = self.size // 2
        await asyncio.gather(self.client("late", few), self.erase("gone-0"), self.merge("device-1", "late-0"))
        await asyncio.gather(self.key("till"), self.client("beside", few))
        await asyncio.gather(self.backup("copy.db"), self.client("more", few))

    async def second_day(self) -> None:
        """It goes on, with other words."""
        await asyncio.gather(self.client("back", self.size), self.erase("gone-1"), self.merge("device-2", "back-0"))

    async def short_day(self, *, is_first: bool = True) -> None:
        """A little of everything, one after the other; on another day the same again, but of whoever was erased."""
        await self.client("user", self.size)
        await self.merge("device-1", "user-0")
        if is_first:
            await self.client("gone", 3)
        await self.erase("gone-0")
        await self.client("late", 3)

    async def silence(self) -> None:
        """Returns when all stops are answered, and there was time for what follows a second later."""
        await pause(1.2)
        if self.stops:
            await asyncio.wait(self.stops)

    async def opened(self, life: Life) -> None:
        await self.ground.opened(life)
        self.record.say(playbook=_hash(self.ground))


def _hash(ground: Ground) -> str:
    from opportune.playbook.folder import texts
    from opportune.playbook.reading import playbook_from

    return playbook_from(texts(ground.folder / "playbook")).hash


def call_of(name: str, place: int) -> Call:
    """The same for the same place: who repeats it says nothing new."""
    user, cart = f"{name}-{place // 8}", f"c{place // 3}"
    told: Call = {"messageId": f"m-{name}-{place}", "anonymousId": f"{name}-device", "userId": user}
    match place % 8:
        case 0:
            said = {"type": "identify", "traits": {"email": f"{user}@shop.example"}}
        case 4:
            said = {"type": "track", "event": "Order Completed", "properties": {"cart_id": cart}}
        case 6:
            said = {"type": "track", "event": "Help Searched", "properties": {"search": f"s{place}"}}
        case _:
            said = {"type": "track", "event": "Cart Updated", "properties": {"cart_id": cart}}
    return told | said


@asynccontextmanager
async def grounds(folder: Path, seed: str, record: Record) -> AsyncIterator[Ground]:
    """A folder with a playbook and a store in it, and a provider that never says "later"."""
    write_playbook(folder, PLAYBOOK)
    provider = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.calm_provider", seed, cwd=ROOT, stdout=PIPE
    )
    assert provider.stdout is not None
    ports = json.loads(await provider.stdout.readline())
    found = Ground(folder, Random(seed), ports["smtp"], ports["web"], free_port())
    found.disk = record.folder
    record.say(providers={"email": found.smtp, "webhook": found.web})
    listening = asyncio.create_task(found.listen(provider))
    try:
        yield found
    finally:
        provider.kill()
        await provider.wait()
        await listening


def write_playbook(folder: Path, playbook: dict[str, str]) -> None:
    for name, text in playbook.items():
        path = folder / "playbook" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def program(record: Record, *, fail: str = "", planted: str = "") -> tuple[str, ...]:
    """The engine, recorded."""
    settings = record.environment(fail) | {"OPPORTUNE_MOVED_EVERY": str(MOVED_EVERY), "OPPORTUNE_PLANTED": planted}
    settings |= {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    return ("/usr/bin/env", *(f"{name}={value}" for name, value in settings.items()), *ENGINE)


async def ended(town: Town, life: Life) -> None:
    """The engine is told to stop, and does so well."""
    life.process.terminate()
    assert life.process.stdout is not None
    await life.process.stdout.read()
    assert await life.process.wait() == 0, life.errors


async def lived(folder: Path, seed: str, record: Record, *, planted: str = "", size: int = 16) -> Sequence[Call]:
    """Two days of an engine on one file; what the provider got."""
    async with grounds(folder, seed, record) as ground, asyncio.timeout(120):
        ground.program = program(record, planted=planted)
        town = Town(ground, record, size)
        ground.heard.append(town.hear)
        for day, playbook in ((town.first_day, PLAYBOOK), (town.second_day, OTHER_PLAYBOOK)):
            write_playbook(folder, playbook)
            life = await ground.spawned()
            watching = asyncio.create_task(ground.watch(life))
            await town.opened(life)
            await day()
            await town.silence()
            await ended(town, life)
            await watching
        return ground.notes
