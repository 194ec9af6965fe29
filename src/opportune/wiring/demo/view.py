"""Watches a play, and says at any instant what the live view shows."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from opportune.events.event import Input
from opportune.features.local_time import local, zone_named
from opportune.policies.decision import Decision
from opportune.units import DAY
from opportune.wiring.demo.books import Books
from opportune.wiring.demo.frame import Moment
from opportune.wiring.demo.playing import START, Play
from opportune.wiring.demo.stage import Stage
from opportune.wiring.demo.telling import Line, Teller
from opportune.wiring.plain_words import clock_of, year_of
from opportune.wiring.shard import Turn

MOST_KEPT: Final = 100
"""Newest lines."""


class View:
    """Collects what one play does."""

    def __init__(self, what: Play) -> None:
        self._what = what
        self._newest: deque[Line] = deque(maxlen=MOST_KEPT)
        self._teller = Teller(self._newest.append)
        self._hours = [0] * 24
        self._decisions: dict[str, Decision] = {}
        self._stage: Stage | None = None
        self._books = Books()

    def raised(self, stage: Stage, books: Books) -> None:
        """The play is about to begin."""
        self._stage, self._books = stage, books

    def watch(self, inputs: Sequence[Input], turn: Turn) -> None:
        """A batch has become durable."""
        self._teller.watch(inputs, turn)
        self._decisions |= {each.id: each for each in turn.decisions}
        for ending in turn.endings:
            decision = self._decisions.pop(ending.decision)
            if ending.outcome == "sent" and decision.chosen is not None and decision.chosen.channel != "in_app":
                zone = zone_named(decision.zone)
                assert zone is not None
                self._hours[local(zone, ending.at)[1] // 60] += 1

    def moment(self) -> Moment | None:
        """What there is to show; None before the play has begun."""
        stage, books, what = self._stage, self._books, self._what
        if stage is None:
            return None
        now = stage.clock.now()
        day = (now - START) // DAY + 1
        of = "" if what.days is None else f" of {what.days}"
        by_channel = books.by_channel()
        lanes = stage.engine.dispatcher.lanes()
        return Moment(
            clock=f"{clock_of('UTC', now).rpartition(' ')[0]} {year_of('UTC', now)}, "
            f"{clock_of('UTC', now).rpartition(' ')[2]} UTC",
            place=f"day {day}{of}" if what.days is None or day <= what.days else "waiting for what is planned",
            share=None if what.days is None else (now - START) / (what.days * DAY),
            users=what.users,
            events=books.events,
            journeys=books.by_journey(),
            held=books.by_code(),
            hours=tuple(self._hours),
            lanes={
                name: f"{by_channel.get(name, 0):,}"
                + (f", {lane.waiting} waiting" if lane.waiting else "")
                + ("" if lane.breaker == "closed" else ", resting")
                for name, lane in sorted(lanes.items())
            },
            inbox=f"{len(stage.inboxes.streams)} inboxes open",
            returns=dict(books.returns),
            newest=tuple(self._newest),
        )
