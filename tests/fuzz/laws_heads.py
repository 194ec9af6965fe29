"""Raw bytes on a connection: requests in whatever pieces; answered or let go, and never a fault of ours."""

import asyncio
import logging
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import uvicorn
from uvicorn.server import ServerState

from opportune.adapters.sources.http import Ingest
from opportune.adapters.sources.http_protocol import MOST_HEAD
from opportune.adapters.sources.http_quick import QuickProtocol, protocol_with
from opportune.adapters.sources.keys import Keys
from opportune.events.wire import Read
from opportune.ports import DeadLetter, Taken
from tests.fuzz.choices import Choices

_STATUS: Final = re.compile(rb"HTTP/1\.1 (\d\d\d) ")


class _Wire(asyncio.Transport):
    """The other end of a connection: keeps what was written, and knows whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.is_closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += b"" if self.is_closed else bytes(data)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        pass

    def is_reading(self) -> bool:
        return not self.is_closed

    def close(self) -> None:
        self.is_closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 40_000) if name in ("peername", "sockname") else default

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def _take(reads: list[Read], dead: list[DeadLetter]) -> Taken:
    return Taken()


class _Faults(logging.Handler):
    """Everything that was logged as our fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


_APP: Final = Ingest(_take, keys=Keys.of_texts(write=["wk"]), now=lambda: 1_795_298_880_000)
_PROTOCOL: Final = protocol_with(_APP.told)
_FAULTS: Final = _Faults()
for _name in ("opportune.http", "uvicorn.error", "asyncio"):
    logging.getLogger(_name).addHandler(_FAULTS)
    logging.getLogger(_name).propagate = False
_LOOPS: Final[list[asyncio.AbstractEventLoop]] = []


def head(raw: bytes) -> None:
    """Bytes as they come, cut where the first two of them say; what is answered is HTTP, and none of it a 500."""
    if not _LOOPS:
        _LOOPS.append(asyncio.new_event_loop())
    _FAULTS.texts.clear()
    _LOOPS[0].run_until_complete(_spoken(raw))
    assert not _FAULTS.texts, _FAULTS.texts[0][-1_500:]


async def _spoken(raw: bytes) -> None:
    config = uvicorn.Config(_APP, lifespan="off", log_config=None, access_log=False, http=_PROTOCOL)
    config.load()
    state, wire, loop = ServerState(), _Wire(), asyncio.get_running_loop()
    protocol: QuickProtocol = _PROTOCOL(config=config, server_state=state, app_state={}, _loop=loop)
    protocol.connection_made(wire)
    sent = 0
    for part in _parts(raw):
        if wire.is_closed:
            break
        sent += len(part)
        protocol.data_received(part)
        await _settled(state)
    await _settled(state)
    is_open = not wire.is_closed
    protocol.connection_lost(None)
    await _settled(state)
    assert not state.tasks, state.tasks
    statuses = [int(each) for each in _STATUS.findall(wire.written)]
    assert not wire.written or wire.written.startswith(b"HTTP/1.1 ")
    assert all(status < 500 for status in statuses), statuses
    assert sent <= MOST_HEAD or statuses or not is_open or b"\r\n\r\n" in raw or b"\n\n" in raw


async def _settled(state: ServerState) -> None:
    for _ in range(200):
        await asyncio.sleep(0)
        if not state.tasks:
            break
    await asyncio.sleep(0)


def _parts(raw: bytes) -> Iterator[bytes]:
    cuts, rest = Choices(raw[:2]), raw[2:]
    size = cuts.one((len(rest) or 1, 1, 7, 64, 1_000))
    size = max(size, len(rest) // 200 + 1)
    for start in range(0, len(rest), size):
        yield rest[start : start + size]
