"""What to look at in a report, in plain words: what never happens, what happens too often, what cannot be meant."""

from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

from opportune.wiring.backtest.report import CapUse, JourneyFigures, Report
from opportune.wiring.backtest.text_tables import percent
from opportune.wiring.plain_words import reason_of

NIGHT: Final = (*range(22, 24), *range(7))
"""Hours in which nobody likes to be written to."""
MOST: Final = 12
"""So many hints are given."""
CROWDED: Final = 5
"""A day with so many times as much as usual is a rush."""
_ADVICE = {
    "no_consent": "is consent in this past, as events or as the trait that the playbook names?",
    "no_address": "are addresses in this past, as traits of identify calls?",
    "too_late": "is useful_for long enough for what it waits for?",
    "not_in_session": "it speaks into sessions only: is there another channel?",
    "frequency_cap": "is the cap too tight, or the journey too eager?",
    "minimum_gap": "is the gap too long, or do the steps stand too close?",
    "fatigue": "opens and clicks of messages that were never sent are not known: that makes users look tired",
    "not_worth_it": "does its worth come to more than nothing?",
    "stale": "is the age that the gate asks for too short?",
}
"""What to ask where a code silences most of a journey."""


def hints(report: Report) -> list[str]:
    """One sentence or two for each thing; the worst first."""
    looks: tuple[Callable[[Report], Iterator[str]], ...] = (_broken, unnoticed, _journeys, _caps, _rivals, _rushes)
    said = [each for look in looks for each in look(report)]
    rest = len(said) - MOST
    return [*said[:MOST], f"And {rest} more of this kind."] if rest > 1 else said


def _broken(report: Report) -> Iterator[str]:
    if report.poisoned:
        yield f"The engine could not take {report.poisoned:,} entries, the first: {report.poison[0]}"
    for name, count in report.looped.items():
        yield f"Emitted events go round: {name} was not emitted {count:,} times."
    if report.late:
        yield f"{report.late:,} events came too late to begin or end anything: they changed features only."


def unnoticed(report: Report) -> Iterator[str]:
    """Where fatigue silences for what nobody could notice, because the past holds no opens of what is tested."""
    if report.noticed:
        return
    for each in report.caps:
        if each.unnoticed is not None and each.unnoticed.silenced:
            many, row = f"{each.unnoticed.silenced:,} decisions", f"{each.unnoticed.ignored} in a row"
            yield (
                f"{each.policy} silenced {many} because {row} had gone unnoticed. But this past holds no open or click "
                "of what this playbook sends: all of it counts as unnoticed, and the number is too high. "
                "Try it without ignored, too."
            )


def _journeys(report: Report) -> Iterator[str]:
    for name, journey in report.journeys.items():
        if not journey.decisions:
            yield f"{name} never came to speak: nobody entered it, or everybody left before its first message."
        elif not journey.sent and not journey.internal and journey.codes:
            code, count = _worst(journey)
            said = f"most often because {reason_of(code)} ({code}, {count:,})" if count < journey.decisions else ""
            told = said or f"each time because {reason_of(code)} ({code})"
            yield f"{name} never spoke, though it wanted to {journey.decisions:,} times, {told}.{_advice(code)}"
        elif journey.codes and 2 * _worst(journey)[1] > journey.decisions:
            code, count = _worst(journey)
            share = percent(count, journey.decisions)
            yield f"{name} is silent {share} of the time because {reason_of(code)} ({code}).{_advice(code)}"


def _worst(journey: JourneyFigures) -> tuple[str, int]:
    return min(journey.codes.items(), key=lambda each: (-each[1], each[0]))


def _advice(code: str) -> str:
    asked = _ADVICE.get(code)
    return f" {asked[0].upper()}{asked[1:]}" if asked else ""


def _caps(report: Report) -> Iterator[str]:
    for each in report.caps:
        fullest = max(each.fullest, default=0)
        if each.objected or each.silenced or each.at_most is None:
            continue
        reached = "no user got anything that it counts" if not fullest else f"no user got more than {fullest:,} in it"
        if each.users_at_limit is None:
            reached = "no message was proposed so soon before or after another"
        elif fullest >= each.at_most:
            reached = f"{each.users_at_limit:,} users came just up to it"
        yield f"{each.policy} never objected to anything: {reached}."
    yield from _exhausted(report.caps, report)


def _exhausted(caps: list[CapUse], report: Report) -> Iterator[str]:
    for each in caps:
        silences_many = 20 * each.silenced > report.decisions
        if silences_many and each.users_at_limit is not None and 2 * each.users_at_limit > report.users_reached > 0:
            share = percent(each.users_at_limit, report.users_reached)
            yield f"{share} of those who got anything were at the limit of {each.policy}: it decides who hears what."


def _rivals(report: Report) -> Iterator[str]:
    against: dict[str, dict[str, int]] = {}
    for each in report.collisions:
        counts = against.setdefault(each.loser, {})
        counts[each.winner] = counts.get(each.winner, 0) + each.count
    for loser, counts in sorted(against.items()):
        winner, count = min(counts.items(), key=lambda each: (-each[1], each[0]))
        decisions = report.journeys[loser].decisions if loser in report.journeys else 0
        if 4 * count > decisions:
            by = "its own earlier messages" if winner == loser else f"messages of {winner}"
            share = percent(count, decisions)
            yield f"{loser} was kept silent {count:,} times ({share} of what it wanted to say) by {by}."


def _rushes(report: Report) -> Iterator[str]:
    if not report.sent:
        return
    night = sum(report.by_hour[hour] for hour in NIGHT)
    if night:
        share = percent(night, report.sent)
        yield f"{night:,} messages ({share}) would reach users between 22:00 and 07:00 on their own clocks."
    top = max(range(24), key=lambda hour: (report.by_hour[hour], -hour))
    if 4 * report.by_hour[top] > report.sent:
        count, waited = report.by_hour[top], report.waited_by_hour[top]
        told, rest = (f"{waited:,}", "") if waited else ("none", "; see what their journeys wait for")
        hour = f"{percent(count, report.sent)} of all messages go out between {top:02}:00 and {(top + 1) % 24:02}:00"
        yield f"{hour}: {told} of these {count:,} had waited for quiet hours to end{rest}."
    days = {day: sum(counts.values()) for day, counts in report.by_day.items()}
    usual, most = median(days.values()), max(days, key=lambda day: (days[day], day))
    if len(days) > 6 and days[most] > CROWDED * usual:
        yield f"On {most} there would be {days[most]:,} messages; half of the days have {usual:,.0f} or fewer."
    first = report.most[0]
    usual = report.sent / report.users_reached
    if first.sent >= CROWDED * usual:
        yield f"{first.user} would get {first.sent:,} messages; those who get any get {usual:.1f} on average."
