"""A neighbour that misbehaves, in a process of its own: python -m tests.faults.poison KIND PORT, until it is killed."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final

from tests.faults.pausing import pause

RUNS: Final = 256
HISTORY: Final = 100_000
"""Events of the one user."""
LORISES: Final = 300
"""Connections on which a request comes byte by byte."""


async def posted(port: int, path: str, body: bytes, key: str = "wk") -> int:
    """The status; 0 if there was no answer."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST {path} HTTP/1.1\r\nHost: poison\r\nConnection: close\r\nAuthorization: Bearer {key}"
        writer.write(f"{head}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        answer = await reader.read()
        writer.close()
        return int(answer.split()[1]) if answer else 0
    except OSError:
        return 0


def tracked(user: str, event: str, **properties: object) -> dict[str, object]:
    """One call."""
    return {"type": "track", "userId": user, "event": event, "properties": properties}


async def fill(port: int) -> None:
    """One user with as many runs as there may be, and a long history."""
    runs = [tracked("poison", "Long Asked", place=f"r{number}") for number in range(RUNS + 20)]
    assert await posted(port, "/v1/batch", json.dumps({"batch": runs}).encode()) == 200
    for first in range(0, HISTORY, 1_000):
        calls = [tracked("poison", "Counted", number=first + place) for place in range(1_000)]
        assert await posted(port, "/v1/batch", json.dumps({"batch": calls}).encode()) == 200


async def crowded(port: int) -> None:
    """2 events a second of that user, each of which every run and feature looks at: ten times its pace so far."""
    for number in count():
        await posted(port, "/v1/track", json.dumps(tracked("poison", "Counted", number=number)).encode())
        await pause(0.5)


async def loris(port: int) -> None:
    """Requests that come a byte at a time, on many connections."""

    async def one() -> None:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                for byte in b"POST /v1/track HTTP/1.1\r\nHost: poison\r\nX-Long: " + b"a" * 2_000:
                    writer.write(bytes([byte]))
                    await writer.drain()
                    await pause(0.5)
            except OSError:
                await pause(0.5)

    await asyncio.gather(*(one() for _ in range(LORISES)))


async def asking(port: int, event: str) -> None:
    """20 messages a second that come to nothing."""
    for number in count():
        user = f"poisoned-{number}"
        calls = [
            {"type": "identify", "userId": user, "traits": {"email": f"{user}@shop.example"}},
            tracked(user, event),
        ]
        await posted(port, "/v1/batch", json.dumps({"batch": calls}).encode())
        await pause(0.05)


async def giant(port: int) -> None:
    """Twice a second as large a request as is taken, in turn with one that is twice as large."""
    calls = [tracked(f"poisoned-{place}", "Counted", note="x" * 1_500) for place in range(2_400)]
    body = json.dumps({"batch": calls}).encode()
    assert len(body) < 4 * 1024 * 1024
    while True:
        await posted(port, "/v1/batch", body)
        await pause(0.5)
        await posted(port, "/v1/batch", body + body)
        await pause(0.5)


KINDS: Final[dict[str, Callable[[int], Awaitable[None]]]] = {
    "crowded user": crowded,
    "slow requests": loris,
    "hanging target": lambda port: asking(port, "Help Searched"),
    "raising template": lambda port: asking(port, "Broken Asked"),
    "giant bodies": giant,
}

if __name__ == "__main__":
    asyncio.run(KINDS[sys.argv[1]](int(sys.argv[2])))  # type: ignore[arg-type]
