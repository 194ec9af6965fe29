"""What would have begun, had everything come in the order in which it happened.

Entries, exits and goals come late and in any order. As long as nothing has been decided for a run, and inside lateness,
the run under way is the one that would be under way had they come by their instants. Within one instant they count in
the order in which they came.
"""

from collections.abc import Iterable

from msgspec import Struct

from opportune.journeys.journey import AtGoal, Journey, Reentry
from opportune.journeys.run import Again, Past, Reached
from opportune.journeys.trigger import Counted, Crossing, Sequence, Trigger, Watched
from opportune.units import Instant

EXIT, GOAL_OF_ALL, EARLY_GOAL, ENTRY, GOAL = range(5)


class Course(Struct, gc=False):
    """How one (journey, key) has gone so far."""

    newest: Instant | None
    """The newest entry with which a run began."""
    free: Instant | None
    """What would have entered before was swallowed."""
    sent: Instant | None
    goal: Instant | None
    begun: list[Again]
    """Those of the entries with which a run began, oldest first."""
    active: Again | None = None
    """Whose run is under way, or has ended of itself."""

    @property
    def under_way(self) -> Again | None:
        """The entry of the run that is under way."""
        return None if self.active is None or self.active.ended is not None else self.active


def course_of(
    journey: Journey,
    past: Past,
    entries: Iterable[Again],
    exits: Iterable[Instant],
    goals_of_all: Iterable[Instant] = (),
) -> Course:
    """What came of these entries, none of which stands yet, and of the goals that are known.

    ``exits``: each ends what began before it; what it ended as it came says so itself. Marks which goals count.
    ``goals_of_all``: those that end the runs of all keys, each what began before it and not too long ago.
    """
    before = past.before
    goals = [each for each in past.goals if before is None or each.at >= before]
    for each in goals:
        each.entry = None
    earlier = [each.at for each in past.goals if before is not None and each.at < before and each.entry is not None]
    if past.goal is not None and all(past.goal < each.at for each in past.goals):
        earlier.append(past.goal)  # it has been forgotten among the goals
    course = Course(before, past.free, past.sent, max(earlier, default=None), [])
    moments: list[tuple[Instant, int, Again | Reached | None]] = [(each.at, ENTRY, each) for each in entries]
    moments += [(each.at, EARLY_GOAL, each) for each in goals]
    if journey.goal is not None and not may_enter(journey.enter, journey.goal.on):
        moments += [(each.at, GOAL, each) for each in goals]
    moments += [(at, EXIT, None) for at in exits]
    moments += [(at, GOAL_OF_ALL, None) for at in goals_of_all]
    for at, kind, what in sorted(moments, key=lambda moment: moment[:2]):
        if isinstance(what, Again):
            _enter(journey.reentry, course, what)
        elif isinstance(what, Reached):
            _reach(journey, course, what)
        elif course.active is not None and course.active.at < at:
            if kind == EXIT or ends_by(journey, course.active.at, at):
                course.active = None
    return course


def may_reenter(reentry: Reentry, course: Course, at: Instant) -> bool:
    """Whether re-entry allows a run with this entry, where none is under way."""
    if reentry.kind == "once":
        return course.newest is None
    if reentry.kind == "cooldown":
        basis = basis_of(reentry, course.newest, course.sent, course.goal)
        return basis is None or at >= basis + reentry.span
    return True


def basis_of(reentry: Reentry, entry: Instant | None, sent: Instant | None, goal: Instant | None) -> Instant | None:
    """From when on a cooldown counts, of the newest of each; None: what it counts from has not happened."""
    return {"entry": entry, "send": sent, "goal": goal}[reentry.basis]


def _enter(reentry: Reentry, course: Course, entry: Again) -> None:
    active = course.active
    if course.newest is not None and entry.at <= course.newest:
        return
    if reentry.kind != "always":
        if active is not None and (active.ended is None or entry.at < active.ended):
            return
        if course.free is not None and entry.at < course.free:
            return
    if may_reenter(reentry, course, entry.at):
        course.newest, course.active = entry.at, entry
        course.begun.append(entry)


def _reach(journey: Journey, course: Course, reached: Reached) -> None:
    within = 0 if journey.goal is None else journey.goal.within
    entry, active = course.newest, course.active
    is_within = entry is not None and entry <= reached.at <= entry + within
    if is_within and reached.entry is None and (course.goal is None or entry is None or course.goal < entry):
        reached.entry, course.goal = entry, reached.at
    if active is not None and active.at < reached.at <= active.at + within and ends_at_goal(journey):
        course.active = None


def ends_at_goal(journey: Journey) -> bool:
    """Whether its runs end when they reach its goal."""
    return any(isinstance(each, AtGoal) for each in journey.exits)


def ends_with_goal(journey: Journey, past: Past, entry: Instant) -> bool:
    """Whether a goal that is known ended the run of this entry."""
    return any(ends_by(journey, entry, each.at) for each in past.goals)


def ends_by(journey: Journey, entry: Instant, goal: Instant) -> bool:
    """Whether a goal at this instant ends the run of this earlier entry."""
    return journey.goal is not None and ends_at_goal(journey) and entry < goal <= entry + journey.goal.within


def may_enter(trigger: Trigger, event: str) -> bool:
    """Whether an event of this name may itself be what enters: of a sequence the last, of a crossing any."""
    match trigger:
        case Watched(on) | Counted(on):
            return on == event
        case Sequence(events):
            return events[-1].on == event
        case Crossing():
            return True
        case _:
            return False
