"""A journey as text for PlantUML.

Names are ours (``step3``); all that an author wrote stands in descriptions and labels, where every sign that PlantUML
or its wiki markup may take for its own is written as ``<U+0022>``.
"""

import re

from opportune.console.diagram_text import ends_of, head_of, inner_of, one_line, runs_at, steps_of, ways_of
from opportune.journeys.diagram import RUN, START, Diagram, Standing, State

_UNSAFE = re.compile(
    r"[^\w ,.:?()=+/'\[\]<>-]|--+|==+|__+|''+|\.\.+|//+|/'|'/|\[\[+|\]\]+|[<>](?![ =\d])|<(?=\d)|^[^\w(\[]"
    r"|^e(?=nd ?note$)",
    re.IGNORECASE,
)
_PATTERN = "<U+{:04X}>"


def plantuml_of(diagram: Diagram, standing: Standing | None = None) -> str:
    """The text; with how many runs are where, if that is known."""
    lines = ["@startuml", "hide empty description", f"title {_plain('Journey ' + diagram.journey)}"]
    inner, ways = inner_of(diagram), ways_of(diagram)
    lines += [f'state "{_plain("journey " + diagram.journey)}" as {RUN} {{']
    lines += [f"  {line}" for each in steps_of(diagram) for line in _state(each, standing)]
    lines += [f"  {_way(way)}" for way in ways if way[:2] in inner]
    lines += ["}"]
    lines += [f'state "{_plain(each.title)}" as {each.id}' for each in ends_of(diagram)]
    lines += [_way(way) for way in ways if way[:2] not in inner]
    lines += [f"{each.id} --> [*]" for each in ends_of(diagram) if each.kind in ("ended", "exited")]
    more = 0 if standing is None else standing.elsewhere
    notes = [*diagram.notes, *([f"{more:,} runs in other versions of the journey."] if more else [])]
    lines += [f"note right of {RUN}", *(f"  {_plain(each)}" for each in notes), "end note"] if notes else []
    return "\n".join([*lines, "@enduml"]) + "\n"


def _state(state: State, standing: Standing | None) -> list[str]:
    if state.kind == "choice" and state.title == "branch":
        return [f"state {state.id} <<choice>>"]
    lines = [f'state "{_plain(head_of(state))}" as {state.id}']
    lines += [f"{state.id} : {said}" for each in state.details if (said := _plain(each))]
    runs = runs_at(state, standing)
    return [*lines, f"note right of {state.id} : {runs}"] if runs else lines


def _way(way: tuple[str, str, str]) -> str:
    source, target, label = way
    begin, said = "[*]" if source == START else source, _plain(label)
    return f"{begin} --> {target}" + (f" : {said}" if said else "")


def _plain(said: str) -> str:
    """The text with nothing in it that is more than text."""
    return _UNSAFE.sub(lambda found: "".join(_PATTERN.format(ord(sign)) for sign in found[0]), one_line(said))
