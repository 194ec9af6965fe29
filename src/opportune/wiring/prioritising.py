"""Which journeys to take up first: how much they would move, times how easily they can be had.

Both are whole numbers from 1 to 5, made by the rules below and nothing else, so that two people who ask get one answer.
**Impact** is read from a backtest: the share of all users whom the journey would reach in the last 30 days of a past,
or in all of a shorter one; less one where half of those whom it concerns do what it is for anyway. **Feasibility**
begins at 5 and loses points for what stands in the way. The product says High from 15 on, Medium from 8 on, else Low.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from opportune.console.chart_priorities import priorities_chart
from opportune.console.picture import Picture, alone
from opportune.events.names import ITEM_NEWS
from opportune.features.expression import reads
from opportune.features.window import Last
from opportune.journeys.expressions import expressions_of, watched_by
from opportune.journeys.journey import Journey
from opportune.journeys.step import Branch, Call, Split, WaitUntil
from opportune.playbook.definition import Playbook
from opportune.units import DAY, Millis, in_words
from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.report import JourneyFigures, Report

Level: TypeAlias = Literal["High", "Medium", "Low"]
REACH: Final = ((0.15, 5), (0.05, 4), (0.01, 3), (0.001, 2))
"""From which share of users in 30 days on how much impact; below the last it is 1."""
HIGH, MEDIUM = 15, 8
MONTH: Millis = 30 * DAY
_MOST_MISSING: Final = 0.3
"""The share of decisions that may lack an address, or consent, before that counts."""


class Priority(Struct, frozen=True):
    """How one journey stands."""

    playbook: str
    journey: str
    impact: int
    feasibility: int
    users: int
    """Whom it reached in the past that was tried."""
    share: float
    """Of all users, in the 30 days that were tried, or fewer."""
    reasons: tuple[str, ...]
    """What took points, or gave few, in words."""

    @property
    def product(self) -> int:
        """Impact times feasibility: 1 to 25."""
        return self.impact * self.feasibility

    @property
    def level(self) -> Level:
        """High, Medium or Low."""
        return "High" if self.product >= HIGH else "Medium" if self.product >= MEDIUM else "Low"


def last_month(past: Past, report: Report) -> Past | None:
    """The last 30 days of a past that this report is about, what is before as history; None if it is no longer."""
    if past.since is not None or report.until - report.since < MONTH + DAY:
        return None
    return replace(past, since=report.until - MONTH + 1)


def priorities(playbook: Playbook, report: Report, past: Millis) -> list[Priority]:
    """Every journey of the playbook that this report of 30 days is about: the most worthwhile first, then by name.

    ``past`` is how long the whole past is, with what is history.
    """
    found = [_priority(playbook, journey, report, past) for journey in playbook.journeys.values()]
    return in_order(found)


def in_order(told: Iterable[Priority]) -> list[Priority]:
    """The most worthwhile first; of equal ones those of more impact, then by name."""
    return sorted(told, key=lambda each: (-each.product, -each.impact, each.journey, each.playbook))


def drawn(told: Sequence[Priority]) -> str:
    """The matrix as an SVG file."""
    several = len({each.playbook for each in told}) > 1
    high = [each.journey for each in told if each.level == "High"]
    says = f"{len(high)} of {len(told)} journeys are of high priority{': ' if high else ''}{', '.join(high[:5])}."
    places = {
        f"{each.playbook}/{each.journey}" if several else each.journey: (each.impact, each.feasibility) for each in told
    }
    picture = Picture("priorities", "Impact and feasibility of each journey", says)
    return alone(priorities_chart(picture, places, high=HIGH, medium=MEDIUM))


def _priority(playbook: Playbook, journey: Journey, report: Report, past: Millis) -> Priority:
    figures = report.journeys.get(journey.name, JourneyFigures())
    share = figures.users / report.users if report.users else 0.0
    impact = next((points for least, points in REACH if share >= least), 1)
    days = max(1, round((report.until - report.since) / DAY))
    reasons = [f"it reaches {100 * share:.2g} % of users in {days} day{'' if days == 1 else 's'}"]
    if figures.decisions and figures.goals >= figures.decisions / 2:
        impact = max(1, impact - 1)
        reasons.append(f"{figures.goals:,} goals for {figures.decisions:,} decisions were reached anyway")
    feasibility = 5
    for points, reason in _hindrances(playbook, journey, figures, past):
        feasibility -= points
        reasons.append(reason)
    return Priority(report.playbook, journey.name, impact, max(1, feasibility), figures.users, share, tuple(reasons))


def _hindrances(
    playbook: Playbook, journey: Journey, figures: JourneyFigures, past: Millis
) -> Iterator[tuple[int, str]]:
    """What stands in the way, each with the points that it takes."""
    size = complexity(journey)
    if size > 4:
        yield (2 if size > 8 else 1), f"it is complex: {size} points for steps and branches"
    if not figures.decisions:
        yield 2, "it proposed nothing in this past, so nothing shows that its data is at hand"
    longest = longest_look(playbook, journey)
    if longest > past:
        yield 1, f"it looks back {in_words(longest)}, and the past that was tried is shorter"
    for code, what in (("no_address", "have no address on its channels"), ("no_consent", "have not consented to it")):
        share = figures.codes.get(code, 0) / figures.decisions if figures.decisions else 0
        if share >= _MOST_MISSING:
            yield 1, f"{100 * share:.0f} % of those it speaks to {what}"
    if any(each.on in ITEM_NEWS for each in watched_by(journey.enter)):
        yield 1, "it needs a catalogue that is fed"
    if any(isinstance(step, Call) for step in journey.steps):
        yield 1, "it calls another system"


def complexity(journey: Journey) -> int:
    """One point for each step, one more where a run may go one of several ways, and one for each condition."""
    forks = sum(isinstance(step, Branch | Split) or (isinstance(step, WaitUntil) and step.on_timeout is not None)
                for step in journey.steps)  # fmt: skip
    return len(journey.steps) + forks + sum(1 for _ in expressions_of(journey))


def longest_look(playbook: Playbook, journey: Journey) -> Millis:
    """How far back the windows reach that its conditions read; 0 where they have no length."""
    found = 0
    for name in _features(playbook, journey):
        feature = playbook.features.get(name)
        window = feature.aggregate.window if feature is not None and feature.aggregate is not None else None
        found = max(found, window.span + window.offset) if isinstance(window, Last) else found
    return found


def _features(playbook: Playbook, journey: Journey) -> set[str]:
    """The features that its conditions read, and those that these read."""
    found: set[str] = set()
    new = {name for _, each in expressions_of(journey) for name in reads(each).features}
    while new:
        found |= new
        formulas = [each.formula for name in new if (each := playbook.features.get(name)) is not None]
        new = {name for each in formulas if each is not None for name in reads(each).features} - found
    return found
