"""What kept a message from each of its channels, how near each of them came, and the one code that is told of it."""

from msgspec import Struct

from opportune.policies.decision import Decision, Ending
from opportune.units import Instant

SITUATIONAL = ("not_in_session", "no_address")
"""Codes that only say that a channel was not there to be used; another channel's reason tells more."""


class Obstacle(Struct, frozen=True):
    """What stood against one channel at the instant at which the message was proposed."""

    channel: str
    code: str
    """The one that tells most: what does not pass by itself, or else what passes last."""
    codes: tuple[str, ...]
    """Without repeats, in the order of the policies."""
    until: Instant | None
    """The first instant at which none of them is sure to hold; None if one of them does not pass by itself."""


def obstacles(decision: Decision) -> list[Obstacle]:
    """One for each channel of a silence that somebody objected to, in the order of the message's channels."""
    found: dict[str, list[tuple[str, Instant | None]]] = {}
    for verdict in decision.verdicts:
        if verdict.at == decision.due and verdict.channel:
            found.setdefault(verdict.channel, []).append((verdict.code, verdict.until))
    return [_of(channel, said) for channel, said in found.items()]


def nearest(decision: Decision) -> Obstacle | None:
    """The channel that came nearest to being used, if a gate settled the silence; None if a pick did, or nobody spoke.

    One whose reasons pass by themselves comes before one whose do not, and one that was there to be used before one
    that was not; then fewer reasons, an earlier instant, and the order of channels decide.
    """
    found = obstacles(decision)
    if decision.chosen is not None or not any(decision.code in each.codes for each in found):
        return None
    return min(found, key=_distance)


def code_of(decision: Decision, ending: Ending | None) -> str:
    """The code under which a decision is told, counted and found: how it ended; while it is open, how it was made.

    Of a silence that gates settled it is that of the channel that came nearest. Where several gates stood against that
    channel it is the one that holds longest, and so the one to look at: a message that a cap stops at night is silent
    because of the cap.
    """
    near = nearest(decision)
    return near.code if near is not None else decision.code if ending is None else ending.code


def delays(decision: Decision) -> tuple[str, ...]:
    """The codes that kept the chosen channel from speaking at once and held longest; empty if it speaks at once.

    Empty too where ``send_time`` had several moments to choose between: then it waits because it chose to.
    """
    chosen, timing = decision.chosen, decision.timing
    if chosen is None or chosen.at == decision.due or (timing is not None and len(timing.slots) > 1):
        return ()
    found = [
        (each.until, each.code)
        for each in decision.verdicts
        if each.until is not None and each.until <= chosen.at and each.channel == chosen.channel
    ]
    longest = max((until for until, _ in found), default=0)
    return tuple(dict.fromkeys(code for until, code in found if until == longest))


def _of(channel: str, said: list[tuple[str, Instant | None]]) -> Obstacle:
    codes = tuple(dict.fromkeys(code for code, _ in said))
    lasting = [code for code, until in said if until is None]
    if lasting:
        return Obstacle(channel, min(lasting, key=lambda code: code in SITUATIONAL), codes, None)
    code, until = max(said, key=lambda each: each[1] or 0)
    return Obstacle(channel, code, codes, until)


def _distance(obstacle: Obstacle) -> tuple[bool, bool, int, Instant]:
    is_situational = any(code in SITUATIONAL for code in obstacle.codes)
    return obstacle.until is None, is_situational, len(obstacle.codes), obstacle.until or 0
