"""What was opened, by whom, as the log of an engine says; and who turned out to be one user."""

from collections.abc import Mapping
from typing import Final

import msgspec

from opportune.events.event import Event, Merged, log_clock
from opportune.events.names import PUSH_OPENED
from opportune.features.attention import OPENS
from opportune.ports import History
from opportune.units import Instant
from opportune.wiring.backtest.groups import Links


class _Said(msgspec.Struct):
    """What an open or a click says of itself."""

    decision: str = ""
    by: str = "human"


_said: Final = msgspec.json.Decoder(_Said)


class Looks:
    """The first look of a human at each message, and the first of what may have been a machine."""

    def __init__(self, history: History) -> None:
        """Reads the log once; memory grows with what was opened."""
        self.clock: Instant = 0
        self._human: dict[str, Instant] = {}
        self._unsure: dict[str, Instant] = {}
        links = Links()
        for entry in history.log():
            self.clock = max(self.clock, log_clock(entry))
            if isinstance(entry, Merged):
                links.join(entry.user, entry.absorbed)
            elif isinstance(entry, Event) and entry.name in OPENS:
                self._look(entry)
        self._roots: Mapping[str, str] = dict(links.roots())

    def root(self, user: str) -> str:
        """The id that stands for this user and all that were ever joined with it."""
        return self._roots.get(user, user)

    def human(self, decision: str, first: Instant, last: Instant) -> bool:
        """Whether a human looked within [first, last]: looks after the first one change nothing."""
        return first <= self._human.get(decision, last + 1) <= last

    def unsure(self, decision: str, first: Instant, last: Instant) -> bool:
        """Whether something looked within [first, last] that may have been a machine, and no human did."""
        return not self.human(decision, first, last) and first <= self._unsure.get(decision, last + 1) <= last

    def _look(self, event: Event) -> None:
        try:
            said = _said.decode(event.properties)
        except msgspec.ValidationError:
            return  # a client's own open, of nothing that we know
        if said.decision and said.by != "machine":
            is_human = said.by == "human" or event.name == PUSH_OPENED
            kept = self._human if is_human else self._unsure
            kept[said.decision] = min(event.at, kept.get(said.decision, event.at))
