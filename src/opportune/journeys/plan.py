"""Journeys made ready to run: their conditions compiled, and who listens to which event."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

from opportune import units
from opportune.events.names import ENGAGEMENTS
from opportune.features.changes import Changes
from opportune.features.condition import Expression, compile_condition, compile_together, compile_value, interpret
from opportune.features.lasts import key_of
from opportune.features.local_time import UTC
from opportune.features.scope import Readers, Scope
from opportune.journeys.expressions import of_step
from opportune.journeys.journey import Journey
from opportune.journeys.lapsing import answers_of, ends_of, exits_of, losses_of
from opportune.journeys.run import Armed, Run, told_by
from opportune.journeys.starting import Start, Test, armed_by
from opportune.journeys.step import Step, WaitUntil, made_by
from opportune.journeys.trigger import (
    Absence,
    Broadcast,
    Counted,
    Crossing,
    DateTrait,
    Schedule,
    Silence,
    Watched,
)
from opportune.journeys.trigger import (
    Sequence as Chain,
)
from opportune.units import Millis

__all__ = ["Plan", "Plans", "Test", "Value", "test_of", "value_of"]

Value: TypeAlias = Callable[[Scope], units.Value]


NEVER_CHANGING = Changes({}, idle=0, zone=UTC)
"""Of conditions that read no feature."""


class Plan:
    """One version of a journey with its conditions as functions."""

    __slots__ = (
        "ends",
        "enters",
        "exits",
        "exits_of_its_own",
        "goal_test",
        "goal_value",
        "journey",
        "losses",
        "readers",
        "start",
        "values",
        "version",
        "whens",
    )

    def __init__(
        self,
        journey: Journey,
        *,
        version: str,
        readers: Readers,
        changes: Changes = NEVER_CHANGING,
        is_plain: bool = False,
    ) -> None:
        """``changes`` tells when what a crossing asks may change without an event."""

        def test(expression: Expression | None) -> Test:
            return test_of(expression, readers, is_plain=is_plain)

        self.journey = journey
        self.version = version
        self.readers = None if is_plain else readers
        """What generated code reads features with."""
        self.enters = test(journey.enter.where if isinstance(journey.enter, Watched) else None)
        self.start = Start(journey, test, changes)
        self.exits: dict[str, list[Test]] = {}
        """By event: what ends the runs of its key, whichever they are."""
        self.exits_of_its_own: dict[str, list[Test]] = {}
        """By engagement: what ends the run that made the decision which it names."""
        for watched in exits_of(journey):
            self._watch(watched.on, test(watched.where))
        for watched in answers_of(journey):
            self.exits.setdefault(watched.on, []).append(test(watched.where))
        self.ends = ends_of(journey, test)
        """Conditions that end a run when they are true."""
        self.losses = losses_of(journey, test)
        """Whether what a run entered for does not hold any more."""
        goal = journey.goal
        self.goal_test = test(goal.where if goal else None)
        self.goal_value = value_of(goal.value if goal else None, readers, is_plain=is_plain)
        self.whens = {place: test(_condition_of(step)) for place, step in enumerate(journey.steps)}
        """By place of a step: the condition it asks."""
        self.values = {
            place: [(each.name, value_of(each.value, readers, is_plain=is_plain)) for each in made_by(step)]
            for place, step in enumerate(journey.steps)
            if made_by(step)
        }
        """By place of a step that sets traits or emits: what it calculates, by name."""

    def _watch(self, event: str, test: Test) -> None:
        """An engagement ends the run whose message it names; one that names none is like any other event."""
        if event in ENGAGEMENTS:
            self.exits_of_its_own.setdefault(event, []).append(test)
            self.exits.setdefault(event, []).append(lambda scope: named_by(scope) is None and test(scope))
        else:
            self.exits.setdefault(event, []).append(test)

    def is_exit(self, scope: Scope) -> bool:
        """Whether the event at hand is one that ends the runs of its key, whichever they are."""
        return any(test(scope) for test in self.exits.get(scope.event, ()))

    def is_exit_of(self, run: Run, scope: Scope) -> bool:
        """Whether the event at hand is one that ends this run, because of its key or because of its message."""
        if self.is_exit(scope):
            return True
        tests = self.exits_of_its_own.get(scope.event, ())
        return any(test(scope) for test in tests) and named_by(scope) in told_by(run)

    def key_of(self, properties: Mapping[str, object]) -> str | None:
        """The run key the event names; None if the journey has a key and the event does not carry it."""
        return key_of(properties, self.journey.key) if self.journey.key else ""

    def step(self, run: Run) -> Step | None:
        """Where the run is; None past the end."""
        return self.journey.steps[run.step] if run.step < len(self.journey.steps) else None


class Plans:
    """All journeys that may act: the newest version of each, and older ones that people are still in (R6)."""

    def __init__(self, newest: Iterable[Plan], earlier: Iterable[Plan] = ()) -> None:
        ordered = sorted(newest, key=lambda plan: plan.journey.name)
        self.newest = {plan.journey.name: plan for plan in ordered}
        self._all = {(plan.version, plan.journey.name): plan for plan in (*earlier, *ordered)}
        self.enters: dict[str, list[Plan]] = {}
        self.exits: dict[str, list[Plan]] = {}
        self.goals: dict[str, list[Plan]] = {}
        self.silences: dict[str, Millis] = {}
        """By name of a journey: after how long without activity it begins."""
        self.counts: dict[str, list[Plan]] = {}
        self.absences: dict[str, list[Plan]] = {}
        self.sequences: dict[str, list[Plan]] = {}
        self.crossings: list[Plan] = []
        self.standing: list[Plan] = []
        """Those that an instant starts which is known before."""
        self.untils: dict[str, list[tuple[Plan, int]]] = {}
        """By name of an event: the steps, of all versions, that wait for it with a condition."""
        for plan in self._all.values():
            for place, step in enumerate(plan.journey.steps):
                if isinstance(step, WaitUntil) and step.condition is not None:
                    self.untils.setdefault(step.event, []).append((plan, place))
        for plan in ordered:
            for name in plan.exits:
                self.exits.setdefault(name, []).append(plan)
            if plan.journey.goal is not None:
                self.goals.setdefault(plan.journey.goal.on, []).append(plan)
            self._list(plan)
        self.can_lapse = any(plan.ends or plan.losses for plan in self._all.values())
        """Whether any journey has an exit that is not an event."""
        self.asks_all = self.can_lapse or bool(self.crossings)
        """Whether any event may move a run, or begin one, whatever its name."""
        self.reads_zones = self.asks_all or bool(self.standing)
        """Whether an event that says where the user is may begin or end something, whatever its name."""
        self.armed_by = {
            plan.journey.name: kind for plan in ordered if (kind := armed_by(plan.journey.enter)) is not None
        }
        """Journeys whose trigger waits in memories, and its kind."""
        self.once_armed = frozenset(plan.journey.name for plan in (*self.standing, *self.crossings))
        """Journeys for which each user is armed once."""
        self._entering = {name: _entering(plans) for name, plans in self.enters.items()}
        everything = self._all.values()
        self.endings = frozenset(name for plan in everything for name in _ends(plan))
        """Events that may end a run of any version, or are its goal."""
        self.answers = frozenset(name for plan in everything for name in _awaits(plan))
        """Events that a step of any version waits for."""
        self.starts = frozenset(name for plan in everything for name in plan.start.events)
        """Events that a trigger of any version waits for."""
        self.names = self.endings | self.answers | self.starts
        """Events that any journey acts on; all others only change features."""

    def _list(self, plan: Plan) -> None:
        """Where this journey is asked for, by its trigger."""
        match plan.journey.enter:
            case Watched(on):
                self.enters.setdefault(on, []).append(plan)
            case Silence(span):
                self.silences[plan.journey.name] = span
            case Crossing():
                self.crossings.append(plan)
            case Schedule() | DateTrait() | Broadcast():
                self.standing.append(plan)
            case Counted() | Absence() | Chain() as trigger:
                listed = {Counted: self.counts, Absence: self.absences, Chain: self.sequences}[type(trigger)]
                for name in plan.start.events:
                    listed.setdefault(name, []).append(plan)

    def entering(self, scope: Scope) -> Iterable[Plan]:
        """The journeys whose condition the event at hand fulfils, by name."""
        asked = self._entering.get(scope.event)
        return () if asked is None else asked(scope)

    def know(self, armed: Iterable[Armed]) -> bool:
        """Whether all is armed for a user that each is armed for once."""
        return self.once_armed <= {each.journey for each in armed}

    def of(self, run: Run) -> Plan | None:
        """The version of the journey this run goes through; None if it is known no more."""
        return self._all.get((run.version, run.journey))


def named_by(scope: Scope) -> object:
    """The decision of ours that the engagement at hand names; None if it names none."""
    return scope.properties.get("decision")


def test_of(expression: Expression | None, readers: Readers, *, is_plain: bool = False) -> Test:
    """Whether the condition is TRUE; without one, always. ``is_plain``: interpreted, not generated."""
    if expression is None:
        return _always
    if is_plain:
        return lambda scope: interpret(expression, scope, readers) is True
    return compile_condition(expression, readers)


def value_of(expression: Expression | None, readers: Readers, *, is_plain: bool = False) -> Value:
    """The value of the expression; without one, NULL. ``is_plain``: interpreted, not generated."""
    if expression is None:
        return _nothing
    if is_plain:
        return lambda scope: interpret(expression, scope, readers)
    return compile_value(expression, readers)


def _entering(plans: Sequence[Plan]) -> Callable[[Scope], Iterable[Plan]]:
    """Asks all of these at once if there are several with conditions, in generated code."""
    wheres = [plan.journey.enter.where for plan in plans if isinstance(plan.journey.enter, Watched)]
    asked = [(plan, where) for plan, where in zip(plans, wheres, strict=True) if where is not None]
    readers = plans[0].readers
    if len(asked) < 2 or readers is None:
        return lambda scope: [plan for plan in plans if plan.enters(scope)]
    test = compile_together([where for _, where in asked], readers)
    places = [plans.index(plan) for plan, _ in asked]
    always = {place for place, plan in enumerate(plans) if place not in places}
    return lambda scope: [plans[place] for place in sorted(always.union(places[each] for each in test(scope)))]


def _always(scope: Scope) -> bool:
    return True


def _nothing(scope: Scope) -> units.Value:
    return None


def _condition_of(step: Step) -> Expression | None:
    return None if made_by(step) else next(iter(of_step(step)), None)


def _ends(plan: Plan) -> Iterable[str]:
    goal = plan.journey.goal
    return plan.exits if goal is None else (*plan.exits, goal.on)


def _awaits(plan: Plan) -> Iterable[str]:
    return (step.event for step in plan.journey.steps if isinstance(step, WaitUntil))
