"""Where publications are asked for: of a running engine, or of its file while none runs."""

import asyncio
import os
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Final, TypeVar
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

from msgspec import DecodeError, json

from opportune.adapters.clock import SystemClock
from opportune.adapters.sources.json_answer import Refused
from opportune.adapters.sources.publications import JOURNEYS, PATH, Acts
from opportune.adapters.stores.schema import own
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import EventError, PlaybookError, Unavailable
from opportune.playbook.definition import CHANNELS
from opportune.units import ONE
from opportune.wiring.cli.store import there
from opportune.wiring.embedded import Host
from opportune.wiring.installed import installed
from opportune.wiring.publication_acts import PublicationAnswer, PublicationList, acts_of
from opportune.wiring.publications import Publications
from opportune.wiring.publisher import Publisher
from opportune.wiring.restoring import restored

NEAR: Final = "http://127.0.0.1:8080"
"""The engine that is asked if one has the file and nobody says where it listens."""
LONGEST: Final = 3_600
"""Seconds that a publication may take: the log is folded before it where it asks for something anew."""
Answer = TypeVar("Answer", PublicationAnswer, PublicationList)


def add_place(parser: ArgumentParser) -> None:
    """Which engine, or file."""
    parser.add_argument("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    parser.add_argument("--url", metavar="URL", help=f"the running engine; {NEAR} if one has the file")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


class Place:
    """A running engine, or a file that no engine has. Raises PlaybookError, or Unavailable with what was answered."""

    def __init__(self, options: Namespace) -> None:
        self._path: Path = options.store
        self.url: str | None = options.url or (NEAR if _is_taken(options.store) else None)

    def listed(self) -> PublicationList:
        """All publications, newest first."""
        if self.url is not None:
            return self._asked("GET", PATH, None, PublicationList)

        async def ask(acts: Acts) -> object:
            return PublicationList(acts.listed())  # type: ignore[arg-type]

        return _as(PublicationList, self._here(ask))

    def publish(self, files: Mapping[str, str], share: int, *, is_dry: bool) -> PublicationAnswer:
        """These files for such a share of the users, or only what that would change."""
        if self.url is None:
            return _as(PublicationAnswer, self._here(lambda acts: acts.publish(files, share, is_dry)))
        return self._asked("POST", PATH, {"files": files, "share": share / ONE, "dryRun": is_dry}, PublicationAnswer)

    def roll_back(self, playbook: str, *, is_dry: bool) -> PublicationAnswer:
        """Back to the playbook with this hash, or to the one before."""
        if self.url is None:
            return _as(PublicationAnswer, self._here(lambda acts: acts.roll_back(playbook, is_dry)))
        return self._asked("POST", f"{PATH}/rollback", {"playbook": playbook, "dryRun": is_dry}, PublicationAnswer)

    def turn(self, journey: str, *, is_on: bool) -> PublicationAnswer:
        """Resumes the journey, or pauses it."""
        if self.url is None:
            return _as(PublicationAnswer, self._here(lambda acts: (acts.resume if is_on else acts.pause)(journey)))
        way = f"{JOURNEYS}{quote(journey, safe='')}/{'resume' if is_on else 'pause'}"
        return self._asked("POST", way, {}, PublicationAnswer)

    def _here(self, ask: Callable[[Acts], Awaitable[object]]) -> object:
        async def done() -> object:
            async with _opened(self._path) as acts:
                return await ask(acts)

        there(self._path)
        try:
            return asyncio.run(done())
        except EventError as refusal:
            raise _told(refusal.code, str(refusal)) from None

    def _asked(self, method: str, path: str, body: object, kind: type[Answer]) -> Answer:
        key = os.environ.get("OPPORTUNE_ADMIN_KEY")
        stated = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        try:
            request = Request(
                f"{self.url}".rstrip("/") + path,
                None if body is None else json.encode(body),
                stated,
                method=method,
            )
            with urlopen(request, timeout=LONGEST) as answer:
                return json.decode(answer.read(), type=kind)
        except HTTPError as refusal:
            with refusal:
                raise self._refused(refusal) from None
        except (URLError, HTTPException, OSError, ValueError, DecodeError) as fault:
            raise Unavailable(f"{self.url}: cannot be asked ({fault}); --url names a running engine") from fault

    def _refused(self, refusal: HTTPError) -> Exception:
        remedy = "; OPPORTUNE_ADMIN_KEY must be an admin key of it" if refusal.code in (401, 403) else ""
        try:
            said = json.decode(refusal.read(), type=Refused)
        except (DecodeError, ValueError):
            return Unavailable(f"{self.url}: answered {refusal.code} {refusal.reason}{remedy}")
        return _told(said.code, f"{said.message}{remedy}")


def _told(code: str, reason: str) -> Exception:
    return PlaybookError(reason) if code == "bad_playbook" else Unavailable(reason)


def _as(kind: type[Answer], found: object) -> Answer:
    assert isinstance(found, kind)
    return found


def _is_taken(path: Path) -> bool:
    """Whether a process has the file."""
    if not path.is_file():
        return False
    try:
        own(path).close()
    except Unavailable:
        return True
    return False


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[Acts]:
    """The file, while nobody else has it."""
    store = SqliteStore(path)
    try:
        if store.held is not None or store.is_unsettled:
            raise Unavailable(f"{path}: may be a copy; 'opportune run' on it settles that first")
        publications = Publications(store, policies=installed())
        host = Host(store, restored(store, publications), clock=SystemClock(), claimed=lambda claims: None)
        work = asyncio.create_task(host.run())
        try:
            yield acts_of(Publisher(host, publications, path, channels=lambda: CHANNELS))
        finally:
            host.stop()
            await work
    finally:
        store.close()
