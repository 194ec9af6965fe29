"""Which journey kept which other from speaking."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from opportune.features.ledger import Sent
from opportune.messages.message import Message
from opportune.policies.decision import Decision, Ending
from opportune.units import Instant
from opportune.wiring.backtest.limits import Limits, Settled
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.report import Collision, Report
from opportune.wiring.backtest.said import GONE_OUT, zone_of

OTHERS = "another system"
"""The winner, where what stood in the way was sent by another system."""
BESIDE = ("outranked", "displaced", "queued_out")
"""Codes of what lost against one certain message at one instant."""


class Held(Struct, frozen=True, gc=False):
    """What a cap counts: a message that went out, or is to go out, at ``at``."""

    at: Instant
    place: int
    """Among the user's decisions in the order in which they were made; -1 for another system's."""
    known: Instant
    """When it was decided, or heard of."""
    journey: str
    channel: str
    topic: str
    counts: bool
    over: Instant | None
    """When it ended unsent; None if it went out, or is still to go."""


class Collisions:
    """Counts by loser, winner and code; any split of users and any order come to the same.

    - ``outranked``: the winner is the message of the same slate that was chosen: same user, same instant.
    - ``displaced``: the message that was decided at the instant at which the planned one ended.
    - ``queued_out``: the message that went out at the end of the quiet hours for which both had waited.
    - a cap, a gap, fatigue or pace: every journey that had a message in that policy's window, on its channels and
      about its topics, when it spoke: sent, or planned and therefore reserved. Each such journey counts once for each
      silence, so one silence may count for several winners; where the loser's own earlier messages stood in its way,
      it is its own winner.
    """

    def __init__(self, limits: Limits, messages: Mapping[str, Message]) -> None:
        self._limits = limits
        self._messages = messages
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def in_the_way(self, lived: Lived, settled: Sequence[Settled]) -> list[list[Held]]:
        """What stood in the window of the limit that settled each of these decisions of one user, when it spoke."""
        if not settled:
            return []
        places = {each.id: place for place, each in enumerate(lived.decisions)}
        held = sorted([*self._held(lived), *_of_others(lived.others)], key=lambda each: each.at)
        return [self._in_the_way(each, places[each.decision.id], held) for each in settled]

    def add(self, lived: Lived, settled: Sequence[Settled], in_the_way: Sequence[Sequence[Held]]) -> None:
        """One user's decisions, and those that a limit settled, with what was in their way."""
        lost = [(loser, ending) for loser in lived.decisions if (ending := _beside(lived.endings.get(loser.id)))]
        if lost:
            spoken = _Spoken(lived)
            for loser, ending in lost:
                winner = self._winner(loser, ending, spoken)
                if winner is not None:
                    self._counts[loser.journey, winner.journey, ending.code] += 1
        for each, others in zip(settled, in_the_way, strict=True):
            name, winners = self._limits.all[each.limit].name, {other.journey for other in others}
            self._counts.update((each.decision.journey, winner, name) for winner in winners)

    def _winner(self, loser: Decision, ending: Ending, spoken: "_Spoken") -> Decision | None:
        """What was said in its place; of several at that instant the one worth most."""
        if ending.code == "queued_out":
            topic = self._messages[loser.message].topic
            rivals = [each for each in spoken.went.get(ending.at, ()) if each.due < ending.at]
            rivals = [each for each in rivals if self._messages[each.message].topic == topic] or rivals
        else:
            rivals = [each for each in spoken.chosen.get(ending.at, ()) if self._may_beat(each, loser)]
            if ending.code == "outranked":
                rivals = [each for each in rivals if self._messages[each.message].kind == "marketing"]
        found = [each for each in rivals if each.id != loser.id]
        return max(found, key=lambda each: (each.worth, each.id), default=None)

    def _may_beat(self, winner: Decision, loser: Decision) -> bool:
        return self._messages[winner.message].kind == "transactional" or winner.worth >= loser.worth

    def _held(self, lived: Lived) -> Iterable[Held]:
        for place, decision in enumerate(lived.decisions):
            message = self._messages[decision.message]
            if decision.chosen is None or message.kind == "internal":
                continue
            ending = lived.endings.get(decision.id)
            is_out = ending is not None and ending.outcome in GONE_OUT
            at = ending.at if ending is not None and is_out else decision.chosen.at
            over = ending.at if ending is not None and not is_out else None
            said = decision.journey, decision.chosen.channel, message.topic, message.counts
            yield Held(at, place, decision.due, *said, over)

    def _in_the_way(self, settled: Settled, place: int, held: Sequence[Held]) -> list[Held]:
        limit = self._limits.all[settled.limit]
        first, last = limit.window(zone_of(settled.decision), settled.at)
        start = bisect_left(held, first, key=lambda each: each.at)
        found = list[Held]()
        for each in held[start : bisect_left(held, last, key=lambda each: each.at)]:
            is_open = each.over is None or each.over > settled.known
            if (
                _was_there(each, settled, place)
                and is_open
                and limit.counts(each.channel, each.topic, is_counted=each.counts)
            ):
                found.append(each)
        return found

    def merge(self, other: "Collisions") -> None:
        """What was counted of other users as well."""
        self._counts.update(other._counts)

    def write(self, report: Report) -> None:
        """Enters the pairs into the report: the most frequent first, then by name."""
        found = [Collision(*names, count) for names, count in self._counts.items()]
        report.collisions = sorted(found, key=lambda each: (-each.count, each))


class _Spoken:
    """What was chosen for one user: by when that was decided, and what of it went out by when it was to go."""

    def __init__(self, lived: Lived) -> None:
        self.chosen: dict[Instant, list[Decision]] = {}
        self.went: dict[Instant, list[Decision]] = {}
        for each in lived.decisions:
            if each.chosen is not None:
                self.chosen.setdefault(each.due, []).append(each)
                ending = lived.endings.get(each.id)
                if ending is not None and ending.outcome in GONE_OUT:
                    self.went.setdefault(each.chosen.at, []).append(each)


def _beside(ending: Ending | None) -> Ending | None:
    return ending if ending is not None and ending.code in BESIDE else None


def _was_there(held: Held, settled: Settled, place: int) -> bool:
    """Whether it was known when the other was judged: at once, or at the instant for which that was planned."""
    if held.place >= 0 and settled.decision.chosen is None:
        return held.place < place
    return held.place != place and held.known <= settled.known


def _of_others(others: Sequence[Sent]) -> Iterable[Held]:
    return (Held(each.at, -1, each.at, OTHERS, each.channel, each.topic, each.counts, None) for each in others)
