"""Plays shop and news desk through the real engine: real HTTP, one real file, a real mail server; only the clock is
simulated.

What happens in one simulated minute is done together: all events in one batch, then everything else, each user's deeds
in their order. Nothing goes on before the engine has come to rest, so the same seed gives the same decisions.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Final

from msgspec import Struct

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.reachable import reachable
from opportune.adapters.signatures import Secrets
from opportune.adapters.sources.trail import USUAL
from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Input
from opportune.playbook.reading import playbook_from
from opportune.units import DAY, HOUR, SECOND, Instant
from opportune.wiring.demo.books import Books, Figures, Report
from opportune.wiring.demo.cast import cast_of
from opportune.wiring.demo.client import Client
from opportune.wiring.demo.clock import SimulatedClock, pass_until
from opportune.wiring.demo.desk import Desk
from opportune.wiring.demo.letterbox import Letterbox, listening
from opportune.wiring.demo.mailbox import Mailboxes
from opportune.wiring.demo.playbook_texts import demo_texts
from opportune.wiring.demo.provider import Provider, providing
from opportune.wiring.demo.shop import Shop
from opportune.wiring.demo.stage import Stage
from opportune.wiring.pace import Pace
from opportune.wiring.replay import beginning, replay
from opportune.wiring.service import Settings, running
from opportune.wiring.shard import Turn

START: Final[Instant] = 1_780_617_600_000
"""2026-06-05T00:00Z, a Friday."""
MOST_MEASURED: Final = 25_000
"""Entries of the log that are decided once more, one by one, to see how long a decision takes."""
DAYS: Final = 3
USERS: Final = 2_000
WRITE_KEY: Final = "demo-write"
ADMIN_KEY: Final = "demo-admin"
PACE: Final = Pace(per_second=1_000, burst=2_000, workers=8)
SECRET: Final = "whsec_" + "b3Bwb3J0dW5lLWRlbW8t" * 2


class Play(Struct, frozen=True, kw_only=True):
    """What is played, and how fast."""

    days: int | None = DAYS
    """Simulated; None: until it is stopped."""
    users: int = USERS
    seed: int = 1
    hours_a_second: float | None = None
    """At most so many simulated hours in a real second; None: as fast as the engine is."""


Watcher = Callable[[Sequence[Input], Turn], None]
Raised = Callable[[Stage, Books], None]


def _unseen(stage: Stage, books: Books) -> None:
    """Nobody looks at the stage."""


async def play(what: Play, store: Path, *, watch: Watcher, stop: asyncio.Event, raised: Raised = _unseen) -> Report:
    """Plays until the days are over and nothing is pending, or until ``stop`` is set; ``watch`` sees every batch.

    ``raised`` is shown the stage and the books before anything happens.
    """
    books, begun = Books(), perf_counter()
    async with _stage(what, store) as stage:
        stage.engine.host.watchers += [books.watch, watch]
        raised(stage, books)
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
        held=books.by_code(),
        mails_received=stage.letterbox.count,
        decide_p99_ms=p99,
        seconds=seconds,
    )
    return Report(
        figures=figures,
        by_channel=books.by_channel(),
        unknown=books.unknown.total(),
        pending=len(books.pending),
        differences=differences,
        days=what.days if what.days is not None and not stop.is_set() else -(-played // DAY),
        seed=what.seed,
        by_journey=books.by_journey(),
        returns=dict(books.returns) | {"visitors who turned out to be known": books.merges},
        pushes=len(stage.provider.taken),
        examples={user: about for about, user in books.told_of.items()},
    )


def p99_to_decide(history: SqliteHistory) -> float:
    """Milliseconds of engine time for one decision of the log's beginning, 99th percentile; 0 if there is none."""
    shard, spans = beginning(history), list[float]()
    for entry in islice(history.log(), MOST_MEASURED):
        begun = perf_counter()
        turn = shard.feed([entry])
        span = perf_counter() - begun
        spans += [span / len(turn.decisions) for _ in turn.decisions]
    return round(1_000 * sorted(spans)[len(spans) * 99 // 100], 3) if spans else 0.0


@asynccontextmanager
async def _stage(what: Play, store: Path) -> AsyncIterator[Stage]:
    clock, texts, secrets = SimulatedClock(START), demo_texts(), Secrets([SECRET])
    cast = cast_of(what.seed, what.users)
    mailboxes = Mailboxes(what.seed, cast)
    letterbox = Letterbox(lambda mail: stage.plan(mailboxes.after(mail, clock.now())), mailboxes.refusal)
    provider = Provider(
        secrets, clock.now, lambda push: stage.plan(mailboxes.after_push(push.user, push.decision, clock.now()))
    )
    async with AsyncExitStack() as stack:
        mail_port = await stack.enter_async_context(listening(letterbox))
        push_port = await stack.enter_async_context(providing(provider))
        settings = Settings(
            store=store,
            port=0,
            write_keys=(WRITE_KEY,),
            admin_keys=(ADMIN_KEY,),
            sender=Sender("post@example.com", "Fjord & Fern and The Harbour Post"),
            smtp=SmtpServer("127.0.0.1", mail_port, tls="none"),
            paces=dict.fromkeys(("email", "push", "in_app"), PACE),
            tracking=USUAL,
            webhooks={"push": f"http://127.0.0.1:{push_port}/push"},
            webhook_secrets=secrets,
            hook_secrets=secrets,
            reachable=reachable([f"127.0.0.1:{push_port}"]),
        )
        engine = await stack.enter_async_context(running(settings, playbook_from(texts), texts, clock=clock))
        client = Client(engine.url, write_key=WRITE_KEY, admin_key=ADMIN_KEY, secrets=secrets)
        stage = Stage(engine, clock, client, mailboxes)
        stage.letterbox, stage.provider = letterbox, provider
        stage.shop = Shop(what.seed, cast, first_day=START // DAY)
        stage.desk = Desk(what.seed, cast)
        try:
            yield stage
        finally:
            stage.close()


async def _days(what: Play, stage: Stage, stop: asyncio.Event) -> None:
    """Day after day; a day of the users' own calendars begins up to 14 hours before it does in UTC."""
    begun, day = perf_counter(), START // DAY
    await stage.send(sorted(stage.shop.sign_ups(START)))
    stage.plan(stage.shop.day(day))
    end = None if what.days is None else START + what.days * DAY
    while not stop.is_set() and (end is None or stage.clock.now() < end):
        stage.plan(stage.desk.day(day))
        day += 1
        stage.plan(stage.shop.day(day))
        upto = day * DAY - 15 * HOUR if end is None else min(day * DAY - 15 * HOUR, end)
        while stage.agenda and stage.agenda[0].at < upto and not stop.is_set():
            await _paced(what, begun, stage.agenda[0].at, stop)
            await stage.act()
        if not stop.is_set():
            await pass_until(stage.engine, stage.clock, upto)


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
