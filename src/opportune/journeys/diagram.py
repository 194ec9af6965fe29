"""A journey as a UML state machine: its states, and all that takes a run from one to another.

Drawn from the table by which runs move (`ways`) and from what begins and ends them, so that the picture is what the
engine does. Not drawn is what may happen to any run anywhere: that two ids turn out to be one user, and that an event
which is heard of late shows that the run should not have begun.
"""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.events.names import ENGAGEMENTS
from opportune.journeys.diagram_words import (
    Label,
    begins,
    details_of,
    goal_of,
    label_of,
    loss_of,
    notes_of,
    title_of,
)
from opportune.journeys.in_order import ends_at_goal
from opportune.journeys.journey import AtCondition, Journey
from opportune.journeys.lapsing import answers_of, exits_of
from opportune.journeys.moving import END, name_of
from opportune.journeys.step import Branch, Emit, End, Goto, Send, SetTraits, Split, Step, WaitUntil
from opportune.journeys.ways import By, ways_of

Kind: TypeAlias = Literal["start", "earlier", "run", "wait", "send", "make", "choice", "ended", "exited"]
"""``run`` stands around all steps: what leads from it leads from each of them. A run passes through a choice."""
Cause: TypeAlias = By | Literal["entry", "moved", "exit", "again"]
"""What moves a run: as at the steps, and from without: it begins, is moved by a publication, or ended by an exit, or
goes its way again because of an event that is heard of late."""
START, EARLIER, RUN, ENDED, EXITED = "start", "earlier", "run", "ended", "exited"


class State(Struct, frozen=True):
    """Where a run may be."""

    id: str
    kind: Kind
    title: str
    details: tuple[str, ...] = ()
    step: int = 0
    """Counted from 1; 0 if it is none."""
    name: str = ""
    """What the author calls the step."""


class Edge(Struct, frozen=True):
    """A way from one state to another: ``event [condition] / action``, each empty if there is none."""

    source: str
    target: str
    cause: Cause
    event: str = ""
    condition: str = ""
    action: str = ""


class Diagram(Struct, frozen=True):
    """The state machine of one journey."""

    journey: str
    states: tuple[State, ...]
    edges: tuple[Edge, ...]
    notes: tuple[str, ...]
    """What holds for all of it, in sentences."""


class Standing(Struct, frozen=True):
    """How many runs are where just now."""

    runs: dict[str, int]
    """By id of a state."""
    elsewhere: int = 0
    """In versions of the journey with other steps."""


def diagram_of(journey: Journey) -> Diagram:
    """Its state machine; steps that no run can come to are left out."""
    edges = (*_entries(journey), *_ways(journey), *_exits(journey), *_again(journey))
    named = {place for edge in edges for place in (edge.source, edge.target)}
    steps = [_state(journey, place) for place in _places(journey)]
    ends = [State(ENDED, "ended", "ended"), State(EXITED, "exited", "exited")]
    begins = [State(START, "start", "start"), State(EARLIER, "earlier", "earlier versions")]
    around = [State(RUN, "run", f"journey {journey.name}")]
    states = tuple(each for each in (*begins, *around, *steps, *ends) if each.kind == "run" or each.id in named)
    return Diagram(journey.name, states, edges, notes_of(journey))


def state_at(journey: Journey, place: int) -> str:
    """The id of the state in which a run is that has come to this place; where branches only join, it is behind."""
    known = dict(enumerate(journey.steps))
    step = known.get(place)
    while isinstance(step, Goto):
        place = step.step
        step = known.get(place)
    return ENDED if step is None or isinstance(step, End) else f"step{place + 1}"


def _entries(journey: Journey) -> Iterator[Edge]:
    for label in begins(journey):
        yield _edge(START, state_at(journey, 0), "entry", label)
    for name, to in journey.moves.items():
        target = EXITED if to == END else state_at(journey, journey.labels.get(to, 0))
        yield Edge(EARLIER, target, "moved", "published", f"stands at {name}")


def _ways(journey: Journey) -> Iterator[Edge]:
    for place in _places(journey):
        step = journey.steps[place]
        for way in ways_of(step, place):
            target = ENDED if way.to is None else state_at(journey, way.to)
            yield _edge(state_at(journey, place), target, way.by, label_of(step, way))


def _exits(journey: Journey) -> Iterator[Edge]:
    action = "call back what is planned"
    for watched in (*exits_of(journey), *answers_of(journey)):
        where = "" if watched.where is None else watched.where.text
        of_it = "of its own message" if watched.on in ENGAGEMENTS else ""
        yield Edge(RUN, EXITED, "exit", watched.on, " AND ".join(each for each in (where, of_it) if each), action)
    if journey.goal is not None and ends_at_goal(journey):
        event, condition = goal_of(journey.goal)
        yield Edge(RUN, EXITED, "exit", event, condition, action)
    for each in journey.exits:
        if isinstance(each, AtCondition):
            yield Edge(RUN, EXITED, "exit", "", each.when.text, action)
    lost = loss_of(journey)
    if lost:
        yield Edge(RUN, EXITED, "exit", "", lost, action)


def _again(journey: Journey) -> Iterator[Edge]:
    awaited = dict.fromkeys(
        step.event for place in _places(journey) if isinstance(step := journey.steps[place], WaitUntil)
    )
    for event in awaited:
        yield Edge(RUN, state_at(journey, 0), "again", event, "heard of late, and nothing done yet")


def _places(journey: Journey) -> list[int]:
    """The places of steps that a run can come to, in their order; where branches only join is none."""
    waiting = [0, *(journey.labels[to] for to in journey.moves.values() if to in journey.labels)]
    seen = set[int]()
    while waiting:
        place = waiting.pop()
        if place in seen or place >= len(journey.steps):
            continue
        seen.add(place)
        waiting += [way.to for way in ways_of(journey.steps[place], place) if way.to is not None]
    return [place for place in sorted(seen) if not isinstance(journey.steps[place], Goto | End)]


def _state(journey: Journey, place: int) -> State:
    step = journey.steps[place]
    return State(
        state_at(journey, place), _kind(step), title_of(step), details_of(step), place + 1, name_of(journey, place)
    )


def _kind(step: Step) -> Kind:
    match step:
        case Branch() | Split():
            return "choice"
        case Send():
            return "send"
        case SetTraits() | Emit():
            return "make"
        case _:
            return "wait"


def _edge(source: str, target: str, cause: Cause, label: Label) -> Edge:
    event, condition = label
    return Edge(source, target, cause, event, condition)
