"""Journeys as text for Mermaid and PlantUML: nothing an author writes is taken for more than text."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings

from opportune.console.diagram_mermaid import mermaid_of
from opportune.console.diagram_plantuml import plantuml_of
from opportune.console.diagram_sketch import bundles_of, label_of
from opportune.journeys.diagram import Diagram, Standing
from tests.unit.console.grammars import Read, mermaid, plantuml
from tests.unit.console.journeys_drawn import diagrams, every_step

KINDS: list[tuple[Callable[..., str], Callable[[str], Read]]] = [(mermaid_of, mermaid), (plantuml_of, plantuml)]
either = pytest.mark.parametrize(("write", "read"), KINDS, ids=["mermaid", "plantuml"])


def plain(said: str) -> str:
    return "".join(each if each.isprintable() else "\ufffd" for each in " ".join(said.split()))


@either
@given(diagram=diagrams())
@settings(deadline=None, max_examples=300)
def test_whatever_an_author_writes_comes_back_as_text(
    write: Callable[..., str], read: Callable[[str], Read], diagram: Diagram
) -> None:
    found = read(write(diagram))
    for state in diagram.states:
        if state.step and state.id not in found.choices:
            named = f" ({state.name})" if state.name else ""
            assert found.states[state.id][0] == plain(f"step {state.step}{named}, {state.title}")
            assert found.states[state.id][1:] == [plain(each) for each in state.details if plain(each)]
    written = {(source, target): label for source, target, label in found.ways}
    for edges in bundles_of(diagram):
        source, target = edges[0].source.replace("start", "[*]"), edges[0].target
        assert written[source, target] == plain(label_of(edges))


@either
def test_every_state_and_way_of_a_journey_is_there(write: Callable[..., str], read: Callable[[str], Read]) -> None:
    diagram = every_step()
    found = read(write(diagram))
    assert {*found.states, *found.choices} == {each.id for each in diagram.states if each.kind != "start"}
    drawn = {(each.source, each.target) for each in diagram.edges if each.cause != "again"}
    ends = {(name, "[*]") for name in ("ended", "exited")}
    begins = {("[*]", "earlier")} if write is mermaid_of else set[tuple[str, str]]()
    assert {(source, target) for source, target, _ in found.ways} - ends - begins == {
        (source.replace("start", "[*]"), target) for source, target in drawn
    }
    assert found.title == "Journey cart"
    assert all(note in "\n".join(found.notes) for note in diagram.notes)


def test_how_many_runs_are_where_is_told() -> None:
    standing = Standing({"step1": 1_234, "step2": 1}, 7)
    drawn = mermaid(mermaid_of(every_step(), standing))
    assert drawn.states["step1"][-1] == "1,234 runs here now"
    assert drawn.states["step2"][-1] == "1 run here now"
    assert "7 runs in other versions of the journey." in drawn.notes[0]
    told = plantuml(plantuml_of(every_step(), standing))
    assert {"step1: 1,234 runs here now", "step2: 1 run here now"} <= set(told.notes)
    assert "7 runs in other versions of the journey." in told.notes


def test_a_comparison_is_read_as_it_was_written() -> None:
    text = mermaid_of(every_step())
    assert "[path = '/']" in text
    assert not re.search(r"#61;|#39;", text)
