"""One life of a small engine: commits an attempt, sends it over SMTP, logs the receipt; may die on the way.

Usage: sending_child.py FILE PORT POINT, with POINT one of committed, at_the_door, data_sent, answered, logged, none.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from msgspec.structs import replace

from opportune.adapters.channels.email import SmtpEmail
from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.clock import SystemClock
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.messages.template import Rendered
from opportune.ports import Batch, Commits, Delivery
from opportune.sending.receipt import Receipt
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.lane import Lane
from tests.contracts.made import attempt, event


class Mortal(SmtpEmail):
    """Dies before or after the mark, or after the server's answer."""

    point = "none"

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        async def mark() -> bool:
            die_at("at_the_door", self.point)
            may = await commits()
            die_at("data_sent", self.point)
            return may

        receipt = await super().send(rendered, delivery, commits=mark)
        die_at("accepted", self.point)
        return receipt


def die_at(here: str, point: str) -> None:
    if here == point:
        os.kill(os.getpid(), signal.SIGKILL)


async def live(path: Path, port: int, point: str) -> None:
    clock = SystemClock()
    store = SqliteStore(path)
    channel = Mortal(SmtpServer("127.0.0.1", port, tls="none"), Sender("shop@shop.example"))
    channel.point = point
    reported: list[Event] = []

    def report(receipt: Event) -> None:
        die_at("answered", point)
        reported.append(receipt)

    dispatcher = Dispatcher(
        store, {"email": Lane(channel)}, render=lambda _: Rendered("s", "t", ""), report=report, clock=clock
    )
    await dispatcher.recover()
    if store.last_seq() == 0:
        claims = await store.commit(Batch(inputs=(event(1),), calls=(attempt("d1", at=clock.now()),)))
        die_at("committed", point)
        dispatcher.take(claims)
    running = asyncio.create_task(dispatcher.run())
    await dispatcher.settled()
    await dispatcher.stop()
    await running
    for receipt in reported:
        if store.admit(receipt):
            await store.commit(Batch(inputs=(replace(receipt, seq=store.last_seq() + 1),)))
    die_at("logged", point)
    await channel.close()
    store.close()


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
