"""Why a message goes out when it does, in plain words: what ``send_time`` chose between, and how sure it was."""

from collections.abc import Iterator

from msgspec.structs import replace

from opportune.features.local_time import local, zone_named
from opportune.policies.decision import Decision, Ending
from opportune.policies.send_time import SendTime
from opportune.policies.timing import Slot, Timing
from opportune.units import ONE, Instant, Micros
from opportune.wiring.around import Around
from opportune.wiring.plain_words import clock_of, instant_of, zone_said

ROUNDING = 2
"""Millionths by which the gain may differ from that of the chances that are shown beside it."""


def moment_said(decision: Decision, ending: Ending | None, around: Around, *, is_begun: bool = False) -> Iterator[str]:
    """For what it waits or waited and why, on what that rests, and on whose clock; nothing without ``send_time``."""
    timing, chosen = decision.timing, decision.chosen
    if timing is None or chosen is None:
        return
    verb = _verb(ending, is_begun=is_begun, is_now=chosen.at == decision.due)
    when = "" if chosen.at == decision.due else f" {instant_of(timing.zone, chosen.at)}"
    aim = timing.best if timing.basis == "learned" else timing.baseline
    if chosen.at == aim:
        where = "" if timing.basis == "learned" else f"{',' if when else ' at'} {_baseline(timing)}"
        yield f"It {verb}{when}{where}: {_because(timing, around)}."
    else:
        yield f"It {verb}{when}, {_drawn(decision, timing)}."
        name = instant_of(timing.zone, aim) if timing.basis == "learned" else _baseline(timing)
        yield f"Else it would have been {name}: {_because(timing, around)}."
    yield f"It rests on {_known(timing)} of this user, and on the model {timing.model!r}."
    told = replace(decision, zone_source=timing.zone_source, zone_age=timing.zone_age)
    yield f"The clock is that of {timing.zone}: {zone_said(told)}."


def _verb(ending: Ending | None, *, is_begun: bool, is_now: bool) -> str:
    if ending is None and not is_begun:
        return "goes at once" if is_now else "waits for"
    if ending is None or ending.outcome in ("sent", "unknown"):
        return "went at once" if is_now else "waited for"
    return "was to go at once" if is_now else "was to wait for"


def _because(timing: Timing, around: Around) -> str:
    """Why the baseline was left, or kept."""
    match timing.because:
        case "sure_gain":
            top, base = _chance(timing, timing.best), _chance(timing, timing.baseline)
            said = f"the user opens best then (chance of an open {percent_of(top)} against {percent_of(base)} at "
            said += f"{_baseline(timing)}"
            if abs(timing.gain - (top - base)) <= ROUNDING:
                return f"{said})"
            return f"{said}; with what waiting costs better by {_points(timing)})"
        case "control":
            share = _control(around)
            size = "" if share is None else f"'s {percent_of(share)}"
            return f"the user is one of the control{size}, who always get the baseline"
        case "too_little_known":
            return f"not enough signal, {_known(timing)}"
        case "no_gain":
            return "no other hour is better for this user"
        case "unsure_gain":
            best = clock_of(timing.zone, timing.best)
            return f"the user's own best hour, {best}, is better by {_points(timing)}, which is not sure"


def _drawn(decision: Decision, timing: Timing) -> str:
    slot = next((each for each in timing.slots if _is_chosen(decision, each)), None)
    few = sum(each.chance > 0 for each in timing.slots)
    chance = "" if slot is None else f" with chance {percent_of(slot.chance)}"
    opened = "" if slot is None else f" (chance of an open {percent_of(slot.opened)})"
    return f"drawn among {few} slots{chance} so that all of them are tried{opened}"


def _is_chosen(decision: Decision, slot: Slot) -> bool:
    chosen = decision.chosen
    return chosen is not None and (slot.channel, slot.at) == (chosen.channel, chosen.at)


def _baseline(timing: Timing) -> str:
    """``the baseline 18:00``; where a gate closes that hour, what stands for it."""
    zone = zone_named(timing.zone)
    name = f"the baseline {timing.baseline_hour:02}:00"
    if zone is None or local(zone, timing.baseline)[1] // 60 == timing.baseline_hour:
        return name
    return f"{clock_of(timing.zone, timing.baseline)}, which stands for {name}"


def _chance(timing: Timing, at: Instant) -> Micros:
    return next((each.opened for each in timing.slots if (each.channel, each.at) == (timing.channel, at)), 0)


def _control(around: Around) -> Micros | None:
    policies = () if around.playbook is None else around.playbook.policies
    return next((each.control for each in policies if isinstance(each, SendTime)), None)


def _known(timing: Timing) -> str:
    """``15 sessions and 2 opens``."""
    counts = [(timing.check_ins, "session"), *([(timing.opens, "open")] if timing.opens else [])]
    return " and ".join(f"{count:,} {name}{'' if count == 1 else 's'}" for count, name in counts)


def percent_of(share: Micros) -> str:
    """In percent; below ten with one digit behind the point: ``24%``, ``1.1%``."""
    percent = 100 * share / ONE
    return f"{percent:.0f}%" if percent >= 9.95 or share == 0 else f"{percent:.1f}%"


def _points(timing: Timing) -> str:
    return f"{100 * timing.gain / ONE:.1f} points (give or take {100 * timing.deviation / ONE:.1f})"
