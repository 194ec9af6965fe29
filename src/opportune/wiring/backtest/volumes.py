"""How much goes out: by day, hour, channel and journey, and who gets most of it."""

from collections import Counter
from collections.abc import Iterable, Mapping

from opportune.features.local_time import local
from opportune.messages.message import Message
from opportune.policies.decision import Decision, Ending
from opportune.policies.obstacles import code_of
from opportune.units import DAY, Instant
from opportune.wiring.backtest.days import date_of
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.report import JourneyFigures, Report, UserReached
from opportune.wiring.backtest.said import GONE_OUT, Said, has_waited

MOST_NAMED = 20
"""So many of the users who get most are named."""
MOST_POISON = 20


class Volumes:
    """Counts of what was decided and sent; any split of users and any order come to the same."""

    def __init__(self, journeys: Iterable[str], messages: Mapping[str, Message]) -> None:
        self._messages = messages
        self._users = self._events = self._late = self._poisoned = 0
        self._poison: list[str] = []
        self._looped: Counter[str] = Counter()
        self._sends: Counter[tuple[Instant, str, str]] = Counter()
        """By UTC day, journey and channel."""
        self._hours: Counter[tuple[int, int]] = Counter()
        """By weekday and hour of the users' own clocks."""
        self._waited: Counter[int] = Counter()
        """By hour of these clocks: what had waited for quiet hours to end."""
        self._noticed = 0
        self._journeys = {name: JourneyFigures() for name in journeys}
        self._each: Counter[int] = Counter()
        self._most: list[UserReached] = []

    def add(self, lived: Lived, said: list[Said]) -> None:
        """One user's past, and what went out to this user."""
        self._users += 1
        self._events += lived.events
        self._late += lived.late
        self._noticed += sum(each.id in lived.noticed for each in lived.decisions) if lived.noticed else 0
        self._poisoned += len(lived.poison)
        if lived.poison:
            self._poison = sorted([*self._poison, *lived.poison])[:MOST_POISON]
        self._looped.update(lived.looped)
        for decision in lived.decisions:
            self._count(decision, lived.endings.get(decision.id))
        for goal in lived.goals:
            journey = self._journey(goal.journey)
            journey.goals += 1
            journey.goal_value += goal.value or 0
        self._count_said(lived, said)

    def _count(self, decision: Decision, ending: Ending | None) -> None:
        journey = self._journey(decision.journey)
        journey.decisions += 1
        if ending is None:
            journey.open += 1
        elif ending.outcome not in GONE_OUT:
            code = code_of(decision, ending)
            journey.codes[code] = journey.codes.get(code, 0) + 1
        elif self._messages[decision.message].kind == "internal":
            journey.internal += 1

    def _count_said(self, lived: Lived, said: list[Said]) -> None:
        self._each[len(said)] += 1
        for each in said:
            name, message = each.decision.journey, each.decision.message
            journey = self._journey(name)
            journey.sent += 1
            journey.channels[each.channel] = journey.channels.get(each.channel, 0) + 1
            journey.messages[message] = journey.messages.get(message, 0) + 1
            _, minutes, weekday = local(each.zone, each.at)
            self._hours[weekday, minutes // 60] += 1
            self._waited[minutes // 60] += has_waited(each)
            self._sends[each.at // DAY * DAY, name, each.channel] += 1
        journeys = sorted({each.decision.journey for each in said})
        for name in journeys:
            self._journeys[name].users += 1
        if said:
            self._name([UserReached(lived.user, len(said), len(lived.decisions), tuple(journeys))])

    def _name(self, more: Iterable[UserReached]) -> None:
        """Keeps those who get most; of as many the first by id."""
        found = [*self._most, *more]
        self._most = sorted(found, key=lambda each: (-each.sent, -each.decisions, each.user))[:MOST_NAMED]

    def _journey(self, name: str) -> JourneyFigures:
        return self._journeys.setdefault(name, JourneyFigures())

    def merge(self, other: "Volumes") -> None:
        """What was counted of other users as well."""
        self._users += other._users
        self._events += other._events
        self._late += other._late
        self._noticed += other._noticed
        self._poisoned += other._poisoned
        self._poison = sorted([*self._poison, *other._poison])[:MOST_POISON]
        self._looped.update(other._looped)
        self._sends.update(other._sends)
        self._hours.update(other._hours)
        self._waited.update(other._waited)
        self._each.update(other._each)
        self._name(other._most)
        for name, figures in other._journeys.items():
            _add(self._journey(name), figures)

    def write(self, report: Report) -> None:
        """Enters the figures into the report."""
        report.users, report.events, report.late = self._users, self._events, self._late
        report.noticed = self._noticed
        report.poison, report.poisoned = self._poison, self._poisoned
        report.looped = dict(sorted(self._looped.items()))
        report.journeys = {name: _in_order(figures) for name, figures in sorted(self._journeys.items())}
        journeys = report.journeys.values()
        report.decisions = sum(each.decisions for each in journeys)
        report.sent = sum(each.sent for each in journeys)
        report.internal = sum(each.internal for each in journeys)
        report.open = sum(each.open for each in journeys)
        report.codes = _sum(each.codes for each in journeys)
        report.silent = sum(report.codes.values())
        report.sends_per_user = dict(sorted(self._each.items()))
        report.users_reached = self._users - self._each[0]
        report.most = list(self._most)
        self._write_sends(report)

    def _write_sends(self, report: Report) -> None:
        for (day, journey, channel), count in sorted(self._sends.items()):
            name = date_of(day)
            by_journey = report.by_day.setdefault(name, {})
            by_journey[journey] = by_journey.get(journey, 0) + count
            by_channel = report.by_day_channel.setdefault(name, {})
            by_channel[channel] = by_channel.get(channel, 0) + count
        report.by_day_channel = {day: dict(sorted(each.items())) for day, each in report.by_day_channel.items()}
        report.by_channel = _sum(report.by_day_channel.values())
        for (weekday, hour), count in self._hours.items():
            report.by_hour[hour] += count
            report.by_weekday_hour[weekday][hour] += count
        for hour, count in self._waited.items():
            report.waited_by_hour[hour] += count


def _add(figures: JourneyFigures, more: JourneyFigures) -> None:
    figures.decisions += more.decisions
    figures.sent += more.sent
    figures.internal += more.internal
    figures.open += more.open
    figures.users += more.users
    figures.goals += more.goals
    figures.goal_value += more.goal_value
    figures.channels = _sum((figures.channels, more.channels))
    figures.messages = _sum((figures.messages, more.messages))
    figures.codes = _sum((figures.codes, more.codes))


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """By name, in order of names."""
    found: Counter[str] = Counter()
    for each in counts:
        found.update(each)
    return dict(sorted(found.items()))


def _in_order(figures: JourneyFigures) -> JourneyFigures:
    """A copy whose names stand in order."""
    copy = JourneyFigures()
    _add(copy, figures)
    return copy
