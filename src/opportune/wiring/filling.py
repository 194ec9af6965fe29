"""Which messages had used a limit up: named only where those that are known are exactly as many as the gate counted."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from opportune.features.local_time import day_of, week_of, zone_named
from opportune.policies.decision import Decision, Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.verbs import Policy
from opportune.policies.view import LONGEST_ATTEMPT
from opportune.units import DAY, WEEK, Instant, Millis
from opportune.wiring.around import Around
from opportune.wiring.plain_words import clock_of

_ENDED: Final = ("sent", "unknown")
MOST_NAMED: Final = 10


class Counted(Struct, frozen=True, order=True):
    """One message that a limit counted: when it went out; of one that was open then when it could at the latest."""

    at: Instant
    earliest: Instant
    message: str
    channel: str
    topic: str
    is_sent: bool
    counts: bool


def filling(decision: Decision, verdict: Verdict, policy: Policy | None, around: Around) -> list[str]:
    """What the gate counted against it: ``cart_reminder on Mon 1 Jun 09:00``; empty where that is not sure."""
    needs, span = verdict.needs, _span(verdict, policy)
    known = None if span is None else counted(decision, around, since=verdict.at - span - DAY)
    if needs is None or known is None:
        return []
    found = _inside(known, decision, verdict, policy)
    wanted = 1 if isinstance(policy, MinimumGap) else needs - 1
    if len(found) != wanted or wanted > MOST_NAMED:
        return []
    return [_said(each, decision.zone) for each in found]


def _span(verdict: Verdict, policy: Policy | None) -> Millis | None:
    match policy:
        case FrequencyCap() | Fatigue() | MinimumGap():
            return policy.looks_back
        case _:
            return WEEK if verdict.policy == "pace" else None


def counted(decision: Decision, around: Around, *, since: Instant) -> list[Counted] | None:
    """What had reached the user by then, or was promised, as far as decisions from then on tell it, by instant.

    None if one of them is about a message that the playbook does not have: nobody knows whether it counted.
    """
    found, now = [], decision.due
    for each in around.others(decision):
        if each.chosen is None or each.due >= now or each.chosen.at < since:
            continue
        ending = around.endings.get(each.id)
        has_ended = ending is not None and ending.at <= now
        if has_ended and ending is not None and ending.outcome not in _ENDED:
            continue
        message = around.message(each)
        if message is None:
            return None
        if message.kind == "internal":
            continue
        at = earliest = each.chosen.at
        if has_ended and ending is not None:
            at = earliest = ending.at
        elif at <= now:
            at += LONGEST_ATTEMPT
        found.append(Counted(at, earliest, each.message, each.chosen.channel, message.topic, has_ended, message.counts))
    return sorted(found)


def _inside(known: Sequence[Counted], decision: Decision, verdict: Verdict, policy: Policy | None) -> list[Counted]:
    """Those that this gate counted in its fullest window."""
    at = verdict.at
    match policy:
        case FrequencyCap():
            some = [
                each
                for each in known
                if each.counts
                and (not policy.channels or each.channel in policy.channels)
                and (not policy.topics or each.topic in policy.topics)
            ]
            if isinstance(policy.within, int):
                return _fullest(some, at, policy.within)
            zone = zone_named(decision.zone)
            if zone is None:
                return []
            start, end = (day_of if policy.within == "day" else week_of)(zone, at)
            return [each for each in some if start <= each.at and each.earliest < end]
        case Fatigue():
            return _fullest(known, at, policy.within)
        case MinimumGap():
            some = [each for each in known if each.counts and (not policy.channels or each.channel in policy.channels)]
            return [each for each in some if max(at - each.at, each.earliest - at) == verdict.needs]
        case None if verdict.code == "pace":
            return _fullest([each for each in known if each.counts], at, WEEK)
        case _:
            return []


def _fullest(known: Sequence[Counted], at: Instant, span: Millis) -> list[Counted]:
    """Those in the fullest window of this span that holds the instant; of several the latest."""
    latest = [each.at for each in known]
    starts = [at, *latest[bisect_right(latest, at - span) : bisect_right(latest, at)]]
    windows = [
        [each for each in known[bisect_left(latest, start) :] if each.earliest < start + span]
        for start in sorted(starts, reverse=True)
    ]
    return max(windows, key=len)


def _said(counted: Counted, zone: str) -> str:
    how = "on" if counted.is_sent else "planned for"
    return f"{counted.message} {how} {clock_of(zone, counted.at if counted.is_sent else counted.earliest)}"
