"""The policies that say how many in how long, as a past is read for them: which one spoke, and what it counted."""

from collections.abc import Iterable, Set

from msgspec import Struct

from opportune.features.local_time import Zone, day_of, week_of
from opportune.messages.message import Message
from opportune.policies.decision import Decision, Ending, Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.obstacles import nearest
from opportune.policies.pace import PaceGate
from opportune.policies.verbs import Policy
from opportune.policies.view import LONGEST_ATTEMPT
from opportune.units import DAY, WEEK, Instant, Millis, in_words
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.said import GONE_OUT, zone_of


class Limit(Struct, frozen=True):
    """One of them."""

    policy: FrequencyCap | MinimumGap | Fatigue | PaceGate

    @property
    def name(self) -> str:
        """Its name in verdicts, which is also its code."""
        return self.policy.name

    @property
    def at_most(self) -> int | None:
        """So many in one window; None where each user says it."""
        match self.policy:
            case FrequencyCap(at_most=most) | Fatigue(at_most=most):
                return most
            case MinimumGap():
                return 1
            case _:
                return None

    @property
    def ignored(self) -> int | None:
        """So many in a row that went unnoticed are too many; None if it does not look at that."""
        return self.policy.ignored if isinstance(self.policy, Fatigue) else None

    @property
    def is_gap(self) -> bool:
        """Whether it says how far apart, not how many."""
        return isinstance(self.policy, MinimumGap)

    @property
    def words(self) -> str:
        """As people say it: ``frequency_cap 4 in 7 days on email``."""
        match self.policy:
            case FrequencyCap(at_most, within, channels, topics):
                span = f"a {within}" if isinstance(within, str) else f"in {_days(within)}"
                return f"{self.name} {at_most} {span}{_on(channels)}{_about(topics)}"
            case MinimumGap(span, channels):
                return f"{self.name} {_days(span)}{_on(channels)}"
            case Fatigue(at_most, within, ignored):
                tired = "" if ignored is None else f" or {ignored} unnoticed"
                return f"{self.name} {at_most} in {_days(within)}{tired}"
            case _:
                return f"{self.name} as each user asks"

    def binds(self, message: Message, channel: str) -> bool:
        """Whether it concerns this message on this channel."""
        return self.policy.binds(message, channel)

    def counts(self, channel: str, topic: str, *, is_counted: bool) -> bool:
        """Whether it counts a message on this channel about this topic; ``is_counted``: caps count it at all."""
        match self.policy:
            case Fatigue():
                return True
            case FrequencyCap(channels=channels, topics=topics):
                return is_counted and (not channels or channel in channels) and (not topics or topic in topics)
            case MinimumGap(channels=channels):
                return is_counted and (not channels or channel in channels)
            case _:
                return is_counted

    def window(self, zone: Zone, at: Instant) -> tuple[Instant, Instant]:
        """What can share a window with a message at ``at``: [first, last)."""
        span = self._span
        if isinstance(span, str):
            return (day_of if span == "day" else week_of)(zone, at)
        return at - span + 1, at + span

    def fullest(self, sends: list[tuple[Instant, Zone]]) -> int:
        """How many of these, which it counts and which stand by instant, its fullest window holds."""
        span, most, gone = self._span, 0, 0
        if isinstance(span, str):
            windows = {self.window(zone, at) for at, zone in sends}
            return max((sum(first <= at < last for at, _ in sends) for first, last in windows), default=0)
        for place, (at, _) in enumerate(sends):
            while sends[gone][0] <= at - span:
                gone += 1
            most = max(most, place + 1 - gone)
        return most

    def may_have_said(self, verdict: Verdict, zone: Zone, instants: Set[Instant]) -> bool:
        """Whether the verdict can be its own, by its limit and by when something of ``instants`` leaves its window."""
        span, most, until = self._span, self.at_most, verdict.until
        if isinstance(self.policy, MinimumGap) and isinstance(span, int):
            is_within = verdict.needs is None or verdict.needs < span
        else:
            is_within = verdict.needs is None or most is None or verdict.needs > most
        if until is None or not is_within:
            return is_within and most is None
        return self.window(zone, verdict.at)[1] == until if isinstance(span, str) else until - span in instants

    @property
    def _span(self) -> Millis | str:
        match self.policy:
            case FrequencyCap(within=within) | Fatigue(within=within):
                return within
            case MinimumGap(span=span):
                return span
            case _:
                return WEEK


