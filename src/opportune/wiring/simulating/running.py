"""Made-up users live under a playbook, one after the other, and what became of them is reported like a past."""

from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter
from typing import Final

import msgspec
from msgspec import Struct

from opportune.events.event import Event
from opportune.events.names import IDENTIFIED
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.units import DAY, Instant
from opportune.wiring.backtest.crew import peak_mb
from opportune.wiring.backtest.figures import Figures
from opportune.wiring.backtest.life import Life
from opportune.wiring.backtest.report import Report
from opportune.wiring.simulating.habits import deeds_of, habits_of, reactions_to
from opportune.wiring.simulating.vocabulary import Vocabulary, vocabulary_of

NOTES: Final = (
    "Users are made up, from the playbook and a seed: what they do is drawn from the events that it looks at, so shares"
    " and totals say how the playbook behaves, and nothing of how many real users there are.",
    "Of mails 35 % are opened, of push 12 %, of in-app messages 60 %, of SMS 10 % clicked; 0.3 % of mails end in an"
    " unsubscribe.",
)
"""What a report takes for granted."""


class Stage(Struct, frozen=True):
    """How many users, for how long, from which seed."""

    users: int
    days: int
    seed: int
    start: Instant

    @property
    def span(self) -> tuple[Instant, Instant]:
        """From its first instant up to, and without, its last."""
        return self.start, self.start + self.days * DAY


def simulated(
    playbook: Playbook, name: str, stage: Stage, *, progress: Callable[[int, int], None] = lambda done, of: None
) -> Report:
    """What the playbook does to these users: the same report for the same playbook, seed and numbers."""
    begun, figures, book = perf_counter(), Figures(playbook, 0, stage.start, stage.span[1] - 1), compiled(playbook)
    vocabulary, events = vocabulary_of(playbook), 0
    for done, deeds in enumerate(_deeds(vocabulary, stage), 1):
        life = Life(book, partial(reactions_to, seed=stage.seed))
        for event in deeds:
            life.take(event)
        for lived in life.until(stage.span[1] - 1):
            events += lived.events
            figures.add([lived])
        progress(done, stage.users)
    report = figures.report(name)
    report.seconds = round(perf_counter() - begun, 3)
    report.events_per_second = round(events / report.seconds, 1) if report.seconds else 0.0
    report.peak_mb = round(peak_mb(), 1)
    report.assumptions += [*NOTES, f"Seed {stage.seed}, {stage.users:,} users, {stage.days} days."]
    return report


def calls(playbook: Playbook, stage: Stage) -> Iterator[bytes]:
    """All that these users do by themselves, as calls that ``import`` and ``backtest`` read, user by user."""
    vocabulary = vocabulary_of(playbook)
    for deeds in _deeds(vocabulary, stage):
        yield from map(_call, deeds)


def _deeds(vocabulary: Vocabulary, stage: Stage) -> Iterator[list[Event]]:
    wide = len(str(stage.users - 1))
    for number in range(stage.users):
        habits = habits_of(f"user-{number:0{wide}}", vocabulary, stage.span, stage.seed)
        yield deeds_of(habits, vocabulary, stage.span, stage.seed)


def _call(event: Event) -> bytes:
    properties = msgspec.Raw(event.properties)
    said: dict[str, object] = {"userId": event.user, "timestamp": event.at, "messageId": event.id}
    if event.name == IDENTIFIED:
        return msgspec.json.encode({"type": "identify", **said, "traits": properties})
    return msgspec.json.encode({"type": "track", **said, "event": event.name, "properties": properties})
