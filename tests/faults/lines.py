"""Connections that are kept and used again, as clients keep them: as many as there are requests under way."""

import asyncio


class Lines:
    """All to one port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._resting: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, path: str, body: bytes, *, key: str = "wk") -> int:
        """The status; 0 if a new connection broke without an answer.

        One that has rested may have been closed meanwhile: then the same is sent once more, on another.
        """
        head = f"POST {path} HTTP/1.1\r\nHost: town\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json"
        request = f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        while self._resting:
            reader, writer = self._resting.pop()
            if status := await self._asked(reader, writer, request):
                return status
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return 0
        return await self._asked(reader, writer, request)

    def close(self) -> None:
        """Hangs up."""
        while self._resting:
            self._resting.pop()[1].close()

    async def _asked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
        try:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = next(line for line in head.splitlines() if line.startswith("content-length:"))
            await reader.readexactly(int(length.partition(":")[2]))
        except (OSError, EOFError):
            writer.close()
            return 0
        if "connection: close" in head:
            writer.close()
        else:
            self._resting.append((reader, writer))
        return int(head.split()[1])
