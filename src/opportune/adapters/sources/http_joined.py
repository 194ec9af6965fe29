"""Head and body of an answer in one packet: what is written in one turn of the loop goes out together."""

import asyncio
from collections.abc import Iterable
from typing import Any


class JoinedTransport(asyncio.Transport):
    """A transport that writes once for each turn of the loop; everything else is that of the one inside."""

    def __init__(self, inside: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self._inside = inside
        self._loop = loop
        self._parts: list[bytes | bytearray | memoryview] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Goes out at the end of this turn, in order."""
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Each in order."""
        for data in list_of_data:
            self.write(data)

    def close(self) -> None:
        """What was written still goes out."""
        self._flush()
        self._inside.close()

    def abort(self) -> None:
        """Nothing more goes out."""
        self._parts.clear()
        self._inside.abort()

    def is_closing(self) -> bool:
        """As inside."""
        return self._inside.is_closing()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """As inside."""
        return self._inside.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """As inside."""
        self._inside.pause_reading()

    def resume_reading(self) -> None:
        """As inside."""
        self._inside.resume_reading()

    def is_reading(self) -> bool:
        """As inside."""
        return self._inside.is_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """As inside."""
        self._inside.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """As inside."""
        return self._inside.get_protocol()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """As inside."""
        self._inside.set_write_buffer_limits(high, low)

    def get_write_buffer_size(self) -> int:
        """As inside, and what waits for the end of this turn."""
        return self._inside.get_write_buffer_size() + sum(map(len, self._parts))

    def _flush(self) -> None:
        if self._parts:
            self._inside.write(b"".join(self._parts))
            self._parts.clear()
