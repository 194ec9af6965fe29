"""The one place that sleeps: others take their time (a client, a provider, who kills); no test waits in this way."""

import asyncio


async def pause(seconds: float) -> None:
    """Lets real time pass."""
    await asyncio.sleep(seconds)
