"""What happened since the start, and how things stand, in the text format that Prometheus reads (version 0.0.4)."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.events.event import Event, Input, Tick
from opportune.ports import Clock
from opportune.units import Millis
from opportune.wiring.shard import Turn


class Family(Struct, frozen=True):
    """One figure: what it is, what it tells, and by which labels it is split."""

    kind: Literal["counter", "gauge", "histogram"]
    tells: str
    labels: tuple[str, ...] = ()


FAMILIES: Final[dict[str, Family]] = {
    "opportune_events_total": Family("counter", "Events that became durable.", ("kind",)),
    "opportune_requests_total": Family("counter", "HTTP requests answered, by status.", ("status",)),
    "opportune_dead_letters_total": Family("counter", "What was kept as a dead letter, by code.", ("code",)),
    "opportune_dead_letters_dropped_total": Family("counter", "Dead letters that left because there were too many."),
    "opportune_schema_violations_total": Family(
        "counter", "What declared and well-known events say otherwise than they should.", ("event", "property", "what")
    ),
    "opportune_decisions_total": Family("counter", "Decisions, by journey and code.", ("journey", "code")),
    "opportune_endings_total": Family("counter", "How decisions ended.", ("outcome", "code")),
    "opportune_attempts_total": Family("counter", "Attempts handed to the dispatcher, by channel.", ("channel",)),
    "opportune_goals_total": Family("counter", "Goals reached, by journey.", ("journey",)),
    "opportune_item_news_total": Family("counter", "Users told of news of an item, by kind of news.", ("event",)),
    "opportune_looped_total": Family(
        "counter", "Events that were not emitted, for emitted events went round.", ("event",)
    ),
    "opportune_watch_pauses_total": Family(
        "counter", "Journeys paused because too many users had enough of them.", ("journey", "what")
    ),
    "opportune_watched_messages": Family(
        "gauge", "Messages accepted within the span that the watch looks back.", ("journey", "channel")
    ),
    "opportune_watched_stops": Family(
        "gauge", "How many of them ended in complaints, or unsubscribes.", ("journey", "channel", "what")
    ),
    "opportune_poison_total": Family("counter", "Log entries the engine failed on: our fault, worth a report."),
    "opportune_durable_milliseconds": Family(
        "histogram", "From the arrival of an event to the end of the commit that holds it and what was decided."
    ),
    "opportune_deadline_lateness_milliseconds": Family(
        "histogram", "From the instant a deadline was due to the commit that holds what was decided."
    ),
    "opportune_waiting_events": Family("gauge", "Events that wait for the engine's loop."),
    "opportune_users": Family("gauge", "Users remembered."),
    "opportune_log_position": Family("gauge", "Place of the newest entry of the log."),
    "opportune_held": Family("gauge", "1 while sending is held because the file may be a copy."),
    "opportune_lane_waiting": Family("gauge", "Attempts that wait for a channel.", ("channel",)),
    "opportune_lane_open": Family("gauge", "1 while a provider is left alone after outages.", ("channel",)),
    "opportune_lost_clicks": Family("gauge", "Opens and clicks that the engine was too busy to note, since its start."),
    "opportune_announcements": Family("gauge", "News of items that is on its way to users."),
    "opportune_item_pairs": Family("gauge", "About how many pairs of user and item, or interest, are kept."),
    "opportune_inbox_connections": Family("gauge", "Apps that listen to their inbox."),
    "opportune_file_bytes": Family("gauge", "Size of the file.", ("file",)),
    "opportune_disk_free_bytes": Family("gauge", "Free space beside the file."),
}
"""Every figure; docs/reference/metrics.md shows them."""
BOUNDS: Final[tuple[Millis, ...]] = (1, 2, 5, 10, 15, 25, 50, 100, 250, 500, 1_000, 5_000, 60_000)
"""Upper ends of the histograms' classes, in milliseconds; each end belongs to its class."""

Sample: TypeAlias = tuple[str, tuple[str, ...], float]
"""A figure's name, the values of its labels, and its number."""


