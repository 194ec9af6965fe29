"""Sleepers wake when the clock says so, in their order, and never before."""

import asyncio
import socket
from pathlib import Path

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.units import SECOND
from opportune.wiring.demo.clock import SimulatedClock, pass_by
from opportune.wiring.service import Settings, running

WELCOME = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/welcome.yaml": "journey: welcome\nenter: {on: Identified}\nsteps:\n  - send: welcome\n",
    "messages/welcome.yaml": "message: welcome\ntopic: news\nchannels: [email]\n",
    "messages/welcome.liquid": "subject: Welcome\n---\nHello. {{ unsubscribe_url }}\n",
}


async def sleepers(moves: list[int]) -> list[str]:
    clock, woken = SimulatedClock(100), list[str]()

    async def sleep(name: str, span: int) -> None:
        await clock.pause(span)
        woken.append(f"{name} at {clock.now()}")

    tasks = [asyncio.create_task(sleep(name, span)) for name, span in (("late", 30), ("early", 10), ("none", 0))]
    for to in moves:
        await asyncio.sleep(0)
        clock.move(to)
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    return woken


def test_sleepers_wake_in_the_order_of_their_instants() -> None:
    assert asyncio.run(sleepers([140])) == ["none at 100", "early at 140", "late at 140"]


def test_nobody_wakes_before_the_instant_has_come() -> None:
    assert asyncio.run(sleepers([109])) == ["none at 100"]
    assert asyncio.run(sleepers([110])) == ["none at 100", "early at 110"]


def test_the_clock_never_goes_back() -> None:
    clock = SimulatedClock(100)
    clock.move(90)
    assert clock.now() == 100


def test_a_sleeper_that_was_called_off_is_forgotten() -> None:
    async def call_off() -> int | None:
        clock = SimulatedClock(100)
        task = asyncio.create_task(clock.pause(10))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        return clock.first()

    assert asyncio.run(call_off()) is None


def test_time_ends_passing_while_a_mail_waits_for_a_server_that_is_not_there(tmp_path: Path) -> None:
    """Nothing is due but the next try, which lies beyond the span."""

    async def passed() -> int:
        clock = SimulatedClock(1_000_000_000_000)
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        smtp, sender = SmtpServer("127.0.0.1", port, tls="none"), Sender("shop@example.com")
        settings = Settings(store=tmp_path / "clock.db", port=0, write_keys=("wk",), sender=sender, smtp=smtp)
        async with running(settings, playbook_from(WELCOME), WELCOME, clock=clock) as engine:
            ann = Event("m1", "ann", "Identified", clock.now(), clock.now(), properties=b'{"email":"ann@example.com"}')
            await engine.host.accept([ann], [])
            await asyncio.wait_for(pass_by(engine, clock, SECOND // 10), 30)
            assert not engine.dispatcher.is_settled
        return clock.now()

    assert asyncio.run(passed()) == 1_000_000_000_000 + SECOND // 10
