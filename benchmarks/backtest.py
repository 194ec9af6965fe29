"""How long a past takes to be tried, from files to the report, and how much memory: the playbook of ``generic``.

At length: ``python -m benchmarks.backtest --events 10000000``. The files are made first, by all cores, and not timed.
"""

import argparse
import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from itertools import chain
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import Struct

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.generic import START, Crowd, files
from benchmarks.machine import machine
from opportune.events.event import Event
from opportune.events.names import IDENTIFIED
from opportune.units import DAY, SECOND
from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.reporting import tried
from opportune.wiring.backtest.running import Work

DAYS = 90
TRIGGERS = 0.01
"""So many of the events are such as journeys enter on that there are about two decisions for 100 events."""
EACH = 100
"""Events of one user, about."""
FILE = 250_000
"""Events of one file, at most."""


class Load(Struct, frozen=True):
    """How much is tried."""

    events: int
    workers: int = 4
    repeats: int = 3


def measured(size: Size) -> Iterator[Figure]:
    """A short past; its figures hold the time that processes take to start."""
    with TemporaryDirectory() as folder:
        yield from lived(Load(10 * size.events, repeats=2 if size == Size() else 1), Path(folder))


def lived(load: Load, folder: Path) -> Iterator[Figure]:
    """Writes the files and tries the playbook on them, several times."""
    paths = written(load, folder)
    past = Past(now=START + 2 * DAYS * DAY, files=tuple(paths))
    before = _processor_seconds()
    told = [tried({"generic": files()}, past, Work(workers=load.workers)) for _ in range(load.repeats)]
    taken = (_processor_seconds() - before) / load.repeats
    report = told[0].reports[0]
    size = sum(path.stat().st_size for path in paths)
    conditions = (
        f"{report.events:,} events of {report.users:,} users in {size / 1e6:,.0f} MB of NDJSON, "
        f"{100 * report.decisions / report.events:.1f} decisions for 100 events, {load.workers} processes, "
        f"{taken / report.events * 1e6:.1f} us of a processor for each event; {machine()}"
    )
    rates = [each.reports[0].events_per_second for each in told]
    yield figure_of("backtest.events_per_second", rates, unit="events/s", conditions=conditions)
    peaks = [each.reports[0].peak_mb for each in told]
    yield figure_of("backtest.peak_mb", peaks, unit="MB", conditions="the most of each process, added up; the same")


def written(load: Load, folder: Path) -> list[Path]:
    """One file after the other in time, in the form in which analytics clients' calls are exported."""
    count = -(-load.events // FILE)
    with ProcessPoolExecutor(load.workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(_write, range(count), [count] * count, [load.events] * count, [folder] * count))


def _write(place: int, count: int, events: int, folder: Path) -> Path:
    crowd, span, each = Crowd(users=max(1, events // EACH), triggers=TRIGGERS), DAYS * DAY // count, events // count
    first = crowd.arrivals(START - SECOND) if place == 0 else iter(())
    start = START + place * span
    path = folder / f"events-{place:03}.ndjson"
    with path.open("wb") as file:
        file.writelines(map(_call, chain(first, crowd.events(each, start=start, end=start + span))))
    return path


def _call(event: Event) -> bytes:
    at = datetime.fromtimestamp(event.at / SECOND, UTC).isoformat(timespec="milliseconds").removesuffix("+00:00")
    who = f'"messageId":"{event.id}","userId":"{event.user}","timestamp":"{at}Z"'
    if event.name == IDENTIFIED:
        return f'{{"type":"identify",{who},"traits":{event.properties.decode()}}}\n'.encode()
    said = f'"properties":{event.properties.decode()},"context":{event.context.decode()}'
    return f'{{"type":"track","event":"{event.name}",{who},{said}}}\n'.encode()


def _processor_seconds() -> float:
    """What this process has taken, and those that it has started and that have ended."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def main(arguments: list[str]) -> int:
    """Prints the figures of a past of the size that is wished."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args(arguments)
    print(machine(), flush=True)
    with TemporaryDirectory() as folder:
        for figure in lived(Load(options.events, options.workers, options.repeats), Path(folder)):
            print(figure, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
