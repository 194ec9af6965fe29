"""A running engine that is killed again and again, on one file and one port, while others go on talking to it."""

import asyncio
import json
import socket
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from tests.faults.pausing import pause
from tests.unit.wiring.cli.commands import COMMAND

ROOT = Path(__file__).resolve().parents[2]
LONGEST_LIFE = 4
"""Seconds after which a life ends whatever has happened in it."""
MOMENTS = ("spawned", "line", "asked", "acknowledged", "mail", "call", "stopped", "envelope", "reported", "said")
"""What a kill may follow; each is told as it happens."""
RARE = ("stopped", "envelope", "reported", "said")
"""Few of them happen in one life."""


@dataclass
class Life:
    """One engine, from its start to its end."""

    process: Process
    errors: list[str] = field(default_factory=list)


@dataclass
class Ground:
    """Where the engine lives: its folder, its port, and the dice that choose when it dies."""

    folder: Path
    dice: Random
    smtp: int
    web: int
    port: int
    notes: list[dict[str, object]] = field(default_factory=list)
    """What the provider told, in order."""
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    lives: int = 0
    ends: list[float] = field(default_factory=list)
    """When each life was over that ended by force, in milliseconds."""
    told: Callable[[str], None] = lambda what: None
    """Hears of each of ``moments``."""
    moments: tuple[str, ...] = MOMENTS
    heard: list[Callable[[dict[str, object]], None]] = field(default_factory=list)
    """Each is given every note of the provider."""
    longest: float = LONGEST_LIFE
    program: tuple[str | Path, ...] = (COMMAND,)
    """How the command ``opportune`` is called."""
    disk: Path | None = None
    """Where its file lies, if not in the folder."""
    process: Process | None = None
    """The newest one."""
    before: Callable[[], None] = lambda: None
    """Done in the new process before anything else."""

    @property
    def store(self) -> Path:
        return (self.disk or self.folder) / "town.db"

    def command(self) -> list[str | Path]:
        """The engine as an operator runs it, with every face on."""
        web = f"127.0.0.1:{self.web}"
        return [
            *(*self.program, "run", self.folder / "playbook", "--store", self.store, "--port", str(self.port)),
            *("--smtp", f"127.0.0.1:{self.smtp}", "--smtp-tls", "none", "--from", "shop@shop.example"),
            *("--webhook", f"http://{web}/hook", "--allow", web, "--pace", "email=1000/s,burst=100,workers=8"),
            *("--pace", "webhook=1000/s,burst=100,workers=8"),
            *("--public-url", f"http://127.0.0.1:{self.port}", "--track", "opens,clicks,utm,text"),
            *("--keep", "90 days", "--log", "json", "--log-level", "info"),
        ]

    async def spawned(self) -> Life:
        """A new engine, which does not listen yet."""
        process = await asyncio.create_subprocess_exec(
            *self.command(), cwd=ROOT, env=SECRETS, preexec_fn=self.before, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
        self.lives += 1
        self.process = process
        return Life(process)

    async def opened(self, life: Life) -> None:
        """Returns once it listens; raises AssertionError if it never does."""
        assert life.process.stdout is not None
        greeting: list[str] = []
        while not greeting or not greeting[-1].startswith("Ctrl-C"):
            line = await life.process.stdout.readline()
            assert line, f"life {self.lives} did not start: {greeting} {life.errors}"
            greeting.append(line.decode())
        assert not any(line.startswith("HELD") for line in greeting), greeting
        self.is_open.set()

    async def watch(self, life: Life) -> None:
        """Reads its log along."""
        assert life.process.stderr is not None
        async for line in life.process.stderr:
            life.errors.append(line.decode())
            self.told("line")

    async def lived(self) -> None:
        """One life that ends by force, at a moment that the dice choose; raises AssertionError if it ends by itself."""
        what, count = self.dice.choice(self.moments), self.dice.choice((1, 1, 2, 5, 12, 30))
        count = 1 if what in ("spawned", "line") else min(count, 4) if what in RARE else count
        reached = asyncio.Event()
        left = [count]

        def told(happened: str) -> None:
            left[0] -= happened == what
            if left[0] <= 0:
                reached.set()

        self.told = told
        life = await self.spawned()
        others = [asyncio.create_task(self.watch(life)), asyncio.create_task(self.opened(life))]
        told("spawned")
        ended = asyncio.create_task(life.process.wait())
        waiting = asyncio.create_task(reached.wait())
        await asyncio.wait({ended, waiting}, timeout=self.longest, return_when=asyncio.FIRST_COMPLETED)
        await pause(self.dice.random() * (1.2 if what == "spawned" else self.dice.choice((0, 0.01, 0.1))))
        assert life.process.returncode is None, f"life {self.lives} ended by itself: {life.errors}"
        self.is_open.clear()
        life.process.kill()
        await ended
        self.ends.append(milliseconds())
        for each in (*others, waiting):
            each.cancel()
        _, opened = await asyncio.gather(*others, return_exceptions=True)
        assert "HELD" not in str(opened), opened

    async def last(self, until: Callable[[], Awaitable[object]]) -> None:
        """The last life, which ends well once that is done."""
        self.told = lambda what: None
        life = await self.spawned()
        watching = asyncio.create_task(self.watch(life))
        await self.opened(life)
        await until()
        life.process.terminate()
        assert life.process.stdout is not None
        await life.process.stdout.read()
        await watching
        assert await life.process.wait() == 0, life.errors

    async def bury(self) -> None:
        """Ends what still lives, after a test that failed."""
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()

    async def listen(self, provider: Process) -> None:
        """Keeps what the provider tells."""
        assert provider.stdout is not None
        async for line in provider.stdout:
            note: dict[str, object] = json.loads(line)
            self.notes.append(note)
            self.told(str(note["kind"]))
            for each in self.heard:
                each(note)

    async def answered(
        self, method: str, path: str, body: bytes = b"", *, key: str = "wk", also: Sequence[str] = ()
    ) -> tuple[int, bytes] | None:
        """Status and body of the answer; None if there was none. An empty key is not sent."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return None
        try:
            head = [f"{method} {path} HTTP/1.1", "Host: town", "Connection: close", f"Content-Length: {len(body)}"]
            head += [*([f"Authorization: Bearer {key}"] if key else []), *also]
            writer.write("\r\n".join([*head, "", ""]).encode() + body)
            await writer.drain()
            self.told("asked")
            answer = await reader.read()
        except OSError:
            return None
        finally:
            writer.close()
        first, _, rest = answer.partition(b"\r\n")
        parts = first.split()
        if len(parts) < 2:
            return None
        said = rest.partition(b"\r\n\r\n")
        return (int(parts[1]), said[2]) if said[1] else None

    async def insist(self, method: str, path: str, body: bytes = b"", *, key: str = "wk") -> tuple[bytes, int]:
        """Asks until the answer is 200; its body, and how often it had to be asked again."""
        again = 0
        while True:
            await self.is_open.wait()
            found = await self.answered(method, path, body, key=key)
            if found is not None and found[0] == 200:
                return found[1], again
            assert found is None or found[0] in (429, 503), f"{method} {path}: {found}"
            again += 1
            await pause(0.005)


SECRETS = {
    "OPPORTUNE_WRITE_KEYS": "wk",
    "OPPORTUNE_ADMIN_KEY": "ak",
    "OPPORTUNE_HOOK_SECRET": "whsec_OTg3NjU0MzIxMDk4NzY1NDMyMTA5ODc2NTQzMjEwOTg=",
    "OPPORTUNE_WEBHOOK_SECRET": "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}


def milliseconds() -> float:
    """The clock that engine, provider and clients share."""
    return time.time() * 1_000


def laid(folder: Path, playbook: dict[str, str]) -> None:
    """Puts the playbook where the engine looks for it."""
    for name, text in playbook.items():
        path = folder / "playbook" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@asynccontextmanager
async def ground(folder: Path, seed: str, playbook: dict[str, str]) -> AsyncIterator[Ground]:
    """A folder with a playbook in it, and a provider that runs while the block does."""
    laid(folder, playbook)
    provider = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.provider", seed, cwd=ROOT, stdout=PIPE
    )
    assert provider.stdout is not None
    ports = json.loads(await provider.stdout.readline())
    found = Ground(folder, Random(seed), ports["smtp"], ports["web"], free_port())
    listening = asyncio.create_task(found.listen(provider))
    try:
        yield found
    finally:
        await found.bury()
        provider.kill()
        await provider.wait()
        await listening


def free_port() -> int:
    """A port below those that the machine gives to whoever asks for any, so that it stays free between two lives."""
    dice = Random()
    while True:
        port = dice.randint(20_000, 30_000)
        with socket.socket() as trial:
            try:
                trial.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
