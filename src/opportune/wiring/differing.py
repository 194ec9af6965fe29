"""What is different between a decision that was kept and the same one made again, in words."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from opportune.policies.decision import Decision, Ending, Verdict
from opportune.policies.timing import Timing
from opportune.units import DAY, ONE, Instant, Micros
from opportune.wiring.plain_words import clock_of, reason_of

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Difference(Struct, frozen=True):
    """One decision, or ending, that is not the same; None where there is none."""

    decision: str
    user: str
    day: str
    kept: str | None
    again: str | None
    what: Literal["decision", "ending"] = "decision"
    changes: tuple[str, ...] = ()
    """What is different, a line each; none where one side is missing. A verdict that was only kept begins with -, one
    that was only made again with +."""


def day_of(at: Instant) -> str:
    """The UTC day of an instant, such as ``2026-06-01``."""
    return (_EPOCH + timedelta(days=at // DAY)).date().isoformat()


def difference_of(kept: Decision | None, again: Decision | None) -> Difference:
    """Of one decision, of which at least one side is there."""
    one = kept or again
    assert one is not None
    changes = tuple(_changes(kept, again)) if kept is not None and again is not None else ()
    before, after = (None if each is None else _decision_in_words(each) for each in (kept, again))
    return Difference(one.id, one.user, day_of(one.due), before, after, "decision", changes)


def difference_of_ending(kept: Ending | None, again: Ending | None) -> Difference:
    """The same of how one decision ended."""
    one = kept or again
    assert one is not None
    before, after = (None if each is None else _ending_in_words(each) for each in (kept, again))
    return Difference(one.decision, one.user, day_of(one.at), before, after, "ending")


def _decision_in_words(decision: Decision) -> str:
    chosen, begun = decision.chosen, f"{decision.message} of {decision.journey}"
    if chosen is None:
        return f"{begun}: silence, {decision.code}: {reason_of(decision.code)}"
    return f"{begun}: {chosen.channel}, wording {chosen.variant}, on {clock_of(decision.zone, chosen.at)}"


def _ending_in_words(ending: Ending) -> str:
    return f"ended {ending.outcome}/{ending.code} on {clock_of('UTC', ending.at)} UTC"


def _changes(kept: Decision, again: Decision) -> Iterator[str]:
    before, after = dict(_said(kept)), dict(_said(again))
    for name in before:
        if name in after and before[name] != after[name]:
            yield f"{name}: {before[name]} -> {after[name]}"
    was, now = [_verdict(each, kept.zone) for each in kept.verdicts], [_verdict(e, again.zone) for e in again.verdicts]
    yield from (f"- {said}" for said in dict.fromkeys(was) if was.count(said) > now.count(said))
    yield from (f"+ {said}" for said in dict.fromkeys(now) if now.count(said) > was.count(said))


def _said(decision: Decision) -> Iterator[tuple[str, str]]:
    """All that is part of the digest but verdicts, by name; then why that moment."""
    chosen, zone = decision.chosen, decision.zone
    yield "message", decision.message
    yield "channel", "none" if chosen is None else chosen.channel
    yield "wording", "none" if chosen is None else chosen.variant
    yield "instant", "none" if chosen is None else _exactly(zone, chosen.at)
    yield "code", decision.code
    yield "until", "none" if decision.until is None else _exactly(zone, decision.until)
    yield "worth", _number(decision.worth)
    yield "chance", _number(decision.propensity)
    yield from _moment(decision.timing)


def _moment(timing: Timing | None) -> Iterator[tuple[str, str]]:
    """What ``send_time`` knew, and what it chose between."""
    yield "send_time", "no part" if timing is None else f"{timing.basis}, {timing.because}"
    if timing is None:
        return
    zone = timing.zone
    yield "arm", timing.arm
    yield "best moment", _exactly(zone, timing.best)
    yield "baseline", _exactly(zone, timing.baseline)
    yield "gain", f"{_number(timing.gain)} (give or take {_number(timing.deviation)})"
    yield "sessions and opens", f"{timing.check_ins} and {timing.opens}"
    yield "model", f"{timing.model} ({timing.policy})"
    yield "clock", f"{zone} ({timing.zone_source})"
    listed = (f"{each.channel} {_exactly(zone, each.at)} {_number(each.chance)}" for each in timing.slots)
    yield "moments", "; ".join(listed)


def _verdict(verdict: Verdict, zone: str) -> str:
    until = "for good" if verdict.until is None else f"until {_exactly(zone, verdict.until)}"
    where = verdict.channel or "all channels"
    return f"{verdict.policy} on {where}, judged for {_exactly(zone, verdict.at)}: {verdict.code}, {until}"


def _exactly(zone: str, at: Instant) -> str:
    """To the millisecond, for two sides may differ by one."""
    return f"{clock_of(zone, at)}:{at // 1_000 % 60:02}.{at % 1_000:03}"


def _number(millionths: Micros) -> str:
    return f"{millionths / ONE:.6f}".rstrip("0").rstrip(".")
