"""The one way by which we call HTTP servers: only to addresses that may be called, never for long, never for much.

A name is resolved once for each connection, what it resolves to is checked, and the connection goes to that very
address; so a name that changes its mind in between gains nothing. There are no redirects: a target is what was checked.
"""

import asyncio
import re
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from msgspec import Struct

from opportune.adapters.exchange import Answer, Header, Line
from opportune.adapters.reachable import Address, Reachable, address_of
from opportune.errors import Rejected, Retryable
from opportune.ports import Commits
from opportune.sending.receipt import Receipt
from opportune.units import SECOND, Millis

PATIENCE: Final[Millis] = 10 * SECOND
"""How long one exchange may take, from the first look at the name to the end of the answer."""
CONNECTING: Final[Millis] = 4 * SECOND
"""How long one address may take to connect, before the next one of the name is tried."""
RESTING: Final[Millis] = 4 * SECOND
"""How long a connection is kept for the next call; many servers hang up after 5 s."""
_MOST_ADDRESSES: Final = 4
_MOST_URL: Final = 2_048
_PLACE: Final = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::[0-9]*)?", re.ASCII)
"""A name or an address and a port, with nothing that another reader may take for something else."""

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, best first; raises OSError if it has none."""


class Target(Struct, frozen=True):
    """Where a call goes; make one with ``target_of``."""

    scheme: str
    host: str
    port: int
    path: str
    """Path and query, as they are sent."""

    @property
    def place(self) -> str:
        """Host and port as they stand in a URL, the port only if it is not the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """The target that this URL names.

    Raises ValueError unless it is http or https, plain ASCII without blanks, and holds neither a user nor a fragment.
    """
    is_plain = url.isascii() and url.isprintable() and " " not in url and "\\" not in url and len(url) <= _MOST_URL
    if not is_plain or not url.lower().startswith(("https://", "http://")):
        raise ValueError(f"a target is an https:// or http:// url of plain ASCII, not {url[:80]!r}")
    parts = urlsplit(url)
    if "@" in parts.netloc or "#" in url:
        raise ValueError(f"a target's url holds neither a user nor a fragment; {parts.scheme}://{parts.hostname} does")
    host, port = parts.hostname, parts.port  # raises ValueError for a port that is none
    if not host or port == 0 or _PLACE.fullmatch(parts.netloc) is None:
        raise ValueError(f"a target names a host, and a port from 1 to 65535, unlike {url[:80]!r}")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or {"http": 80, "https": 443}[parts.scheme], path)


