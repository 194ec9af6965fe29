"""Time passes, and nobody has to wait for it."""

import asyncio

from opportune.testing.virtual_loop import VirtualLoop


async def passes(seconds: float) -> None:
    """On the clock of the simulator only; raises AssertionError on a real one."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    await loop.passes(seconds)
