"""What the picture of a journey says where another program draws it: the same for Mermaid and for PlantUML."""

from opportune.console.diagram_sketch import bundles_of, label_of
from opportune.journeys.diagram import Diagram, Standing, State

__all__ = ["ends_of", "head_of", "inner_of", "one_line", "runs_at", "steps_of", "ways_of"]


def steps_of(diagram: Diagram) -> list[State]:
    """The states inside of a run."""
    return [each for each in diagram.states if each.kind in ("wait", "send", "make", "choice")]


def ends_of(diagram: Diagram) -> list[State]:
    """The states in which a run has ended, and where those of earlier versions come from, as far as ways lead there."""
    return [each for each in diagram.states if each.kind in ("ended", "exited", "earlier")]


def head_of(state: State) -> str:
    """What is written in the first line of a state."""
    named = f" ({state.name})" if state.name else ""
    return f"step {state.step}{named}, {state.title}" if state.step else state.title


def ways_of(diagram: Diagram) -> list[tuple[str, str, str]]:
    """From where, to where, and by what; ways from one state to another are one."""
    return [(edges[0].source, edges[0].target, label_of(edges)) for edges in bundles_of(diagram)]


def inner_of(diagram: Diagram) -> set[tuple[str, str]]:
    """The ways between steps, by their ends."""
    inside = {each.id for each in steps_of(diagram)}
    return {(each.source, each.target) for each in diagram.edges if {each.source, each.target} <= inside}


def one_line(said: str) -> str:
    """The text in one line, with the sign for that in place of what cannot be shown."""
    return "".join(each if each.isprintable() else "\ufffd" for each in " ".join(said.split()))


def runs_at(state: State, standing: Standing | None) -> str:
    """How many runs are there; empty if that is not known, or there are none."""
    runs = 0 if standing is None else standing.runs.get(state.id, 0)
    return f"{runs:,} run{'' if runs == 1 else 's'} here now" if runs else ""
