"""What a store runs on: threads, a steady clock, and the layer of SQLite's that reaches the disk."""

from concurrent.futures import Executor, ThreadPoolExecutor
from threading import Event
from time import monotonic
from typing import Final


class Machine:
    """The machine as it is; a simulator has another one, on which nothing happens by chance."""

    def __init__(self, disk: str | None = None) -> None:
        """``disk`` is the name under which a layer is registered at SQLite; None: its usual one."""
        self.disk = disk

    def thread(self, name: str) -> Executor:
        """A thread that does one thing after the other."""
        return ThreadPoolExecutor(1, thread_name_prefix=name)

    def steady(self) -> float:
        """Seconds that only ever grow."""
        return monotonic()

    def rest(self, seconds: float, stopped: Event) -> bool:
        """Lets that many seconds pass in a thread of its own, or fewer once it is stopped; whether it is."""
        return stopped.wait(seconds)


REAL: Final = Machine()
"""The one that everything runs on outside of a simulator."""
