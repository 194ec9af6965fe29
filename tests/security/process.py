"""The engine as an operator runs it, in a process of its own, and all that it ever says."""

import asyncio
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.wiring.cli.commands import COMMAND


@dataclass
class Said:
    """One answer: its status, 0 if there was none, and everything that came."""

    status: int
    raw: str

    @property
    def body(self) -> str:
        return self.raw.partition("\r\n\r\n")[2]

    def header(self, name: str) -> str:
        head = self.raw.partition("\r\n\r\n")[0].split("\r\n")[1:]
        return next((line.partition(":")[2].strip() for line in head if line.lower().startswith(f"{name}:")), "")


@dataclass
class Running:
    """A process that listens."""

    process: Process
    port: int
    out: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def raw(self, request: bytes) -> Said:
        """Whatever comes back to these bytes until the engine hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            async with asyncio.timeout(20):
                answer = (await reader.read()).decode("utf-8", "replace")
        except ConnectionResetError:
            answer = ""
        finally:
            writer.close()
        parts = answer.split(" ", 2)
        return Said(int(parts[1]) if len(parts) > 2 and parts[1].isdigit() else 0, answer)

    async def asked(self, method: str, path: str, body: bytes = b"", **headers: str) -> Said:
        """One request; headers with underscores for hyphens."""
        said = {"host": "localhost", "content-length": str(len(body)), "connection": "close"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in said.items() if value)
        return await self.raw(f"{method} {path} HTTP/1.1\r\n{lines}\r\n".encode("utf-8", "surrogateescape") + body)


@asynccontextmanager
async def engine(
    folder: Path, playbook: Mapping[str, str], *options: str, env: Mapping[str, str], ends_with: int = 0
) -> AsyncIterator[Running]:
    """A running engine; when the block ends it is told to stop, and all it said is there to be read."""
    for name, text in playbook.items():
        path = folder / "playbook" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    command: Sequence[str | Path] = (
        *(COMMAND, "run", folder / "playbook", "--store", folder / "kept.db"),
        *("--port", "0", *options),
    )
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=dict(env), stdin=DEVNULL, stdout=PIPE, stderr=PIPE, limit=2**24
    )
    running = Running(process, 0)
    assert process.stdout is not None and process.stderr is not None
    listening = asyncio.create_task(_kept(process.stderr, running.errors))
    try:
        while not running.out or not running.out[-1].startswith("Ctrl-C"):
            line = (await process.stdout.readline()).decode()
            assert line, f"it did not start: {running.out} {running.errors}"
            running.out.append(line)
        running.port = int(running.out[0].rpartition(":")[2].partition("/")[0])
        telling = asyncio.create_task(_kept(process.stdout, running.out))
        yield running
        process.terminate()
        assert await process.wait() == ends_with, running.errors
        await telling
        await listening
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        listening.cancel()


async def _kept(stream: asyncio.StreamReader, lines: list[str]) -> None:
    async for line in stream:
        lines.append(line.decode("utf-8", "replace"))
