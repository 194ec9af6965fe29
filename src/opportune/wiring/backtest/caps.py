"""How far each cap was used, what it kept from going, and what it silenced."""

from collections import Counter
from collections.abc import Sequence

from opportune.features.ledger import Sent
from opportune.features.local_time import Zone
from opportune.policies.decision import Decision, Verdict
from opportune.units import Instant
from opportune.wiring.backtest.limits import Limits, Settled
from opportune.wiring.backtest.report import CapUse, Report
from opportune.wiring.backtest.said import Said

Spoke = list[tuple[Verdict, int]]
"""Verdicts of limits, with the places of these."""


class CapsUsed:
    """Counts by cap; any split of users and any order come to the same.

    Counted is what the cap itself counts: on its channels, about its topics, by its window, and what other systems
    sent, too. Of a cap by the calendar a window is a day or week of the user's own clock.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._stopped: Counter[int] = Counter()
        self._silenced: Counter[int] = Counter()
        self._users_stopped: Counter[int] = Counter()
        self._fullest: Counter[tuple[int, int]] = Counter()
        """By cap and number."""

    def add(self, spoke: Sequence[tuple[Decision, Spoke]], settled: Sequence[Settled]) -> None:
        """What the caps said of one user's decisions, and which of these they settled."""
        users = set[int]()
        for decision, verdicts in spoke:
            stopped = {(place, verdict.channel) for verdict, place in verdicts if verdict.at == decision.due}
            self._stopped.update(place for place, _ in stopped)
            users |= {place for place, _ in stopped}
        self._users_stopped.update(users)
        self._silenced.update(each.limit for each in settled)

    def count(self, said: Sequence[Said], others: Sequence[Sent], zone: Zone) -> None:
        """What one user got; ``zone`` is the clock for what other systems sent."""
        if not said and not others:
            return
        for place, limit in enumerate(self._limits.all):
            sends: list[tuple[Instant, Zone]] = [
                (each.at, each.zone)
                for each in said
                if limit.counts(each.channel, each.message.topic, is_counted=each.message.counts)
            ]
            sends += [
                (each.at, zone) for each in others if limit.counts(each.channel, each.topic, is_counted=each.counts)
            ]
            if sends:
                sends.sort(key=lambda each: each[0])
                self._fullest[place, limit.fullest(sends)] += 1

    def merge(self, other: "CapsUsed") -> None:
        """What was counted of other users as well."""
        self._stopped.update(other._stopped)
        self._silenced.update(other._silenced)
        self._users_stopped.update(other._users_stopped)
        self._fullest.update(other._fullest)

    def write(self, report: Report) -> None:
        """Enters the caps into the report, in the playbook's order; the users' own pace only if it came into play."""
        uses = [self._use(place) for place in range(len(self._limits.all))]
        report.caps = [each for each in uses if each.at_most is not None or each.stopped or each.silenced]

    def _use(self, place: int) -> CapUse:
        limit = self._limits.all[place]
        most = limit.at_most
        fullest = {number: users for (cap, number), users in sorted(self._fullest.items()) if cap == place}
        at_limit = (
            self._users_stopped[place]
            if most is None
            else sum(users for number, users in fullest.items() if number >= most)
        )
        return CapUse(limit.words, most, self._stopped[place], self._silenced[place], at_limit, fullest)
