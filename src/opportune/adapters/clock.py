"""The machine's clock."""

import asyncio
import time

from opportune.units import SECOND, Instant, Millis


class SystemClock:
    """Instants of this machine, to the millisecond; may step back when the machine's clock is set."""

    def now(self) -> Instant:
        """The present instant."""
        return time.time_ns() // 1_000_000

    async def pause(self, span: Millis) -> None:
        """Let this span pass."""
        await asyncio.sleep(span / SECOND)
