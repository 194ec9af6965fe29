"""Sleepers wake when the clock says so, in their order, and never before."""

import asyncio

from opportune.wiring.demo.clock import SimulatedClock


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
