"""No window of a cap, a gap or a fatigue holds more than it may when something is let go that obeys it."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from opportune.features.local_time import day_of, week_of
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.units import Instant, Millis, in_words
from opportune.wiring.auditing.found import Violation
from opportune.wiring.auditing.sends import Moment, Send
from opportune.wiring.plain_words import clock_of

Limit: TypeAlias = FrequencyCap | MinimumGap | Fatigue


def violations(moment: Moment) -> Iterator[Violation]:
    """One for each limit that this send goes beyond, counted from the sends and not from what the engine remembers."""
    send = moment.send
    for policy in moment.playbook.policies:
        if isinstance(policy, Limit) and policy.binds(send.message, send.channel):
            held = _held(policy, moment)
            windows = _windows(policy, moment, held)
            if windows and all(windows):
                yield _violation(policy, send, min(windows, key=len))


def _held(policy: Limit, moment: Moment) -> list[Send]:
    """What it counts beside this send: of those let go at the same instant only what it binds too."""
    send = moment.send
    return [
        each
        for each in moment.earlier
        if each.at > moment.remembered
        and _counts(policy, each)
        and (each.claim < send.claim or policy.binds(each.message, each.channel))
    ]


def _counts(policy: Limit, send: Send) -> bool:
    match policy:
        case Fatigue():
            return True
        case FrequencyCap(channels=channels, topics=topics):
            is_meant = (not channels or send.channel in channels) and (not topics or send.message.topic in topics)
            return send.message.counts and is_meant
        case MinimumGap(channels=channels):
            return send.message.counts and (not channels or send.channel in channels)


def _windows(policy: Limit, moment: Moment, held: Sequence[Send]) -> list[list[Send]]:
    """For each reading of the user's clock what one window holds too much of, beside this send; empty if none does."""
    send = moment.send
    if isinstance(policy, FrequencyCap) and isinstance(policy.within, str):
        bucket = day_of if policy.within == "day" else week_of
        spans = [bucket(known.zones(send.claim, moment.playbook.zone)[0], send.claim) for known in moment.readings]
        inside = [[each for each in held if first <= each.at < last] for first, last in spans]
        return [found if len(found) >= policy.at_most else [] for found in inside]
    return [_rolling(policy, send, held)]


def _rolling(policy: Limit, send: Send, held: Sequence[Send]) -> list[Send]:
    most, span = (1, policy.span) if isinstance(policy, MinimumGap) else (policy.at_most, _span(policy))
    near = [(each.at, each.decision.id, each) for each in held if send.claim - span < each.at < send.claim + span]
    if len(near) < most:
        return []
    line = sorted([*near, (send.claim, send.decision.id, send)], key=lambda each: each[:2])
    place = next(number for number, each in enumerate(line) if each[2] is send)
    for first in range(max(0, place - most), min(place, len(line) - 1 - most) + 1):
        if line[first + most][0] - line[first][0] < span:
            return [each for _, _, each in line[first : first + most + 1] if each is not send]
    return []


def _span(policy: FrequencyCap | Fatigue) -> Millis:
    assert isinstance(policy.within, int)
    return policy.within


def _violation(policy: Limit, send: Send, window: Sequence[Send]) -> Violation:
    zone, first = send.decision.zone, min(each.at for each in window)
    told = f"{send.message.name} went out on {send.channel} on {clock_of(zone, send.claim)}"
    match policy:
        case MinimumGap(span=span):
            near = min(abs(each.at - send.claim) for each in window)
            why = f"{_apart(near)} another message, and the gap is {in_words(span)}"
        case FrequencyCap(at_most=most, within=within) | Fatigue(at_most=most, within=within):
            words = f"a {within}" if isinstance(within, str) else in_words(within)
            why = f"{len(window) + 1} messages in {words}, and {policy.name} allows {most}"
    others = tuple(each.decision.id for each in window)
    return Violation("caps", send.decision.id, send.decision.user, send.claim, f"{told}: {why}.", others, first)


def _apart(span: Instant) -> str:
    return f"{in_words(span)} from" if span else "at the same instant as"
