"""What else goes on in a town: mails are opened and reported on, inboxes are read, the file is copied."""

import asyncio
import json
import re
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final, Literal, TypeAlias

from opportune.adapters.signatures import Secrets
from tests.faults.killing import SECRETS, Ground, milliseconds
from tests.faults.pausing import pause
from tests.unit.wiring.cli.commands import COMMAND

Note: TypeAlias = dict[str, object]
Report: TypeAlias = Literal["delivered", "bounced", "complained"]
REPORTS: Final[dict[Report, float]] = {"delivered": 0.10, "bounced": 0.03, "complained": 0.03}
"""The share of mails of which the provider tells this later."""
FOLLOWED: Final = 0.15
"""The share of links in mails that are opened."""
READ: Final = 0.5
"""The share of those who got a call who look into their inbox."""
LIVES_TO_A_COPY: Final = 8


@dataclass(frozen=True)
class Reported:
    """What a provider told of a mail, and when that was answered."""

    key: str
    what: Report
    at: float


@dataclass(frozen=True)
class Copy:
    """A backup, and what had been acknowledged when it was begun."""

    path: Path
    acknowledged: list[str]


@dataclass
class Deeds:
    """Done by people and providers, each until it is answered."""

    ground: Ground
    dice: Random
    acknowledged: list[str]
    """Of the town, as it grows."""
    reports: list[Reported] = field(default_factory=list)
    asked_for: set[tuple[str, str]] = field(default_factory=set)
    """Path and key of links that were opened, whether or not an answer came."""
    followed: int = 0
    """Links that were opened and answered."""
    said: set[tuple[str, str]] = field(default_factory=set)
    """Key and word of what apps said of messages, and was answered."""
    read: int = 0
    """Inboxes that had something in them."""
    streams: int = 0
    """Streams that were opened."""
    copies: list[Copy] = field(default_factory=list)
    is_over: bool = False
    _readers: set[str] = field(default_factory=set)
    _deeds: "set[asyncio.Task[None]]" = field(default_factory=set)
    _reading: "set[asyncio.Task[None]]" = field(default_factory=set)

    def figures(self) -> dict[str, int]:
        """What is summed over all runs."""
        return {
            "provider_reports": len(self.reports),
            "links_opened": self.followed,
            "inbox_words": len(self.said),
            "copies": len(self.copies),
        }

    def note(self, note: Note) -> None:
        """Something came to the provider."""
        if self.is_over:
            return
        if note["kind"] == "mail" and note["mood"] not in ("later", "never"):
            key = str(note["key"])
            for path in re.findall(r"/[oc]/[\w-]+", str(note["links"])):
                if self.dice.random() < FOLLOWED:
                    self._begin(self.follow(key, path))
            for what, share in REPORTS.items():
                if self.dice.random() < share:
                    self._begin(self.report(key, what))
        elif note["kind"] == "call" and self.dice.random() < READ:
            user = str(json.loads(str(note["body"]))["data"]["user"])
            if user not in self._readers:
                self._readers.add(user)
                self._reading.add(asyncio.create_task(self.reader(user)))

    def _begin(self, deed: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(deed)
        self._deeds.add(task)

    def look(self) -> None:
        """Raises what went wrong in any of them."""
        for tasks in (self._deeds, self._reading):
            for task in [task for task in tasks if task.done()]:
                tasks.discard(task)
                task.result()

    async def silent(self) -> None:
        """Returns when all that was begun is answered; nothing new is begun."""
        self.is_over = True
        while self._deeds or self._reading:
            await asyncio.wait(self._deeds | self._reading)
            self.look()

    async def follow(self, key: str, path: str) -> None:
        """Opens a link, or shows a picture, until the page comes."""
        self.asked_for.add((path, key))
        await self.insist("GET", path, {200, 302})
        self.followed += 1

    async def report(self, key: str, what: Report) -> None:
        """Tells what became of a mail, signed, until that is taken; 409: it was, and the answer was lost."""
        await pause(self.dice.random() * 0.5)
        told = {"type": what, "decision": key} | ({"status": "4.2.2"} if what == "bounced" else {})
        body = json.dumps(told).encode()
        headers = Secrets([SECRETS["OPPORTUNE_HOOK_SECRET"]]).signed(f"{what}-{key}", body, int(milliseconds()))
        also = [f"{name.decode()}: {value.decode()}" for name, value in headers]
        await self.insist("POST", "/hooks/events", {200, 409}, body, key="", also=also)
        self.reports.append(Reported(key, what, milliseconds()))
        self.ground.told("reported")

    async def reader(self, user: str) -> None:
        """Waits for a message in the inbox, by asking or by a stream, and says what became of it."""
        asked = json.dumps({"userId": user, "seconds": 3_600}).encode()
        token = json.loads(await self.insist("POST", "/v1/user-tokens", {200}, asked, key="ak"))["token"]
        key = await (self.listed(token) if self.dice.random() < 0.5 else self.streamed(token))
        if key is None:
            return
        self.read += 1
        words = self.dice.choice([("shown",), ("shown", "clicked"), ("dismissed",), ("shown", "shown", "dismissed")])
        for word in words:
            await self.insist("POST", f"/v1/inbox/{key}/{word}?token={token}", {200}, key="")
            self.said.add((key, word))
            self.ground.told("said")
        if "dismissed" in words:
            assert key not in await self.shelf(token), f"{key} came back after it was dismissed"

    async def shelf(self, token: str) -> list[str]:
        """The keys that the inbox shows now."""
        path = f"/v1/inbox?token={token}"
        found = json.loads(await self.insist("GET", path, {200}, key="", also=["Accept: application/json"]))
        return [str(each["key"]) for each in found["messages"]]

    async def listed(self, token: str) -> str | None:
        """The first message, asked for again and again; None if the town is over before it comes."""
        while not self.is_over:
            if found := await self.shelf(token):
                return found[0]
            await pause(0.2)
        return None

    async def streamed(self, token: str) -> str | None:
        """The first message of a stream that is opened again when it breaks."""
        while not self.is_over:
            await self.ground.is_open.wait()
            found = await self._first_of_stream(token)
            if found is not None:
                return found
            await pause(0.05)
        return None

    async def _first_of_stream(self, token: str) -> str | None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.ground.port)
        except OSError:
            return None
        self.streams += 1
        try:
            writer.write(f"GET /v1/inbox?token={token} HTTP/1.1\r\nHost: town\r\n\r\n".encode())
            while not self.is_over:
                try:
                    async with asyncio.timeout(0.5):
                        line = await reader.readline()
                except TimeoutError:
                    continue
                if not line:
                    return None
                if line.startswith(b"data:") and b'"subject"' in line:
                    return str(json.loads(line.removeprefix(b"data:"))["key"])
        except OSError:
            return None
        finally:
            writer.close()
        return None

    async def copier(self, kills: int) -> None:
        """Copies the file now and then, while its engine dies and is born."""
        for number in range(1, 1 + kills // LIVES_TO_A_COPY):
            while self.ground.lives < number * LIVES_TO_A_COPY - 2 and not self.is_over:
                await pause(0.05)
            while not self.is_over and not await self.copied(self.ground.folder / f"copy-{number}.db"):
                await pause(0.2)

    async def copied(self, path: Path) -> bool:
        """Once; the copy may find the engine at any point of its life. False: there was no file yet."""
        before = list(self.acknowledged)
        process = await asyncio.create_subprocess_exec(
            *(COMMAND, "backup", "--store", self.ground.store, "--out", path, "--json"),
            env=SECRETS,
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
        )
        said, complaint = await process.communicate()
        assert process.returncode == 0 or not before, (process.returncode, said, complaint)
        if process.returncode == 0:
            self.copies.append(Copy(path, before))
        return process.returncode == 0

    async def insist(
        self,
        method: str,
        path: str,
        good: set[int],
        body: bytes = b"",
        *,
        key: str = "wk",
        also: list[str] | None = None,
    ) -> bytes:
        """Asks until the answer is one of the good ones; its body."""
        while True:
            await self.ground.is_open.wait()
            found = await self.ground.answered(method, path, body, key=key, also=also or ())
            if found is not None and found[0] in good:
                return found[1]
            assert found is None or found[0] in (429, 503), f"{method} {path}: {found}"
            await pause(0.02)
