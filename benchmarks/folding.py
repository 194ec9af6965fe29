"""What it costs to remember: one event folded by generated code and in plain form, a memory read and written."""

from collections.abc import Iterator

import msgspec

from benchmarks.figure import Figure, Size, figure_of, in_turn
from benchmarks.generic import START, Crowd, files
from opportune.events.event import Event
from opportune.features.evolve import decoded
from opportune.journeys.memory import at_rest, awake
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.units import DAY
from opportune.wiring.shard import Shard

KEPT = 500
"""Events in front of the profile that is folded into."""


class Folding:
    """Folds the same events over and over, each time later."""

    def __init__(self, ready: Compiled, events: list[Event]) -> None:
        shard = Shard(ready)
        shard.feed(events)
        self._profile = shard.memory(events[0].user).profile
        self._events = [(event, decoded(event.properties), decoded(event.context)) for event in events[-100:]]
        self._fold, self._nth, self._at = ready.fold, 0, events[-1].at

    def __call__(self) -> None:
        event, properties, context = self._events[self._nth % len(self._events)]
        self._nth += 1
        self._at += DAY // 50
        later = msgspec.structs.replace(event, at=self._at, received_at=self._at, seq=event.seq + 1_000 * self._nth)
        self._fold.apply(self._profile, later, properties, context, self._at)


def measured(size: Size) -> Iterator[Figure]:
    """Folds in pairs; then a memory's way out of its bytes and back."""
    playbook = playbook_from(files())
    ready = compiled(playbook)
    events = list(Crowd(users=1, triggers=0.02).events(KEPT, start=START - 10 * DAY, end=START))
    works = [Folding(ready, events), Folding(compiled(playbook, is_plain=True), events)]
    told = "one event into a profile of 500 in ten days, 30 features, one trait; properties and context already decoded"
    for form, samples in zip(("us", "plain_us"), in_turn(works, size), strict=True):
        yield figure_of(f"fold.{form}", samples, unit="us", conditions=told)
    shard = Shard(ready)
    shard.feed(events[-50:])
    raw = shard.memories[events[0].user]
    (samples,) = in_turn([lambda: at_rest(awake(raw))], size)
    yield figure_of("memory.read_and_written_us", samples, unit="us", conditions=f"a memory of {len(raw):,} bytes")
