"""Plays the shop through the real engine: real HTTP, one real file, a real mail server; only the clock is simulated."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from heapq import heappop, heappush
from pathlib import Path
from time import perf_counter
from typing import Final

from msgspec import Struct

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Input
from opportune.playbook.reading import playbook_from
from opportune.units import DAY, HOUR, SECOND, Instant
from opportune.wiring.demo.books import Books, Figures, Report
from opportune.wiring.demo.client import Client
from opportune.wiring.demo.clock import SimulatedClock, pass_until
from opportune.wiring.demo.letterbox import Letterbox, Mail, listening
from opportune.wiring.demo.shop import Deed, Shop
from opportune.wiring.replay import beginning, replay
from opportune.wiring.sample import sample_texts
from opportune.wiring.service import Engine, Settings, running
from opportune.wiring.shard import Turn

START: Final[Instant] = 1_780_272_000_000
"""2026-06-01T00:00Z, a Monday."""
_KEY: Final = "demo"


class Play(Struct, frozen=True, kw_only=True):
    """What is played, and how fast."""

    days: int | None = 10
    """Simulated; None: until it is stopped."""
    users: int = 200
    seed: int = 1
    hours_a_second: float | None = None
    """At most so many simulated hours in a real second; None: as fast as the engine is."""


@dataclass
class Stage:
    """Everything that takes part while a play runs."""

    engine: Engine
    clock: SimulatedClock
    client: Client
    shop: Shop
    agenda: list[Deed] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)

    def plan(self, deeds: Iterable[Deed]) -> None:
        """What is to come; deeds of the past are left out."""
        for deed in deeds:
            if deed.at >= self.clock.now():
                heappush(self.agenda, deed)


Watcher = Callable[[Sequence[Input], Turn], None]


async def play(what: Play, store: Path, *, watch: Watcher, stop: asyncio.Event) -> Report:
    """Plays until the days are over and nothing is pending, or until ``stop`` is set; ``watch`` sees every batch."""
    books, begun = Books(), perf_counter()
    async with _stage(what, store) as (stage, letterbox):
        stage.engine.host.watchers += [books.watch, watch]
        await _days(what, stage, stop)
        while books.pending and not stop.is_set():
            await _next_wake(stage)
        played = stage.clock.now() - START
    seconds = round(perf_counter() - begun, 1)
    history = SqliteHistory(store)
    try:
        differences, p99 = len(replay(history).differences), p99_to_decide(history)
    finally:
        history.close()
    figures = Figures(
        events=books.events,
        users=what.users,
        decisions=books.decisions,
        sent=books.sent.total(),
        held=dict(sorted(books.held.items())),
        mails_received=letterbox.count,
        decide_p99_ms=p99,
        seconds=seconds,
    )
    days = what.days if what.days is not None and not stop.is_set() else -(-played // DAY)
    return Report(
        figures, dict(sorted(books.sent.items())), books.unknown, len(books.pending), differences, days, what.seed
    )


def p99_to_decide(history: SqliteHistory) -> float:
    """Milliseconds of engine time for one decision, 99th percentile; 0 if there is none."""
    shard, spans = beginning(history), list[float]()
    for entry in history.log():
        begun = perf_counter()
        turn = shard.feed([entry])
        span = perf_counter() - begun
        spans += [span / len(turn.decisions) for _ in turn.decisions]
    return round(1_000 * sorted(spans)[len(spans) * 99 // 100], 3) if spans else 0.0


@asynccontextmanager
async def _stage(what: Play, store: Path) -> AsyncIterator[tuple[Stage, Letterbox]]:
    clock, texts = SimulatedClock(START), sample_texts()
    shop = Shop(what.seed, what.users, first_day=START // DAY)
    letterbox = Letterbox(lambda mail: _receive(stage, mail))
    async with listening(letterbox) as port:
        settings = Settings(
            store=store,
            port=0,
            write_keys=(_KEY,),
            sender=Sender("shop@example.com", "Fjord & Fern"),
            smtp=SmtpServer("127.0.0.1", port, tls="none"),
        )
        async with running(settings, playbook_from(texts), texts, clock=clock) as engine:
            stage = Stage(engine, clock, Client(engine.url, _KEY), shop)
            try:
                yield stage, letterbox
            finally:
                stage.client.close()


def _receive(stage: Stage, mail: Mail) -> None:
    stage.plan(stage.shop.after(mail, stage.clock.now()))


async def _days(what: Play, stage: Stage, stop: asyncio.Event) -> None:
    """Day after day; a day of the users' own calendars begins up to 14 hours before it does in UTC."""
    begun = perf_counter()
    stage.plan(stage.shop.sign_ups(START))
    stage.plan(stage.shop.day(START // DAY))
    day = START // DAY
    end = None if what.days is None else START + what.days * DAY
    while not stop.is_set() and (end is None or stage.clock.now() < end):
        day += 1
        stage.plan(stage.shop.day(day))
        upto = day * DAY - 15 * HOUR if end is None else min(day * DAY - 15 * HOUR, end)
        while stage.agenda and stage.agenda[0].at < upto and not stop.is_set():
            await _paced(what, begun, stage.agenda[0].at, stop)
            await _do(stage)
        if not stop.is_set():
            await pass_until(stage.engine, stage.clock, upto)


async def _do(stage: Stage) -> None:
    """The next instant at which anybody does something."""
    at = stage.agenda[0].at
    await pass_until(stage.engine, stage.clock, at)
    deeds = []
    while stage.agenda and stage.agenda[0].at == at:
        deeds.append(heappop(stage.agenda))
    pressed = [each for each in deeds if each.name == "press"]
    calls = [call for each in deeds if each.name != "press" for call in _calls(stage, each)]
    if calls:
        await stage.client.send(calls, at)
    for each in pressed:
        await stage.client.press(each.body.decode())
    await pass_until(stage.engine, stage.clock, at)


def _calls(stage: Stage, deed: Deed) -> list[dict[str, object]]:
    """The deed, and what the page shows of the user's inbox when it is opened."""
    found = [deed.call()]
    if deed.name == "Page Viewed":
        for item in stage.engine.host.store.inbox(deed.user):
            if item.key not in stage.shown:
                stage.shown.add(item.key)
                body = b'{"decision":"%s"}' % item.key.encode()
                found.append(Deed(deed.at, f"{item.key}-shown", deed.user, "In-App Shown", body).call())
    return found


async def _next_wake(stage: Stage) -> None:
    """On to the next instant at which the engine has something to do; nobody does anything any more."""
    wake = stage.engine.host.shard.wheel.first()
    at = stage.clock.now() + SECOND if wake is None else max(wake, stage.clock.now())
    await pass_until(stage.engine, stage.clock, at)


async def _paced(what: Play, begun: float, at: Instant, stop: asyncio.Event) -> None:
    """Waits, in real time, if the play is ahead of the speed that was asked for."""
    if what.hours_a_second is None:
        return
    ahead = (at - START) / HOUR / what.hours_a_second - (perf_counter() - begun)
    if ahead > 0:
        try:
            await asyncio.wait_for(stop.wait(), ahead)
        except TimeoutError:
            return
