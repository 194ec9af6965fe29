"""How many events one core takes: memories read, folded, decided on and written, all of it durable."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TypeVar

import msgspec
from msgspec import Struct

from benchmarks.figure import Figure, Size, figure_of
from benchmarks.generic import DAYTIME, PAST, START, Crowd, files
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.batch import DEFAULT, unpacked
from opportune.events.event import Event, Input, Tick, log_clock
from opportune.events.instants import instant_of
from opportune.events.wire import Arrival, read
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.ports import Batch
from opportune.sending.receipt import Receipt, event_of
from opportune.units import SECOND, Instant
from opportune.wiring.intake import Intake
from opportune.wiring.shard import Shard, Turn

Group = TypeVar("Group")
FIRST = 1_000_000_000
"""Above every place in the log that the history took."""
BATCH = 1_000
"""Events in a group commit."""
CALLS = 100
"""Calls in one request."""
CROWDS = (("few", 0.005), ("many", 0.055))
"""How often the events come that journeys enter on: about 2 and about 17 decisions in 100 events."""
NAME = "engine.events_per_second_per_core"


class Taken(Struct):
    """What one run over all events came to."""

    busy: float = 0.0
    """Seconds of processor time, of all threads."""
    passed: float = 0.0
    events: int = 0
    decisions: int = 0
    receipts: int = 0


def measured(size: Size) -> Iterator[Figure]:
    """Events a second at two densities of decisions, from events and from what clients send."""
    playbook = compiled(playbook_from(files()))
    for word, triggers in CROWDS:
        crowd = Crowd(size.users, triggers)
        memories = _history(playbook, crowd, size)
        events = list(crowd.events(size.events, start=START, end=START + DAYTIME))
        groups = list(_in_groups(events, BATCH))
        requests = [[_request(calls) for calls in _in_groups(group, CALLS)] for group in groups]
        plain, from_json = list[Taken](), list[Taken]()
        for _ in range(size.repeats):
            plain.append(_run(playbook, memories, groups, _numbered))
            from_json.append(_run(playbook, memories, requests, _read))
        yield from _figures(word, plain, from_json, size)


def _figures(word: str, plain: Sequence[Taken], from_json: Sequence[Taken], size: Size) -> Iterator[Figure]:
    first = plain[0]
    density = f"{100 * first.decisions / first.events:.1f} decisions per 100 events ({word})"
    shape = (
        f"{density}; {size.users:,} users drawn at random, a playbook of 20 journeys and 30 features; "
        f"groups of {BATCH:,}, each durable in SQLite; {first.receipts:,} receipts taken besides and not counted"
    )
    yield figure_of(
        NAME, [each.events / each.busy for each in plain], unit="events/s",
        conditions=f"{shape}; per second of processor time; numbering, memories read and written, log, known ids",
    )  # fmt: skip
    yield figure_of(
        "engine.events_per_second_per_core_from_json", [each.events / each.busy for each in from_json], unit="events/s",
        conditions=f"{shape}; the same from requests of {CALLS} calls: parsed, checked, known ids asked, numbered",
    )  # fmt: skip
    yield figure_of(
        "engine.events_per_second_wall", [each.events / each.passed for each in plain], unit="events/s",
        conditions=f"{shape}; per second on the clock, each commit awaited",
    )  # fmt: skip


def _run(
    playbook: Compiled,
    memories: Mapping[str, bytes],
    groups: Iterable[Group],
    take: Callable[[Group, Intake], list[Input]],
) -> Taken:
    """All groups into a fresh store, in order; a dispatcher that always succeeds answers in the next group."""
    taken, answers = Taken(), list[Event]()
    with TemporaryDirectory() as folder:
        store, shard = SqliteStore(Path(folder) / "measured.opportune"), Shard(playbook, memories=memories)
        intake = Intake(store, shard)
        intake.seq = FIRST
        for group in groups:
            busy, passed = process_time(), perf_counter()
            events = take(group, intake)
            now = log_clock(events[-1])
            inputs = [*events, *_numbered(answers, intake), Tick(now, intake.following())]
            turn = shard.feed(inputs)
            claims = store.commit_now(_batch(inputs, turn))
            taken.busy += process_time() - busy
            taken.passed += perf_counter() - passed
            if turn.poison:
                raise AssertionError(turn.poison[0].reason)
            answers = [event_of(claim, Receipt("sent", "250"), now) for claim in claims]
            taken.events += len(events)
            taken.decisions += len(turn.decisions)
            taken.receipts += len(answers)
        store.close()
    return taken


def _history(playbook: Compiled, crowd: Crowd, size: Size) -> dict[str, bytes]:
    """The users' memories once they have said who they are and been here for two weeks; nothing of it was sent."""
    shard = Shard(playbook)
    for group in _in_groups([*crowd.arrivals(PAST), *crowd.past(size.history)], BATCH):
        shard.feed(group)
    return shard.memories


def _numbered(events: Sequence[Event], intake: Intake) -> list[Input]:
    return [msgspec.structs.replace(event, seq=intake.following()) for event in events]


def _read(requests: Sequence[bytes], intake: Intake) -> list[Input]:
    """The log entries of these requests, as the service makes them."""
    found: list[Input] = []
    for body in requests:
        delivery = unpacked(body, DEFAULT, is_batch=True)
        received_at = instant_of(delivery.sent_at or 0, "sentAt")
        arrival = Arrival(received_at, delivery.sent_at)
        for call in delivery.calls:
            for happened in read(call, arrival):
                found += intake.entered(happened, received_at)
    return found


def _request(events: Sequence[Event]) -> bytes:
    """These events as a client sends them."""
    calls = [
        {
            "type": "track", "userId": event.user, "event": event.name, "messageId": event.id,
            "timestamp": _text(event.at), "properties": msgspec.Raw(event.properties),
            "context": msgspec.Raw(event.context),
        }
        for event in events
    ]  # fmt: skip
    return msgspec.json.encode({"batch": calls, "sentAt": _text(events[-1].at)})


def _text(at: Instant) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _batch(inputs: Sequence[Input], turn: Turn) -> Batch:
    return Batch(
        inputs=tuple(inputs), decisions=tuple(turn.decisions), endings=tuple(turn.endings), goals=tuple(turn.goals),
        calls=tuple(turn.calls),
    )  # fmt: skip


def _in_groups(events: Sequence[Event], most: int) -> Iterator[list[Event]]:
    for place in range(0, len(events), most):
        yield list(events[place : place + most])
