"""A record put apart by user, so that only a part of all users is in memory at a time; on disk where it is long."""

import shutil
import tempfile
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from types import TracebackType
from typing import Final, TypeAlias

from msgspec import Struct, field, msgpack

from opportune.errors import Unavailable
from opportune.events.event import Merged
from opportune.policies.decision import Decision, Ending
from opportune.wiring.auditing.facts import Fact, Told

PARTS: Final = 256
"""Into how many parts users are put: of ten million decisions some forty thousand are in memory at a time."""
HELD: Final = 128 * 1024
"""Bytes of one part that are held back before they are written."""
Kept: TypeAlias = Decision | Ending | Told
_LENGTH: Final = 4
_KINDS: Final[tuple[type[Decision] | type[Ending] | type[Fact] | type[Merged], ...]] = (
    Decision,
    Ending,
    Fact,
    Merged,
)
_encode: Final = msgpack.Encoder().encode


class Record(Struct):
    """All that is on record of one user, or of ids that were ever joined; each in the order of its commits."""

    decisions: list[Decision] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    def add(self, kept: Kept) -> None:
        """One more."""
        match kept:
            case Decision():
                self.decisions.append(kept)
            case Ending():
                self.endings.append(kept)
            case _:
                self.told.append(kept)


class Apart:
    """Takes what is on record, then hands it out user by user. Raises Unavailable where the disk does not let it."""

    def __init__(self, scratch: Path | None = None) -> None:
        self._scratch = scratch
        self._folder: Path | None = None
        self._held = [bytearray() for _ in range(PARTS)]
        self._decoders = [msgpack.Decoder(kind) for kind in _KINDS]

    def __enter__(self) -> "Apart":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def put(self, group: str, kept: Kept) -> None:
        """Adds one thing that is on record of this group of ids."""
        name = group.encode("utf-8", "surrogatepass")
        part = blake2b(name, digest_size=1).digest()[0]
        body = bytes((_KINDS.index(type(kept)),)) + _encode(kept)
        held = self._held[part]
        held += len(name).to_bytes(_LENGTH, "big") + name + len(body).to_bytes(_LENGTH, "big") + body
        if len(held) > HELD:
            self._write(part)

    def records(self, part: int) -> Iterator[Record]:
        """The groups of one part, in order of their names."""
        found: dict[bytes, Record] = {}
        for name, body in self._entries(part):
            found.setdefault(name, Record()).add(self._decoders[body[0]].decode(body[1:]))
        self._held[part] = bytearray()
        for name in sorted(found):
            yield found.pop(name)

    def _entries(self, part: int) -> Iterator[tuple[bytes, bytes]]:
        path = self._path(part)
        raw = (path.read_bytes() if path is not None and path.exists() else b"") + bytes(self._held[part])
        place = 0
        while place < len(raw):
            name, place = _piece(raw, place)
            body, place = _piece(raw, place)
            yield name, body

    def _write(self, part: int) -> None:
        try:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="opportune-audit-", dir=self._scratch))
            with (self._folder / f"{part:03}").open("ab") as file:
                file.write(self._held[part])
        except OSError as fault:
            where = self._folder or self._scratch or tempfile.gettempdir()
            raise Unavailable(f"{where}: {fault.strerror}; name a folder with room by --scratch") from None
        self._held[part].clear()

    def _path(self, part: int) -> Path | None:
        return None if self._folder is None else self._folder / f"{part:03}"


def _piece(raw: bytes, place: int) -> tuple[bytes, int]:
    begin = place + _LENGTH
    end = begin + int.from_bytes(raw[place:begin], "big")
    return raw[begin:end], end