class Settled(Struct, frozen=True, gc=False):
    """A decision that one of the limits silenced."""

    decision: Decision
    limit: int
    """Its place among the limits."""
    at: Instant
    """The instant for which it was judged."""
    channel: str
    known: Instant
    """The instant at which it was judged: what was decided later was not in the way."""
    verdict: Verdict | None = None
    """What the limit said; None of what was planned and ended at its instant."""


class Limits:
    """Those of one playbook, in its order; the pace that each user may ask for comes last."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        found = [each for each in policies if isinstance(each, FrequencyCap | MinimumGap | Fatigue)]
        self.all = (*(Limit(each) for each in found), Limit(PaceGate()))
        self._places: dict[str, list[int]] = {}
        for place, each in enumerate(self.all):
            self._places.setdefault(each.name, []).append(place)

    @property
    def names(self) -> Set[str]:
        """Of these policies, which are their codes, too."""
        return self._places.keys()

    def spoke(self, decision: Decision, message: Message, instants: Set[Instant]) -> list[tuple[Verdict, int]]:
        """Each verdict of a limit, with the place of that limit.

        Where several of one name may have spoken, they are told apart by their order, by what they would have needed
        and by when it is over. ``instants``: when something of this user was sent or planned.
        """
        found, after = list[tuple[Verdict, int]](), dict[tuple[str, str, Instant], int]()
        for verdict in decision.verdicts:
            places = self._places.get(verdict.policy, ())
            bound = [place for place in places if self.all[place].binds(message, verdict.channel)]
            if not bound:
                continue
            asked = verdict.policy, verdict.channel, verdict.at
            left = [place for place in bound if place > after.get(asked, -1)] or bound
            place = left[0] if len(bound) == 1 else self._likeliest(left, verdict, zone_of(decision), instants)
            after[asked] = place
            found.append((verdict, place))
        return found

    def settled(
        self, decision: Decision, ending: Ending, message: Message, spoke: list[tuple[Verdict, int]]
    ) -> Settled | None:
        """Which of them silenced the decision, or ended what was planned; None if none did.

        Of several that stood against the channel that came nearest, it is the one that holds longest.
        """
        if ending.outcome in GONE_OUT:
            return None
        near = nearest(decision)
        if near is not None:
            said = [each for each in spoke if each[0].code == near.code and each[0].channel == near.channel]
            said = [each for each in said if each[0].at == decision.due]
            if near.code not in self._places or not said:
                return None
            verdict, place = max(said, key=lambda each: (each[0].until is None, each[0].until or 0, -each[1]))
            return Settled(decision, place, verdict.at, verdict.channel, decision.due, verdict)
        channel = decision.chosen.channel if decision.chosen else ""
        bound = [place for place in self._places.get(ending.code, ()) if self.all[place].binds(message, channel)]
        return Settled(decision, bound[0], ending.at, channel, ending.at) if bound else None

    def _likeliest(self, places: list[int], verdict: Verdict, zone: Zone, instants: Set[Instant]) -> int:
        """One that may have said it; of several the one whose number is nearest to what was needed."""

        def doubt(place: int) -> tuple[bool, int]:
            limit = self.all[place]
            needs, most = verdict.needs, limit.at_most
            is_number = needs is not None and most is not None and not isinstance(limit.policy, MinimumGap)
            return not limit.may_have_said(verdict, zone, instants), (needs or 0) - (most or 0) if is_number else 0

        return min(places, key=doubt)


def instants_of(lived: Lived) -> set[Instant]:
    """What limits reckon from: when something was sent or planned, or in a provider's hands at the latest."""
    planned = {each.chosen.at for each in lived.decisions if each.chosen is not None}
    claimed = {at + LONGEST_ATTEMPT for at in planned}
    sent = {each.at for each in lived.endings.values() if each.outcome in GONE_OUT}
    return planned | claimed | sent | {each.at for each in lived.others}


def _days(span: Millis) -> str:
    return f"{span // DAY} days" if span % WEEK == 0 else in_words(span)


def _on(channels: tuple[str, ...]) -> str:
    return f" on {', '.join(channels)}" if channels else ""


def _about(topics: tuple[str, ...]) -> str:
    return f" about {', '.join(topics)}" if topics else ""
