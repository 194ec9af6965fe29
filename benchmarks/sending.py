"""Mails a second, from attempts that are claimed to receipts in the log, over SMTP to a server that takes all."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from msgspec.structs import replace

from benchmarks.figure import Figure, Size, figure_of
from opportune.adapters.channels.email import SmtpEmail
from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.messages.template import Rendered, Template, render
from opportune.ports import Batch, Store
from opportune.sending.attempt import Attempt
from opportune.sending.rate_limit import RateLimit
from opportune.units import HOUR
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.lane import Lane

WORKERS = 32
CONDITIONS = (
    f"one lane of {WORKERS} workers, no rate limit to speak of; SQLite outbox, 3 durable steps for each mail (claimed, "
    "data sent, answered) and its receipt in the log; Liquid text and HTML of 4 KB; our own raw SMTP sink, no TLS"
)
WORDS = "Your cart is still here, and so are we; what is in it has become rare. "
TEMPLATE = Template(
    text=f"Hello {{{{ first_name }}}},\n\n{WORDS * 12}\nTogether: {{{{ value }}}} EUR.\n{{{{ unsubscribe_url }}}}",
    subject="{{ first_name }}, your cart — still here",
    html="<p>Hello {{ first_name }},</p>\n"
    + f'<p style="margin: 0 0 12px">{WORDS}</p>\n' * 35
    + '<p>Together: {{ value }} EUR</p><a href="{{ unsubscribe_url }}">Never again</a>',
)


def measured(size: Size) -> Iterator[Figure]:
    """Mails a second on the long run."""
    mails = max(20, size.events // 10)
    samples = [mails / asyncio.run(_seconds(mails)) for _ in range(size.repeats)]
    yield figure_of("smtp.mails_per_second", samples, unit="mails/s", conditions=CONDITIONS)


async def _seconds(mails: int) -> float:
    """How long it takes until so many are sent and their receipts durable in the log."""
    with TemporaryDirectory() as folder, _sink() as sink:
        assert sink.stdout is not None and sink.stdin is not None
        port = int(sink.stdout.readline())
        store, clock = SqliteStore(Path(folder) / "mails.db"), SystemClock()
        channel = SmtpEmail(SmtpServer("127.0.0.1", port, tls="none"), Sender("shop@shop.example", "The Shop"))
        lane = Lane(channel, workers=WORKERS, limit=RateLimit(100_000, 10_000))
        log = Log(store)
        dispatcher = Dispatcher(store, {"email": lane}, render=_render, report=log.report, clock=clock)
        running = asyncio.create_task(dispatcher.run())
        start = perf_counter()
        now = clock.now()
        for first in range(0, mails, 500):
            attempts = tuple(_attempt(number, now) for number in range(first, min(first + 500, mails)))
            dispatcher.take(await store.commit(Batch(calls=attempts)))
        await dispatcher.settled()
        await log.kept()
        seconds = perf_counter() - start
        await dispatcher.stop()
        await running
        store.close()
        sink.stdin.close()
        assert int(sink.stdout.readline()) == mails
    return seconds


class Log:
    """Puts receipts into the log in groups, as a host does, while the next ones come."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[Event] = []
        self._keeping: asyncio.Task[None] | None = None
        self._seq = store.last_seq()

    def report(self, event: Event) -> None:
        self._waiting.append(event)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())

    async def kept(self) -> None:
        if self._keeping is not None:
            await self._keeping

    async def _keep(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            numbered = [replace(event, seq=self._seq + place) for place, event in enumerate(taken, start=1)]
            self._seq += len(taken)
            await self._store.commit(Batch(inputs=tuple(numbered)))


def _attempt(number: int, now: int) -> Attempt:
    return Attempt(
        decision=f"{number:032x}",
        user=f"user-{number}",
        message="cart_reminder",
        variant="default",
        channel="email",
        topic="cart",
        address=f"user{number}@example.com",
        at=now,
        expires=now + HOUR,
        playbook="p",
        values={"first_name": "Änn", "value": 80 + number % 7},
        deadline=now + HOUR,
    )


def _render(attempt: Attempt) -> Rendered:
    values = attempt.values | {"unsubscribe_url": f"https://shop.example/u/{attempt.decision}"}
    return render(TEMPLATE, values, attempt.at)


def _sink() -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.mail_sink"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


if __name__ == "__main__":
    for figure in measured(Size(repeats=3)):
        print(figure)