async def resolve(host: str, port: int) -> list[str]:
    """The addresses that the machine knows of this name; raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for _, _, _, _, place in found]


class Outbound:
    """Calls targets, and keeps a few connections to each for the next call.

    ``tls``: whom to believe; left out, whom the machine believes, with names checked.
    """

    def __init__(
        self,
        permitted: Reachable | None = None,
        *,
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
        most_connections: int = 8,
        patience: Millis = PATIENCE,
    ) -> None:
        self._permitted = permitted or Reachable()
        self._resolve = resolve
        self._tls = tls
        self._most = most_connections
        self._patience = patience / SECOND
        self._places: dict[tuple[str, str, int], asyncio.Semaphore] = {}
        self._resting: dict[tuple[str, str, int], list[Line]] = {}
        self._looking: dict[tuple[str, int], asyncio.Future[Sequence[str]]] = {}

    async def post(
        self, target: Target, headers: Sequence[Header], body: bytes, *, commits: Commits
    ) -> Answer | Receipt:
        """Posts the body, which is not empty, once.

        Returns what the server said; or ``lapsed`` if ``commits`` said no; or ``unknown`` if the server has got the
        whole request and gave no answer. Raises ``Retryable`` if it has not got it, and ``Rejected`` with code
        ``address_refused`` if its name leads nowhere that may be called.
        """
        place = (target.scheme, target.host, target.port)
        head = [(b"host", target.place.encode()), (b"content-length", str(len(body)).encode()), *headers]
        async with self._places.setdefault(place, asyncio.Semaphore(self._most)):
            deadline = asyncio.get_running_loop().time() + self._patience
            line = await self._line(place, deadline)
            may_rest = False
            try:
                await _asked(line, target.path, (head, body), deadline)
                found = await _answered(line, body[-1:], deadline, commits)
                may_rest = isinstance(found, Answer) and line.may_rest()
            finally:
                if may_rest:
                    line.rest()
                    self._resting.setdefault(place, []).append(line)
                else:
                    line.close()
        return found

    async def close(self) -> None:
        """Hangs up everywhere."""
        for looking in list(self._looking.values()):
            looking.cancel()
        while self._resting:
            _, lines = self._resting.popitem()
            for line in lines:
                line.close()

    async def _line(self, place: tuple[str, str, int], deadline: float) -> Line:
        """A connection that rests, or a new one."""
        resting = self._resting.get(place, [])
        while resting:
            line = resting.pop()
            if await line.wake(RESTING):
                return line
            line.close()
        _, host, port = place
        try:
            async with asyncio.timeout_at(deadline):
                return await self._connected_to_any(place)
        except OSError as refusal:
            raise Retryable(f"{host}:{port}: {refusal}", code="unreachable", is_outage=True) from refusal

    async def _connected_to_any(self, place: tuple[str, str, int]) -> Line:
        """A new connection to the first of the name's addresses that takes one; raises OSError of the last."""
        scheme, host, port = place
        fault = OSError("it has no address")
        for address in await self._addresses(host, port):
            try:
                async with asyncio.timeout(CONNECTING / SECOND):
                    return await self._connected(address, scheme, host, port)
            except OSError as refusal:
                fault = refusal
        raise fault

    async def _connected(self, address: Address, scheme: str, host: str, port: int) -> Line:
        """A new connection to this very address, with TLS for the name."""
        if scheme == "http":
            return Line(*await asyncio.open_connection(str(address), port))
        self._tls = self._tls or ssl.create_default_context()
        return Line(*await asyncio.open_connection(str(address), port, ssl=self._tls, server_hostname=host))

    async def _addresses(self, host: str, port: int) -> list[Address]:
        """What the host's name leads to and may be called; raises Rejected if nothing of it may, OSError if nothing."""
        literal = address_of(host)
        found = [literal] if literal else list(map(address_of, await self._looked_up(host, port)))
        permitted = [each for each in found if each is not None and self._permitted.permits(each, host, port)]
        if not permitted:
            raise Rejected(f"{host}:{port} is no public address; allow it if it is yours", code="address_refused")
        return permitted[:_MOST_ADDRESSES]

    async def _looked_up(self, host: str, port: int) -> Sequence[str]:
        """One look at a name at a time, whoever waits for it: a name that is never resolved holds up one thread."""
        place = (host, port)
        looking = self._looking.get(place)
        if looking is None:
            looking = self._looking[place] = asyncio.ensure_future(self._resolve(host, port))
            looking.add_done_callback(partial(self._looked, place))
        return await asyncio.shield(looking)

    def _looked(self, place: tuple[str, int], done: "asyncio.Future[Sequence[str]]") -> None:
        """Whoever waited has seen how it ended; if nobody did any more, that is no fault."""
        del self._looking[place]
        if not done.cancelled():
            done.exception()


async def _asked(line: Line, path: str, said: tuple[Sequence[Header], bytes], deadline: float) -> None:
    """All but the last byte is sent, which commits nobody; raises Retryable."""
    try:
        async with asyncio.timeout_at(deadline):
            await line.ask(path, *said)
    except OSError as fault:
        raise Retryable("the connection was lost", code="connection_lost") from fault


async def _answered(line: Line, last: bytes, deadline: float, commits: Commits) -> Answer | Receipt:
    """The last byte is sent, if it still may be; the time that ``commits`` takes is not the server's."""
    clock = asyncio.get_running_loop().time
    left = deadline - clock()
    if not await commits():
        return Receipt("lapsed", "withdrawn")
    if line.is_lost:
        raise Retryable("the connection was lost", code="connection_lost")
    return await line.answer(last, clock() + left) or Receipt("unknown", "no_answer")
