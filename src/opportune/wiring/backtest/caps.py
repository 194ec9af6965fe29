"""How far each cap was used, what it kept from going, and what it silenced."""

from collections import Counter
from collections.abc import Sequence

from opportune.features.ledger import Sent
from opportune.features.local_time import Zone
from opportune.policies.decision import Decision, Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.spacing import least_limit
from opportune.units import Instant
from opportune.wiring.backtest.limits import Limits, Settled
from opportune.wiring.backtest.report import CapUse, Report, Unnoticed
from opportune.wiring.backtest.said import Said

Spoke = list[tuple[Verdict, int]]
"""Verdicts of limits, with the places of these."""


class _Counts:
    """What a cap did to decisions, by its place; each decision counts once for each cap."""

    def __init__(self) -> None:
        self.objected: Counter[int] = Counter()
        self.silenced: Counter[int] = Counter()
        self.users: Counter[int] = Counter()

    def add(self, objected: set[tuple[int, str]], silenced: Sequence[int]) -> None:
        """Of one user: places with the decisions that they objected to, and of those that settled one."""
        self.objected.update(place for place, _ in objected)
        self.silenced.update(silenced)
        self.users.update({*silenced, *(place for place, _ in objected)})

    def merge(self, other: "_Counts") -> None:
        """Of other users as well."""
        self.objected.update(other.objected)
        self.silenced.update(other.silenced)
        self.users.update(other.users)


class CapsUsed:
    """Counts by cap; any split of users and any order come to the same.

    Counted is what the cap itself counts: on its channels, about its topics, by its window, and what other systems
    sent, too. Of a cap by the calendar a window is a day or week of the user's own clock.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all = _Counts()
        self._unnoticed = _Counts()
        self._fullest: Counter[tuple[int, int]] = Counter()
        """By cap and number."""

    def add(
        self,
        spoke: Sequence[tuple[Decision, Spoke]],
        settled: Sequence[Settled],
        in_the_way: Sequence[Sequence[Instant]],
    ) -> None:
        """What the caps said of one user's decisions, which of these they settled, and by what else was in the way."""
        objected = {
            (place, decision.id, self._is_unnoticed(place, verdict))
            for decision, verdicts in spoke
            for verdict, place in verdicts
            if verdict.at == decision.due
        }
        self._all.add({(place, name) for place, name, _ in objected}, [each.limit for each in settled])
        unnoticed = [
            each.limit
            for each, others in zip(settled, in_the_way, strict=True)
            if self._was_unnoticed(each, sorted(others))
        ]
        self._unnoticed.add({(place, name) for place, name, is_so in objected if is_so}, unnoticed)

    def _is_unnoticed(self, place: int, verdict: Verdict) -> bool:
        """Whether it objected to how many went unnoticed: then no other number of messages would help."""
        return self._limits.all[place].ignored is not None and verdict.needs is None

    def _was_unnoticed(self, settled: Settled, others: Sequence[Instant]) -> bool:
        """The same of what was settled; where no verdict tells, it is so if there was no crowd."""
        policy = self._limits.all[settled.limit].policy
        if settled.verdict is not None:
            return self._is_unnoticed(settled.limit, settled.verdict)
        if not isinstance(policy, Fatigue) or policy.ignored is None:
            return False
        return least_limit(others, others, settled.at, span=policy.within) <= policy.at_most

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
        self._all.merge(other._all)
        self._unnoticed.merge(other._unnoticed)
        self._fullest.update(other._fullest)

    def write(self, report: Report) -> None:
        """Enters the caps into the report, in the playbook's order; the users' own pace only if it came into play."""
        uses = [self._use(place) for place in range(len(self._limits.all))]
        report.caps = [each for each in uses if each.at_most is not None or each.objected or each.silenced]

    def _use(self, place: int) -> CapUse:
        limit = self._limits.all[place]
        most = limit.at_most
        fullest = {number: users for (cap, number), users in sorted(self._fullest.items()) if cap == place}
        use = CapUse(limit.words, most, self._all.objected[place], self._all.silenced[place], None, fullest)
        if most is None:
            use.users_at_limit = self._all.users[place]
        elif not limit.is_gap:
            use.users_at_limit = sum(users for number, users in fullest.items() if number >= most)
        if limit.ignored is not None:
            mine = self._unnoticed
            use.unnoticed = Unnoticed(limit.ignored, mine.objected[place], mine.silenced[place], mine.users[place])
        return use
