"""Long work for the one thread that writes, cut into pieces that go into the commits of others."""

import logging
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future
from threading import Lock
from typing import Final, Generic, TypeAlias, TypeVar

import apsw

from opportune.adapters.stores.machine import Machine
from opportune.adapters.stores.writer import Writer
from opportune.errors import Unavailable

Result = TypeVar("Result")
Work: TypeAlias = Callable[[apsw.Connection], Generator[None, None, Result]]
"""Yields wherever it may be cut; after each cut the next piece is in another transaction."""
PIECE: Final = 0.002
"""Seconds after which a piece is cut at the next place where it may be."""
_log: Final = logging.getLogger("opportune.store")


class _Long(Generic[Result]):
    """One long work, what it will answer, and where it has got to."""

    def __init__(self, work: Work[Result], machine: Machine) -> None:
        self.work = work
        self.machine = machine
        self.future: Future[Result] = Future()
        self.rest: Generator[None, None, Result] | None = None

    def piece(self, connection: apsw.Connection) -> tuple[bool, Result | None]:
        """Works for a while; whether it is done, and what it then answers."""
        end = self.machine.steady() + PIECE
        self.rest = self.work(connection) if self.rest is None else self.rest
        while True:
            try:
                next(self.rest)
            except StopIteration as stop:
                return True, stop.value
            if self.machine.steady() >= end:
                return False, None


class Slices:
    """One long work after the other; a future is done when its work is durable as a whole.

    A work that fails, or whose piece did not become durable, is given up where it is: it must be such that what it has
    written until then means nothing.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._lock = Lock()
        self._urgent: deque[_Long[object]] = deque()
        self._others: deque[_Long[object]] = deque()

    def add(self, work: Work[Result], *, is_urgent: bool = False) -> "Future[Result]":
        """Have this done when what was asked before is done, or before all that is not urgent."""
        each = _Long(work, self._writer.machine)
        with self._lock:
            is_first = not self._urgent and not self._others
            (self._urgent if is_urgent else self._others).append(each)  # type: ignore[arg-type]
        if is_first:
            self._go_on()
        return each.future

    @property
    def is_busy(self) -> bool:
        """Whether something is left to do."""
        with self._lock:
            return bool(self._urgent or self._others)

    def _go_on(self) -> None:
        with self._lock:
            queue = self._urgent or self._others
        if queue:
            each = queue[0]
            self._writer.submit(each.piece).add_done_callback(lambda done: self._after(queue, each, done))

    def _after(self, queue: "deque[_Long[object]]", each: _Long[object], done: "Future[tuple[bool, object]]") -> None:
        fault = done.exception()
        if fault is not None or done.result()[0]:
            if fault is not None:
                if not isinstance(fault, Unavailable):
                    _log.error("work on the file was given up: %s: %s", type(fault).__name__, fault)
                each.future.set_exception(fault)
            else:
                each.future.set_result(done.result()[1])
            with self._lock:
                queue.popleft()
        self._go_on()
