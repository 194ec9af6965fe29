"""Processes that work on one errand together; where one of them dies, all end, and it is said."""

import os
import resource
import shutil
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import connection, get_context, parent_process, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from opportune.errors import OpportuneError, PlaybookError, Unavailable

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Given = TypeVar("Given", contravariant=True)
Made = TypeVar("Made", covariant=True)
_PATIENCE = 5
"""Seconds in which a process that has died is known to have."""
_TRIES = 100


class Errand(Protocol[Given, Made]):
    """What every worker needs to know, sent to it once."""

    @property
    def folder(self) -> Path:
        """Goes when the crew goes, even if nobody is left to remove it."""
        ...

    def begin(self, writer: int) -> Callable[[Given], Made]:
        """What does a task, in the worker of this number."""
        ...


class Crew(Generic[Task, Answer]):
    """So many workers; with one, its tasks are done in this process."""

    def __init__(self, errand: Errand[Task, Answer], workers: int) -> None:
        self._errand = errand
        self._workers = workers
        self._alone: Callable[[Task], Answer] | None = None
        self._pipes: list[Connection] = []
        self._processes: list[SpawnProcess] = []
        self._peaks: dict[int, float] = {}

    def __enter__(self) -> "Crew[Task, Answer]":
        if self._workers == 1:
            self._alone = self._errand.begin(0)
            return self
        resource_tracker.ensure_running()  # which would let Ctrl-C through again if it began later
        try:
            with _deaf():
                self._start()
        except BaseException:
            self._end()
            raise
        return self

    def _start(self) -> None:
        context = get_context("spawn")
        for writer in range(self._workers):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, self._errand, writer), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _end(self) -> None:
        for process in self._processes:
            process.kill()  # they hold nothing but what is in the folder, and hear nothing else
        for process in self._processes:
            process.join()
        for pipe in self._pipes:
            pipe.close()

    @property
    def peak_mb(self) -> float:
        """The most memory that each process has had in use, added up."""
        return peak_mb() + sum(self._peaks.values())

    def each(self, tasks: Iterable[Task]) -> Iterator[Answer]:
        """Every task is done once, by whoever is free; answers come as they are done.

        Raises what a task raises, and Unavailable if a worker dies.
        """
        if self._alone is not None:
            yield from map(self._alone, tasks)
            return
        waiting = iter(tasks)
        busy = set[int]()
        for place, task in zip(range(self._workers), waiting, strict=False):
            self._send(place, task)
            busy.add(place)
        while busy:
            for place in self._ready(busy):
                answer = self._received(place)
                following = next(waiting, None)
                if following is None:
                    busy.discard(place)
                else:
                    self._send(place, following)
                yield answer

    def all(self, task: Task) -> list[Answer]:
        """The same task for every worker, answered in their order."""
        if self._alone is not None:
            return [self._alone(task)]
        for place in range(self._workers):
            self._send(place, task)
        return [self._received(place) for place in range(self._workers)]

    def _send(self, place: int, task: Task) -> None:
        try:
            self._pipes[place].send(task)
        except OSError:
            raise self._died(place) from None

    def _ready(self, busy: Iterable[int]) -> Sequence[int]:
        pipes = {self._pipes[place]: place for place in sorted(busy)}
        return sorted(pipes[each] for each in connection.wait(list(pipes)) if isinstance(each, Connection))

    def _received(self, place: int) -> Answer:
        try:
            failure, answer, peak = self._pipes[place].recv()
        except (EOFError, OSError):
            raise self._died(place) from None
        self._peaks[place] = peak
        if failure is not None:
            raise failure
        found: Answer = answer
        return found

    def _died(self, place: int) -> Unavailable:
        process = self._processes[place]
        process.join(_PATIENCE)
        code = process.exitcode
        how = f"ended by signal {-code}" if code is not None and code < 0 else f"exit code {code}"
        return Unavailable(
            f"a worker process died ({how}), maybe for lack of memory; use fewer with --workers, and try again"
        )


@contextmanager
def _deaf() -> Iterator[None]:
    """Processes that are started in here never hear of Ctrl-C or SIGTERM, which all are told: this one ends them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def peak_mb() -> float:
    """The most memory that this process has had in use."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _work(pipe: Connection, errand: Errand[Task, Answer], writer: int) -> None:
    """A worker's life: it ends when it is told to, and never outlives who told it what to do."""
    threading.Thread(target=_follow, args=(errand.folder,), daemon=True).start()
    with suppress(EOFError, OSError):  # nobody is at the other end any more: there is nothing to do, and nobody to tell
        _obey(pipe, errand, writer)


def _obey(pipe: Connection, errand: Errand[Task, Answer], writer: int) -> None:
    try:
        act = errand.begin(writer)
    except Exception as error:  # noqa: BLE001 the boundary between two processes: told to the other one
        pipe.recv()
        pipe.send((_told(error), None, peak_mb()))
        return
    while True:
        task = pipe.recv()
        try:
            answer, failure = act(task), None
        except Exception as error:  # noqa: BLE001 the boundary between two processes: told to the other one
            answer, failure = None, _told(error)
        pipe.send((failure, answer, peak_mb()))


def _follow(folder: Path) -> None:
    """When the process that started this one is gone, so is this one, and what it has written."""
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
    for _ in range(_TRIES):  # a task that is under way may still be writing
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            break
    os._exit(1)


def _told(error: Exception) -> Exception:
    """The error in a form that another process can be told in: ours as they are, a fault with where it happened."""
    if isinstance(error, PlaybookError):
        return PlaybookError(str(error))
    if isinstance(error, OpportuneError):
        return Unavailable(str(error))
    return RuntimeError("".join(traceback.format_exception(error)))
