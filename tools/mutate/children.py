"""Work done in forked children, a few at a time, each within its time and its memory."""

import os
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

MOST_BYTES = 3 << 30
"""What a child may take: a mutant that never ends its list dies of it, and the machine does not."""


@dataclass(frozen=True)
class Work:
    """What a child is to do: its answer is the code it ends with."""

    name: str
    do: Callable[[], int]
    limit: float
    """Seconds."""
    log: str = os.devnull
    """Where what it prints goes."""


@dataclass
class _Child:
    name: str
    pid: int
    end: float


def carried_out(works: Iterable[Work], jobs: int) -> Iterator[tuple[str, int | None]]:
    """Each name with the code its child ended with, in the order of their ends; None: it took too long."""
    waiting, running = iter(works), dict[int, _Child]()
    while True:
        while len(running) < jobs and (work := next(waiting, None)) is not None:
            pid = _forked(work)
            running[os.pidfd_open(pid)] = _Child(work.name, pid, time.monotonic() + work.limit)
        if not running:
            return
        ended, _, _ = select.select(list(running), [], [], 0.2)
        late = [fd for fd, child in running.items() if fd not in ended and child.end < time.monotonic()]
        for fd in late:
            os.kill(running[fd].pid, signal.SIGKILL)
        for fd in [*ended, *late]:
            child = running.pop(fd)
            os.close(fd)
            _, status = os.waitpid(child.pid, 0)
            yield child.name, None if fd in late else os.waitstatus_to_exitcode(status)


def _forked(work: Work) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        log = os.open(work.log, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        for stream in (0, 1, 2):
            os.dup2(log, stream)
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        code = work.do()
    except BaseException:  # noqa: BLE001 - whatever stops a broken module shows that it is broken
        code = 1
        if work.log != os.devnull:
            traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
