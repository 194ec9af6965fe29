"""What was learned of when users look, in words for those who did not learn it."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from opportune.features.attention_model import DEFAULT, AttentionModel, Baseline
from opportune.training.attention_proof import FEWEST_DAYS, Proof
from opportune.wiring.backtest.days import date_of
from opportune.wiring.training.send_time import Learned

_BUSY = 0.8
"""Hours with so much of the busiest hour's are named."""
_MACHINES = 0.05
"""Where more of the users open nearly all at once it is said."""


def lines_of(learned: Learned) -> list[str]:
    """What it was learned from, what was learned, and what it brings."""
    return [*_past(learned), *_machines(learned), "", *_kinds(learned), "", *_sends(learned), "",
            *_parameters(learned.model), "", *_proof(learned.proof)]  # fmt: skip


def busy_hours(day: Sequence[float]) -> str:
    """The hours of a day with almost as much as its busiest: 8-11 and 19-22."""
    most = max(day)
    is_busy = [each >= _BUSY * most for each in day]
    if all(is_busy):
        return "all day"
    start = is_busy.index(False)
    spans, hour = [], start
    for busy, part in groupby(is_busy[start:] + is_busy[:start]):
        length = len(list(part))
        if busy:
            spans.append((hour % 24, (hour + length) % 24))
        hour += length
    return " and ".join(f"{first}-{last or 24}" for first, last in sorted(spans))


def baseline_told(baseline: Baseline) -> str:
    """Its hour, or that of each weekday where they differ."""
    if len(set(baseline.hours)) == 1:
        return f"{baseline.hours[0]}:00"
    days = zip(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), baseline.hours, strict=True)
    return ", ".join(f"{day} {hour}:00" for day, hour in days)


def _past(learned: Learned) -> Iterator[str]:
    seen = f"{learned.users:,} users and {learned.check_ins:,} hours in which they were active"
    sent = f", {learned.sends:,} messages and {learned.opens:,} opens by people" if learned.sends else ""
    yield f"{learned.model.name}: learned from {seen}{sent},"
    yield f"{date_of(learned.first)} to {date_of(learned.last)} on users' own clocks."


def _machines(learned: Learned) -> Iterator[str]:
    if learned.at_once > _MACHINES * learned.often_sent:
        yield f"WARNING: {learned.at_once:,} of {learned.often_sent:,} users who were sent 5 messages or more open"
        yield "nearly everything at once: probably machines. Mark their opens (by: machine) or leave them out,"
        yield "and train again; else these users are taken to look whenever you write."


def _kinds(learned: Learned) -> Iterator[str]:
    kinds = learned.model.archetypes
    if len(kinds) == 1:
        yield "Users are taken as one kind: there are too few, or too alike, to tell kinds apart. They look"
    else:
        yield f"There are {len(kinds)} kinds of users. They look"
    for each in kinds:
        weekday = [sum(each.curve[hour:120:24]) for hour in range(24)]
        weekend = [sum(each.curve[120 + hour :: 24]) for hour in range(24)]
        told = f"  {each.share:4.0%}  weekdays {busy_hours(weekday)}, weekends {busy_hours(weekend)}"
        share = sum(weekend) / sum(each.curve)
        yield told + (f", and {share:.0%} of all that they do is on weekends" if abs(share - 2 / 7) > 0.1 else "")


def _sends(learned: Learned) -> Iterator[str]:
    model = learned.model
    if not learned.opens:
        yield "Nothing is known of opens: delay curves stay as common knowledge has them. Without a better reason one"
        yield f"writes at {baseline_told(model.baselines[''])}, the hour in which most users are active."
        return
    yield "Without a better reason one writes"
    for key, baseline in sorted(model.baselines.items()):
        told = f"  {key or 'all others':24} at {baseline_told(baseline)}"
        yield told + (f"; {baseline.opened:.1%} are opened" if key else "")
    for channel, delays in sorted(model.delays.items()):
        if channel and delays != DEFAULT.delays.get(channel):
            half = next((step for step, each in enumerate(delays) if each < delays[0] / 2), len(delays))
            yield f"  {channel:24} is half as likely to be opened after {half} hour{'s' * (half != 1)}"


def _parameters(model: AttentionModel) -> Iterator[str]:
    kept = ("strength", "width", "older", "kin", "sureness", "fewest")
    if all(getattr(model, each) == getattr(DEFAULT, each) for each in kept):
        yield f"There were fewer than {FEWEST_DAYS} days to choose on: how own hours are read stays as it was."
    yield f"What is known in general weighs as much as {model.strength:g} check-ins of one's own (strength)."
    around = f"speaks for hours around it, by {model.width:g} hours" if model.width else "speaks for its own hour alone"
    yield f"A check-in {around} (width); of earlier quarters it counts {model.older:.0%} (older);"
    yield f"of weekdays it says {1 - model.kin:.0%} for weekends (kin). The baseline is left for a user's own hour"
    yield f"after {model.fewest} check-ins, for a gain of {model.sureness:g} standard deviations (fewest, sureness)."


def _proof(proof: Proof | None) -> Iterator[str]:
    if proof is None:
        yield f"What it brings is not known: fewer than {FEWEST_DAYS} later days of users who were seen before."
        return
    yield f"Learned from the first 70% alone, and asked of {proof.days:,} later days of {proof.users:,} users in which"
    yield f"one hour each is active: named right {proof.ours:.2%}, by the baseline {proof.baseline:.2%}."
    ends = f"{proof.gain * 100:+.2f} points ({proof.low * 100:+.2f} to {proof.high * 100:+.2f}, 95 of 100 times)"
    yield f"That is a gain: {ends}." if proof.is_gain else f"That is not surely a gain: {ends}."
