"""One decision in plain words: what became of it, how it came about, and what would have changed it."""

from collections.abc import Iterator

from opportune.policies.decision import Decision, Ending
from opportune.policies.obstacles import delays, nearest, obstacles
from opportune.units import Instant
from opportune.wiring.around import NOTHING_AROUND, Around
from opportune.wiring.counterfactuals import otherwise_said
from opportune.wiring.hand_over import HandOver, hand_over_said
from opportune.wiring.moment import moment_said
from opportune.wiring.plain_words import an, channel_of, clock_of, instant_of, looked_at, reason_of, zone_said
from opportune.wiring.rivalry import rivals_said


def sentences_of(
    decision: Decision,
    ending: Ending | None,
    address: str | None = None,
    around: Around = NOTHING_AROUND,
    *,
    hand_over: HandOver | None = None,
) -> list[str]:
    """What became of one decision and how it came about, in plain words; ``ending``: None while it is open.

    The more is known around it, the more is said: who won, what a cap was filled by, what would have changed it.
    """
    return [
        *_fallen(decision, ending, address, around),
        *hand_over_said(decision, hand_over),
        *_origin(decision, around, ending),
    ]


def _fallen(decision: Decision, ending: Ending | None, address: str | None, around: Around) -> Iterator[str]:
    """What, when and where, or why not and the next instant."""
    chosen = decision.chosen
    if chosen is None:
        yield from _silence(decision)
    else:
        where = f"{an(channel_of(chosen.channel))}{f' to {address}' if address else ''} (wording {chosen.variant!r})"
        yield _fate(decision, ending, where, is_begun=address is not None)
        if decision.timing is not None:
            yield from moment_said(decision, ending, around, is_begun=address is not None)
        elif chosen.at > decision.due:
            yield _put_off(decision, chosen.at)


def _origin(decision: Decision, around: Around, ending: Ending | None) -> Iterator[str]:
    """What it was up against, what would have changed it, and how it came to be considered."""
    zone = decision.zone
    yield from rivals_said(decision, ending, around)
    yield from otherwise_said(decision, around)
    run = f"journey {decision.journey}" + (f" ({decision.key})" if decision.key else "")
    yield f"{run[0].upper()}{run[1:]} proposed it on {instant_of(zone, decision.due)}."
    is_told = decision.timing is not None and decision.timing.zone == zone
    if decision.zone_source and not is_told and any(each.policy == "quiet_hours" for each in decision.verdicts):
        yield f"The clock is that of {zone}: {zone_said(decision)}."
    yield from (f"It looked at {looked_at(each, zone)}." for each in decision.features)


def _put_off(decision: Decision, to: Instant) -> str:
    """Rather when than when, and because of what."""
    reasons = " and ".join(f"{reason_of(code)} ({code})" for code in delays(decision))
    because = f", because {reasons}" if reasons else ""
    then = clock_of(decision.zone, decision.due)
    return f"It was decided for {instant_of(decision.zone, to)} rather than for {then}{because}."


def _fate(decision: Decision, ending: Ending | None, where: str, *, is_begun: bool) -> str:
    name, chosen, zone = decision.message, decision.chosen, decision.zone
    assert chosen is not None
    if ending is None and is_begun:
        return f"{name} was handed over as {where} on {instant_of(zone, chosen.at)}; it is not yet answered or seen."
    if ending is None:
        return f"{name} will go out as {where} on {instant_of(zone, chosen.at)}, unless something ends it before."
    at = instant_of(zone, ending.at)
    match ending.outcome:
        case "sent":
            return f"{name} was sent as {where} on {at}."
        case "unknown":
            return f"{name} may have been sent as {where} on {at}: no answer came, and it is not tried again."
        case "not_sent" | "expired":
            return f"{name} was chosen as {where}, and was not sent: {reason_of(ending.code)} ({ending.code}), on {at}."


def _silence(decision: Decision) -> Iterator[str]:
    """Why nothing was said: on each channel if gates settled it, nearest first; else by the pick that did."""
    near = nearest(decision)
    if near is None:
        yield f"{decision.message} was not sent: {reason_of(decision.code)} ({decision.code})."
        yield _next(decision.zone, decision.until)
        return
    yield f"{decision.message} was not sent: {reason_of(near.code)} ({near.code})."
    yield _next(decision.zone, near.until)
    for each in obstacles(decision):
        if each.channel != near.channel or len(each.codes) > 1:
            reasons = "; ".join(reason_of(code) for code in each.codes)
            yield f"  Not as {an(channel_of(each.channel))}: {reasons}."


def _next(zone: str, until: Instant | None) -> str:
    if until is None:
        return "That does not change by itself."
    return f"That might be different from {instant_of(zone, until)} on."
