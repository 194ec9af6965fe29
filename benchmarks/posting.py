"""What the whole engine takes over HTTP, each post acknowledged once it is durable, and how soon it decides.

At length, and only this: ``python -m benchmarks.posting``.
"""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from os import sysconf
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.generic import files
from benchmarks.machine import machine
from benchmarks.sender import Order, Outcome
from opportune.wiring.sample import sample_texts

SENDERS = 2
CONNECTIONS = 32
"""Of each sender."""
HELP = {
    "journeys/asked.yaml": "journey: asked\nenter: {on: Help Asked}\nsteps:\n  - send: asked\n",
    "messages/asked.yaml": "message: asked\ntopic: help\nchannels: [in_app]\nuseful_for: 1 hour\nworth: 1\n",
    "messages/asked.liquid": "subject: How can we help?\n---\nAsk us anything about {{ topic | default: 'us' }}.\n",
}
"""A journey that speaks at once, beside those of each playbook."""
ASKING = 0.02
_TICKS = sysconf("SC_CLK_TCK")


class Told(Struct, frozen=True):
    """What one stretch of sending came to."""

    per_second: float
    p50: float
    p99: float
    """Milliseconds, as all spans."""
    asking_p50: float
    asking_p99: float
    busy_us: float
    """Microseconds of the engine's processor time for each call."""


class Running(Struct, frozen=True):
    """An engine in a process of its own."""

    port: int
    pid: int

    def busy(self) -> float:
        """Seconds of processor time of all its threads so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def playbooks() -> dict[str, Mapping[str, str]]:
    """The sample that comes with the package, and the one of 20 journeys and 30 features."""
    return {"light": sample_texts() | HELP, "heavy": files() | HELP}


SAID = {
    "light": "the sample playbook, 2 journeys",
    "heavy": "a playbook of 20 journeys and 30 features",
}


def measured(size: Size) -> Iterator[Figure]:
    """Single posts, batches, and decisions at half the load of single posts."""
    seconds = 4.0 if size.repeats > 2 else 0.3
    for word, playbook in playbooks().items():
        with engine(playbook) as running:
            exchange(running, Order(seconds=min(1.0, seconds)))
            yield from _single(running, word, seconds, size.repeats)
            yield from _batched(running, word, seconds / 2, size.repeats)


def _single(running: Running, word: str, seconds: float, repeats: int) -> Iterator[Figure]:
    told = [exchange(running, Order(seconds=seconds)) for _ in range(repeats)]
    lines = SENDERS * CONNECTIONS
    busy = sorted(each.busy_us for each in told)[len(told) // 2]
    shape = (
        f"{SAID[word]}; POST /v1/track of 670 bytes, head and all, on {lines} kept connections from {SENDERS} "
        "processes of raw sockets, each sends again once answered, no user twice within a stretch, ids all new; "
        "answered once durable; "
        f"{busy:.0f} us of the engine's processor time each"
    )
    yield figure_of("ingest.single_per_second", [each.per_second for each in told], unit="posts/s", conditions=shape)
    yield figure_of("ingest.single_p99_ms", [each.p99 for each in told], unit="ms", conditions=shape)
    rate = sorted(each.per_second for each in told)[len(told) // 2] / 2
    half = [exchange(running, Order(seconds=seconds, rate=rate / SENDERS, asking=ASKING)) for _ in range(repeats)]
    shape = (
        f"{SAID[word]}; {rate:,.0f} posts/s, half of the most, at even instants whatever is answered; 2 in 100 enter a "
        "journey that speaks at once: from the instant the post was due to its answer, which waits for the commit of "
        f"the decision; median {sorted(each.asking_p50 for each in half)[len(half) // 2]:.1f} ms"
    )
    yield figure_of("decide.p99_ms", [each.asking_p99 for each in half], unit="ms", conditions=shape)
    yield figure_of(
        "ingest.single_half_load_p99_ms", [each.p99 for each in half], unit="ms",
        conditions=f"{shape.partition(';')[0]}; all other posts of the same stretch",
    )  # fmt: skip


def _batched(running: Running, word: str, seconds: float, repeats: int) -> Iterator[Figure]:
    for batch, is_packed in ((100, False), (100, True), (500, False), (500, True)):
        order = Order(seconds=seconds, batch=batch, is_packed=is_packed, connections=4)
        told = [exchange(running, order) for _ in range(repeats)]
        busy = sorted(each.busy_us for each in told)[len(told) // 2]
        yield figure_of(
            "ingest.batched_events_per_second", [each.per_second for each in told], unit="events/s",
            conditions=f"{SAID[word]}; batches of {batch}{', gzip' if is_packed else ''} on {4 * SENDERS} connections, "
            f"no user twice within a stretch, ids all new; {busy:.1f} us of the engine's processor time for each event",
        )  # fmt: skip


@contextmanager
def engine(playbook: Mapping[str, str]) -> Iterator[Running]:
    """An engine as ``opportune run`` starts it, on a fresh file."""
    with TemporaryDirectory() as made:
        folder = Path(made)
        for name, text in playbook.items():
            (folder / "playbook" / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / "playbook" / name).write_text(text)
        main = "import sys; from opportune.wiring.cli import main; sys.exit(main())"
        command = [
            sys.executable, "-c", main, "run", str(folder / "playbook"), "--store", str(folder / "measured.opportune"),
            "--port", "0", "--write-key", "key", "--mail-folder", str(folder / "mails"),
        ]  # fmt: skip
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            try:
                greeting = process.stdout.readline()
                yield Running(int(greeting.rpartition(":")[2].partition("/")[0]), process.pid)
            finally:
                process.terminate()
                process.stdout.read()


def exchange(running: Running, order: Order) -> Told:
    """All senders carry this out; its rate and its connections are those of each sender."""
    with ExitStack() as stack:
        processes = []
        for nth in range(SENDERS):
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "benchmarks.sender"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
                )
            )
            assert process.stdin is not None
            process.stdin.write(msgspec.json.encode(replace(order, port=running.port, nth=nth)) + b"\n")
            process.stdin.flush()
            processes.append(process)
        outs = [process.stdout for process in processes if process.stdout is not None]
        for out in outs:
            assert out.readline() == b"ready\n"
        before = running.busy()
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"go\n")
            process.stdin.flush()
        found = [msgspec.json.decode(out.readline(), type=Outcome) for out in outs]
        return _told(found, running.busy() - before, order.batch or 1)


def _told(found: Sequence[Outcome], busy: float, calls: int) -> Told:
    refused = sum(each.refused for each in found)
    if refused:
        raise AssertionError(f"{refused} requests were refused")
    answered = sum(each.answered for each in found)
    spans = sorted(span for each in found for span in each.spans)
    asking = sorted(span for each in found for span in each.asking_spans) or [0.0]
    return Told(
        per_second=answered / max(each.seconds for each in found),
        p50=_share(spans, 0.5),
        p99=_share(spans, 0.99),
        asking_p50=_share(asking, 0.5),
        asking_p99=_share(asking, 0.99),
        busy_us=busy / ((len(spans) + len(asking)) * calls) * 1e6,
    )


def _share(spans: Sequence[float], share: float) -> float:
    """The span in ms below which this share of them lies."""
    return spans[min(len(spans) - 1, int(len(spans) * share))] * 1e3


if __name__ == "__main__":
    print(machine())
    for figure in measured(Size(repeats=3)):
        print(figure, flush=True)
    print(machine())
