"""The whole engine with real sockets: HTTP in, SMTP out, a file, and a clock that only the story moves."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.stores.reading import SqliteHistory
from opportune.playbook.reading import playbook_from
from opportune.testing.world import instant
from opportune.units import HOUR, MINUTE
from opportune.wiring.demo.clock import SimulatedClock, pass_by
from opportune.wiring.demo.letterbox import Letterbox, Mail, listening
from opportune.wiring.service import Engine, Settings, running
from opportune.wiring.why import Account, why

KEY = "wk_story"
Answer = TypeVar("Answer")


class Town:
    """One running engine, and everything that its mail server has received."""

    def __init__(self, store: Path, texts: Mapping[str, str], start: str) -> None:
        self.mails: list[Mail] = []
        self.clock = SimulatedClock(instant(start))
        self.url = ""
        self._store = store
        self._texts = texts
        self._engine: Engine | None = None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._is_open = threading.Event()

    def passes(self, *, hours: float = 0, minutes: float = 0) -> None:
        """Time passes, and the engine does everything that falls due meanwhile."""
        assert self._engine is not None
        self._done(pass_by(self._engine, self.clock, round(hours * HOUR + minutes * MINUTE)))

    def why(self, user: str, message: str) -> Account:
        """What ``opportune why`` would say, read while the engine runs."""
        history = SqliteHistory(self._store)
        try:
            return why(history, user, message)
        finally:
            history.close()

    @contextmanager
    def open(self) -> Iterator["Town"]:
        """The town while the block runs."""
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        living = asyncio.run_coroutine_threadsafe(self._live(), self._loop)
        living.add_done_callback(lambda _: self._is_open.set())
        self._is_open.wait()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._stop.set)
            try:
                living.result()
            finally:
                self._loop.call_soon_threadsafe(self._loop.stop)
                thread.join()
                self._loop.close()

    async def _live(self) -> None:
        async with listening(Letterbox(self.mails.append)) as port:
            settings = Settings(
                store=self._store,
                port=0,
                write_keys=(KEY,),
                sender=Sender("shop@example.com", "Fjord & Fern"),
                smtp=SmtpServer("127.0.0.1", port, tls="none"),
            )
            async with running(settings, playbook_from(self._texts), self._texts, clock=self.clock) as self._engine:
                self.url = self._engine.url
                self._is_open.set()
                await self._stop.wait()

    def _done(self, work: Coroutine[None, None, Answer]) -> Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
