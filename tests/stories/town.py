"""The whole engine with real sockets: HTTP in, SMTP out, a file, and a clock that only the story moves.

Nothing here waits for ever: an engine that has died, or does not answer within ``PATIENCE``, fails the story.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Input
from opportune.features.traits import trait_at
from opportune.playbook.reading import playbook_from
from opportune.testing.world import instant
from opportune.units import HOUR, MINUTE, Scalar
from opportune.wiring.demo.clock import SimulatedClock, pass_by
from opportune.wiring.demo.letterbox import Letterbox, Mail, listening
from opportune.wiring.service import Engine, Settings, running
from opportune.wiring.shard import Turn
from opportune.wiring.why import Account, why

KEY = "wk_story"
PATIENCE = 60
"""Seconds after which something is wrong, whatever the machine."""
Answer = TypeVar("Answer")


class Town:
    """One running engine, and everything that its mail server has received."""

    def __init__(self, store: Path, texts: Mapping[str, str], start: str, *, key: str = KEY) -> None:
        self.mails: list[Mail] = []
        self.clock = SimulatedClock(instant(start))
        self.url = ""
        self._store = store
        self._texts = texts
        self._key = key
        self._engine: Engine | None = None
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._is_open = threading.Event()
        self._living: Future[None] = Future()
        self._logged: list[Input] = []
        self._news = threading.Condition()

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

    def logs(self, until: Callable[[Sequence[Input]], bool]) -> list[Input]:
        """All that is durable in the log since the town opened, as soon as there is enough of it."""
        with self._news:
            assert self._news.wait_for(lambda: until(self._logged), PATIENCE), "it never came into the log"
            return list(self._logged)

    def trait(self, user: str, name: str) -> Scalar:
        """What the engine knows of the user now; None if it does not."""

        async def known() -> Scalar:
            assert self._engine is not None
            shard = self._engine.host.shard
            return trait_at(shard.memory(shard.resolved(user)).profile, name, self.clock.now())

        return self._done(known())

    @contextmanager
    def open(self) -> Iterator["Town"]:
        """The town while the block runs."""
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        self._living = asyncio.run_coroutine_threadsafe(self._live(), self._loop)
        self._living.add_done_callback(lambda _: self._is_open.set())
        try:
            assert self._is_open.wait(PATIENCE), "the engine does not start"
            if self._living.done():
                self._living.result()
            yield self
        finally:
            try:
                self.ends()
            finally:
                asyncio.run_coroutine_threadsafe(_left_over(), self._loop).result(PATIENCE)
                self._loop.call_soon_threadsafe(self._loop.stop)
                thread.join(PATIENCE)
                if not thread.is_alive():
                    self._loop.close()

    def ends(self) -> None:
        """The engine stops; raises what ended it before."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._living.result(PATIENCE)

    async def _live(self) -> None:
        async with listening(Letterbox(self.mails.append)) as port:
            settings = Settings(
                store=self._store,
                port=0,
                write_keys=(self._key,),
                sender=Sender("shop@example.com", "Fjord & Fern"),
                smtp=SmtpServer("127.0.0.1", port, tls="none"),
            )
            async with running(settings, playbook_from(self._texts), self._texts, clock=self.clock) as self._engine:
                self._engine.host.watchers.append(self._hear)
                self.url = self._engine.url
                self._is_open.set()
                await self._stop.wait()

    def _hear(self, inputs: Sequence[Input], turn: Turn) -> None:
        with self._news:
            self._logged += inputs
            self._news.notify_all()

    def _done(self, work: Coroutine[None, None, Answer]) -> Answer:
        """What the work answers; raises what ended the engine if that comes first."""
        answer = asyncio.run_coroutine_threadsafe(work, self._loop)
        wait([answer, self._living], PATIENCE, FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()
            if not self._living.done():
                raise AssertionError("the engine does not come to rest")
            self._living.result()
            raise AssertionError("the engine has ended")
        return answer.result()


async def _left_over() -> None:
    """Calls off whatever a story began and did not await."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