class Metrics:
    """Counts in plain memory; ``watch`` is one of a host's watchers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[tuple[str, tuple[str, ...]], float] = {}
        self._classes: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        self.gauges: list[Callable[[], Iterable[Sample]]] = []
        """Asked for how things stand whenever somebody reads."""

    def count(self, name: str, *labels: str, by: float = 1) -> None:
        """So many more of this; ``labels`` in the order of the family's."""
        key = (name, labels)
        self._counts[key] = self._counts.get(key, 0) + by

    def observe(self, name: str, span: Millis, count: int = 1) -> None:
        """So many observations of this span."""
        classes = self._classes.setdefault(name, [0] * (len(BOUNDS) + 1))
        classes[bisect_left(BOUNDS, span)] += count
        self._sums[name] = self._sums.get(name, 0) + span * count

    def watch(self, inputs: Sequence[Input], turn: Turn) -> None:
        """A batch is durable: what came in and what followed."""
        now = self._clock.now()
        live = history = 0
        arrived: dict[int, int] = {}
        for entry in inputs:
            if isinstance(entry, Event):
                live, history = live + (not entry.is_history), history + entry.is_history
                arrived[entry.received_at] = arrived.get(entry.received_at, 0) + 1
        if live:
            self.count("opportune_events_total", "live", by=live)
        if history:
            self.count("opportune_events_total", "history", by=history)
        for at, count in arrived.items():
            self.observe("opportune_durable_milliseconds", max(0, now - at), count)
        for decision in turn.decisions:
            self.count("opportune_decisions_total", decision.journey, decision.code)
        for ending in turn.endings:
            self.count("opportune_endings_total", ending.outcome, ending.code)
        for goal in turn.goals:
            self.count("opportune_goals_total", goal.journey)
        for call in turn.calls:
            channel = getattr(call, "channel", None)
            if channel is not None:
                self.count("opportune_attempts_total", channel)
        for _, _, name in turn.looped:
            self.count("opportune_looped_total", name)
        if turn.poison:
            self.count("opportune_poison_total", by=len(turn.poison))
        self._watch_deadlines(inputs, turn, now)

    def _watch_deadlines(self, inputs: Sequence[Input], turn: Turn, now: int) -> None:
        ticks = {entry.seq for entry in inputs if isinstance(entry, Tick)}
        for decision in turn.decisions:
            if decision.seq in ticks:
                self.observe("opportune_deadline_lateness_milliseconds", max(0, now - decision.due))

    def text(self) -> str:
        """Everything, family by family in a fixed order, each series once."""
        samples: dict[str, list[tuple[tuple[str, ...], float]]] = {}
        for (name, labels), value in self._counts.items():
            samples.setdefault(name, []).append((labels, value))
        for ask in self.gauges:
            for name, labels, value in ask():
                samples.setdefault(name, []).append((labels, value))
        return "".join(line + "\n" for line in self._lines(samples))

    def _lines(self, samples: Mapping[str, list[tuple[tuple[str, ...], float]]]) -> Iterator[str]:
        for name, family in FAMILIES.items():
            yield f"# HELP {name} {family.tells}"
            yield f"# TYPE {name} {family.kind}"
            if family.kind == "histogram":
                yield from self._histogram(name)
                continue
            nothing = [((), 0.0)] if not family.labels and family.kind == "counter" else []
            for labels, value in sorted(samples.get(name, nothing)):
                yield f"{name}{_braces(family.labels, labels)} {_number(value)}"

    def _histogram(self, name: str) -> Iterator[str]:
        below = 0
        for bound, found in zip((*map(str, BOUNDS), "+Inf"), self._classes.get(name, [0] * 14), strict=True):
            below += found
            yield f'{name}_bucket{{le="{bound}"}} {below}'
        yield f"{name}_sum {_number(self._sums.get(name, 0))}"
        yield f"{name}_count {below}"


def _braces(names: Sequence[str], values: Sequence[str]) -> str:
    said = ",".join(f'{name}="{_escaped(value)}"' for name, value in zip(names, values, strict=True))
    return f"{{{said}}}" if said else ""


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(value)
