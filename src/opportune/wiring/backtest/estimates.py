"""What messages of a tested playbook are to bring, as far as what was really sent tells; else why that cannot be told.

A decision of the test and one on record are about the same if they have the same id: the same user, journey, key,
entry, step and instant. Where both say the same, what followed then is what would follow, and it speaks for as many
as the chances with which both were made say (``training/offpolicy.py``). Where the record says something else, or
knows nothing of it, nothing is known; and where that is so too often, no figure is given.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, TypeAlias

from opportune.adapters.stores.reading import SqliteHistory
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Decision
from opportune.training.offpolicy import Logged, rate
from opportune.units import Instant
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.report import Estimate
from opportune.wiring.backtest.weighing import logged_of

LEAST_KNOWN: Final = 0.8
"""The share of a message's sends that the record must know, so that what is known of them is said of all."""
SEEN_ON: Final = frozenset({"email", "push"})
"""Channels on which it can be seen that a message was opened; one in the product counts as sent once it was shown."""
_MOST_READ: Final = 100_000
Group: TypeAlias = tuple[str, str, str]
"""What is estimated, journey, and message, of opens with its channel."""
_NO_RECORD: Final = "files of events hold no record of what was sent; only an engine's own file does"


class Estimates:
    """A fold over users: what followed those sends of theirs that were really made."""

    def __init__(self, playbook: Playbook, place: int, store: Path | None) -> None:
        """``store``: the engine's file that the past is from; None for one from files."""
        self._playbook = playbook
        self._place = place
        self._store = store
        self._history: SqliteHistory | None = None
        self._sends: dict[Group, int] = {}
        self._unknown: dict[Group, int] = {}
        self._logged: dict[Group, list[Logged]] = {}

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_history": None}

    def add(self, lived: Sequence[Lived]) -> None:
        """One user, as lived under each of the playbooks."""
        mine = lived[self._place]
        sent = [each for each in mine.decisions if _is_sent(mine, each)]
        record = self._record(mine) if sent else {}
        for decision in sent:
            for what, message, followed in self._asked(mine, decision):
                group = (what, decision.journey, message)
                self._sends[group] = self._sends.get(group, 0) + 1
                said = logged_of(mine.user, decision, record.get(decision.id), followed=followed)
                if said is None:
                    self._unknown[group] = self._unknown.get(group, 0) + 1
                else:
                    self._logged.setdefault(group, []).append(said)

    def merge(self, other: "Estimates") -> None:
        """What another has made of other users."""
        for mine, theirs in ((self._sends, other._sends), (self._unknown, other._unknown)):
            for group, count in theirs.items():
                mine[group] = mine.get(group, 0) + count
        for group, logged in other._logged.items():
            self._logged.setdefault(group, []).extend(logged)

    def estimates(self) -> list[Estimate]:
        """One for each message that was sent, and each thing that may follow; in order of their names."""
        return [self._of(group, sends) for group, sends in sorted(self._sends.items())]

    def _of(self, group: Group, sends: int) -> Estimate:
        what, journey, message = group
        told = Estimate(what, journey, message, sends)
        if self._store is None:
            return _refused(told, _NO_RECORD)
        known = sends - self._unknown.get(group, 0)
        if known < LEAST_KNOWN * sends:
            said = f"the record knows {known:,} of {sends:,} sends: the others were not made then, or made otherwise"
            return _refused(told, said)
        logged = sorted(
            self._logged.get(group, ()), key=lambda each: (each.user, each.chance, each.asked, each.happened)
        )
        found = rate(logged)
        return Estimate(
            what, journey, message, sends, found.value, found.low, found.high, found.effective, found.reason
        )

    def _asked(self, mine: Lived, decision: Decision) -> list[tuple[str, str, Callable[[Instant], bool]]]:
        """What may follow, of what, and whether it did on a send planned for an instant; opens differ by channel."""
        journey = self._playbook.journeys[decision.journey]
        assert decision.chosen is not None
        message, channel = decision.message, decision.chosen.channel

        def noticed(at: Instant) -> bool:
            return decision.id in mine.noticed

        def reached(at: Instant) -> bool:
            run, since = (decision.journey, decision.key, decision.entry), at + late
            return any((goal.journey, goal.key, goal.entry) == run and goal.at >= since for goal in mine.goals)

        late = mine.endings[decision.id].at - decision.chosen.at
        asked: list[tuple[str, str, Callable[[Instant], bool]]] = []
        if channel in SEEN_ON:
            asked.append(("opens", f"{message} by {channel}", noticed))
        if journey.goal is not None:
            asked.append(("goals", message, reached))
        return asked

    def _record(self, lived: Lived) -> Mapping[str, Decision]:
        """The decisions on record of this user that went out, or may have, or that were silences; by id."""
        if self._store is None:
            return {}
        if self._history is None:
            self._history = SqliteHistory(self._store)
        found = chain.from_iterable(self._history.decisions_of(name, _MOST_READ) for name in lived.names)
        return {each.id: each for each in found if each.chosen is None or self._was_sent(each)}

    def _was_sent(self, decision: Decision) -> bool:
        assert self._history is not None
        ending = self._history.ending(decision.id)
        return ending is not None and ending.outcome in ("sent", "unknown")


def _is_sent(lived: Lived, decision: Decision) -> bool:
    ending = lived.endings.get(decision.id)
    return decision.chosen is not None and ending is not None and ending.outcome in ("sent", "unknown")


def _refused(told: Estimate, reason: str) -> Estimate:
    return Estimate(told.what, told.journey, told.message, told.sends, reason=reason)
