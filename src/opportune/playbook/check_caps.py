"""Policies that bind nothing, and limits that can never make a difference."""

from collections.abc import Iterator
from typing import Final, TypeAlias

from opportune.journeys.journey import Journey
from opportune.journeys.step import Send
from opportune.journeys.trigger import Broadcast, Schedule
from opportune.messages.message import Message
from opportune.playbook.causes import reached
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.verbs import Gate, Policy
from opportune.units import HOUR, WEEK, Millis, in_words

Limit: TypeAlias = FrequencyCap | MinimumGap | Fatigue
_LONGEST: Final = {"day": 25 * HOUR, "week": WEEK + HOUR}
"""A calendar day or week, with an hour more where clocks go back."""


def cap_findings(playbook: Playbook) -> Iterator[Finding]:
    """Policies that bind no message, limits that a tighter one makes idle, and limits that nothing can reach."""
    said = [message for message in playbook.messages.values() if message.kind != "internal"]
    for index, policy in enumerate(playbook.policies):
        path = f"policies[{index}]"
        if _is_narrow(policy) and said and not _bound(policy, said):
            text = f"{policy.name} binds no message: none is said {_where(policy)}; widen it, or remove it"
            yield found(playbook, "warning", path, text)
        elif isinstance(policy, Limit):
            yield from _idle(playbook, index, policy, said)


def _idle(playbook: Playbook, index: int, limit: Limit, said: list[Message]) -> Iterator[Finding]:
    """At most one finding: the first other limit that is always in the way before this one, or too few sends."""
    path = f"policies[{index}]"
    for place, other in enumerate(playbook.policies):
        if other == limit or not isinstance(other, Limit) or not _outdoes(other, limit, said):
            continue
        if _outdoes(limit, other, said) and place > index:
            continue  # they are as tight as each other: said of the later one
        where = playbook.places.get(f"policies[{place}]", f"policies[{place}]")
        text = f"{in_words_of(limit)} can never bind: {in_words_of(other)} at {where} is tighter; keep one of both"
        yield found(playbook, "warning", path, text)
        return
    most, (at_most, _) = most_sends(playbook, limit), limit_of(limit)
    if most is not None and most <= at_most and not (isinstance(limit, Fatigue) and limit.ignored is not None):
        text = (
            f"{in_words_of(limit)} never stops anything, sends of other systems apart: in that time journeys send a "
            f"user {most} at most; good to know, if more are to come"
        )
        yield found(playbook, "note", path, text)


def limit_of(limit: Limit) -> tuple[int, Millis]:
    """How many it allows in any window of which length, a calendar window taken as its longest."""
    match limit:
        case FrequencyCap(at_most, within):
            return at_most, within if isinstance(within, int) else _LONGEST[within]
        case Fatigue(at_most, within):
            return at_most, within
        case MinimumGap(span):
            return 1, span


def in_words_of(limit: Limit) -> str:
    """As one says it: ``frequency_cap 4 in 7 days``."""
    match limit:
        case FrequencyCap(at_most, within):
            return f"frequency_cap {at_most} in {in_words(within) if isinstance(within, int) else 'a ' + within}"
        case Fatigue(at_most, within):
            return f"fatigue {at_most} in {in_words(within)}"
        case MinimumGap(span):
            return f"minimum_gap {in_words(span)}"


def most_sends(playbook: Playbook, limit: Limit) -> int | None:
    """The most counted messages that its window can hold with all journeys at their busiest; None: no bound."""
    _, span = limit_of(limit)
    total = 0
    for journey in playbook.journeys.values():
        sends = [playbook.messages.get(step.message) for step in _sends(journey)]
        counted = sum(message is not None and _counts(limit, message) for message in sends)
        entries = _entries(journey, span) if counted else 0
        if entries is None:
            return None
        total += counted * entries
    return total


def _sends(journey: Journey) -> list[Send]:
    return [step for place in sorted(reached(journey)) if isinstance(step := journey.steps[place], Send)]


def _entries(journey: Journey, span: Millis) -> int | None:
    """How many of its runs can send in a window of this length; None where that has no bound."""
    if journey.key or isinstance(journey.enter, Schedule | Broadcast):
        return None
    if journey.reentry.kind == "once":
        return 1
    if journey.reentry.kind == "cooldown" and journey.reentry.basis != "goal":
        return span // journey.reentry.span + 2 if journey.reentry.span else None
    return None


def _outdoes(tight: Limit, loose: Limit, said: list[Message]) -> bool:
    """Whether all that the loose one counts is bound by the tight one, which allows no more of it in its window."""
    if isinstance(loose, Fatigue) and loose.ignored is not None:
        return False
    pairs = [
        (message, channel) for message in said for channel in message.channels if _counts_on(loose, message, channel)
    ]
    if not all(tight.binds(message, channel) and _counts_on(tight, message, channel) for message, channel in pairs):
        return False
    (few, long), (many, short) = limit_of(tight), limit_of(loose)
    if isinstance(tight, FrequencyCap) and isinstance(tight.within, str):
        is_same = isinstance(loose, FrequencyCap) and loose.within == tight.within
        return is_same and few <= many
    return few * -(-short // long) <= many


def _counts(limit: Limit, message: Message) -> bool:
    return any(_counts_on(limit, message, channel) for channel in message.channels)


def _counts_on(limit: Limit, message: Message, channel: str) -> bool:
    """Whether the limit counts this message on this channel."""
    if isinstance(limit, Fatigue):
        return True
    topics = limit.topics if isinstance(limit, FrequencyCap) else ()
    fits = (not limit.channels or channel in limit.channels) and (not topics or message.topic in topics)
    return fits and message.counts


def _is_narrow(policy: Policy) -> bool:
    return isinstance(policy, Gate) and bool(getattr(policy, "channels", ()) or getattr(policy, "topics", ()))


def _bound(policy: Policy, said: list[Message]) -> bool:
    return any(policy.binds(message, channel) for message in said for channel in message.channels)


def _where(policy: Policy) -> str:
    """On what a policy says that it looks; what it binds is its own affair."""
    channels, topics = (getattr(policy, field, ()) for field in ("channels", "topics"))
    on = [f"on {', '.join(channels)}"] if channels else []
    return " ".join([*on, *([f"of topic {', '.join(topics)}"] if topics else [])])
