"""A machine in one thread: what a store would give to its threads happens later, in an order that a seed chooses."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from random import Random
from threading import Event
from typing import ParamSpec, TypeVar

from opportune.adapters.stores.machine import Machine

Result = TypeVar("Result")
Given = ParamSpec("Given")
PATIENT = ("rewriter",)
"""Threads whose work waits for its turn also while everything else is done at once."""


class VirtualMachine(Machine):
    """Its threads work one piece at a time, whenever ``later`` says."""

    def __init__(self, disk: str, dice: Random, later: Callable[[float, Callable[[], None]], object]) -> None:
        """``later(seconds, work)`` has the work done then."""
        super().__init__(disk)
        self._dice = dice
        self._later = later
        self._threads: list[VirtualThread] = []
        self._passed = 0.0
        self.is_eager = False
        self.is_over = False

    def thread(self, name: str) -> Executor:
        """One that works when its turn comes."""
        thread = VirtualThread(self, is_patient=name in PATIENT)
        self._threads.append(thread)
        return thread

    def steady(self) -> float:
        """A clock that moves when it is looked at."""
        self._passed += self._dice.choice((0.0, 0.0005, 0.001, 0.003))
        return self._passed

    def rest(self, seconds: float, stopped: Event) -> bool:
        """Whoever rests lets the others work."""
        self._work_off()
        return stopped.is_set()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Inside the block all work is done as soon as it is given: nobody could wait for it in the one thread."""
        self._work_off()
        before, self.is_eager = self.is_eager, True
        try:
            yield
        finally:
            self.is_eager = before

    def end(self) -> None:
        """Nothing that waits is done any more; what is still given is done at once, on a disk that is no more."""
        self.is_over = self.is_eager = True
        for thread in self._threads:
            thread.queue.clear()

    def soon(self, work: Callable[[], None]) -> None:
        """Have this done after as long as a disk takes."""
        self._later(self._dice.choice((0.0, 0.0001, 0.0002, 0.001, 0.004, 0.05)), work)

    def _work_off(self) -> None:
        while any(thread.work_off() for thread in self._threads if not thread.is_patient):
            pass


class VirtualThread(Executor):
    """Does one thing after the other."""

    def __init__(self, machine: VirtualMachine, *, is_patient: bool) -> None:
        self.queue: deque[Callable[[], None]] = deque()
        self.is_patient = is_patient
        self._machine = machine
        self._is_at_work = self._is_called = False

    def submit(self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Result]:
        """Have this done when its turn comes."""
        future: Future[Result] = Future()

        def work() -> None:
            try:
                found = fn(*args, **kwargs)
            except Exception as fault:  # noqa: BLE001 - as executors do
                future.set_exception(fault)
            else:
                future.set_result(found)

        if self._machine.is_over and self.is_patient:
            return future
        self.queue.append(work)
        if self._machine.is_eager and not self.is_patient:
            self.work_off()
        else:
            self._call()
        return future

    def work_off(self) -> bool:
        """Does all that waits, unless it is at work already; whether there was anything."""
        if self._is_at_work or not self.queue:
            return False
        self._is_at_work = True
        try:
            while self.queue:
                self.queue.popleft()()
        finally:
            self._is_at_work = False
        return True

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends with what waits."""
        if not self.is_patient:
            self.work_off()

    def _call(self) -> None:
        if not self._is_called:
            self._is_called = True
            self._machine.soon(self._turn)

    def _turn(self) -> None:
        self._is_called = False
        if not self.queue or self._is_at_work or self._machine.is_over:
            return
        if self.is_patient:
            with self._machine.at_once():
                self.queue.popleft()()
        else:
            self._is_at_work = True
            try:
                self.queue.popleft()()
            finally:
                self._is_at_work = False
        if self.queue:
            self._call()
