"""A journey as text for Mermaid (``stateDiagram-v2``).

Names are ours (``step3``); all that an author wrote stands in descriptions and labels, where every sign that the
grammar, or the HTML of labels, may take for its own is written as an entity code, ``#59;`` for a semicolon.
"""

import json
import re

from opportune.console.diagram_text import ends_of, head_of, inner_of, one_line, runs_at, steps_of, ways_of
from opportune.journeys.diagram import RUN, START, Diagram, Standing, State

_UNSAFE = re.compile(r"[^\w ,.?!()\[\]=+*/'>%-]|--+|%%+|__+|\*\*+|\[\[+|\]\]+|>(?![ =\d])")
_WORD = re.compile(r"direction(?=\s)", re.IGNORECASE)
"""With two letters behind it the grammar takes it for its own, wherever it stands."""
_NAMED = {"<": "lt", ">": "gt", '"': "quot", "&": "amp"}


def mermaid_of(diagram: Diagram, standing: Standing | None = None) -> str:
    """The text; with how many runs are where, if that is known."""
    title = json.dumps(one_line(f"Journey {diagram.journey}"), ensure_ascii=False)
    lines = ["---", f"title: {title}", "---", "stateDiagram-v2", "    direction TB"]
    notes = _told(" ".join(_notes(diagram, standing)))
    lines += [f"    accDescr: {notes}"] if notes else []
    inner, ways = inner_of(diagram), ways_of(diagram)
    lines += [f'    state "{_plain("journey " + diagram.journey)}" as {RUN} {{']
    lines += [f"        {line}" for each in steps_of(diagram) for line in _state(each, standing)]
    lines += [f"        {_way(way)}" for way in ways if way[:2] in inner]
    lines += ["    }"]
    lines += [f'    state "{_plain(each.title)}" as {each.id}' for each in ends_of(diagram)]
    lines += [f"    {_way(way)}" for way in ways if way[:2] not in inner]
    lines += [f"    {each.id} --> [*]" for each in ends_of(diagram) if each.kind in ("ended", "exited")]
    lines += [f"    [*] --> {each.id}" for each in ends_of(diagram) if each.kind == "earlier"]
    return "\n".join(lines) + "\n"


def _notes(diagram: Diagram, standing: Standing | None) -> list[str]:
    more = 0 if standing is None else standing.elsewhere
    return [*diagram.notes, *([f"{more:,} runs in other versions of the journey."] if more else [])]


def _state(state: State, standing: Standing | None) -> list[str]:
    if state.kind == "choice" and state.title == "branch":
        return [f"state {state.id} <<choice>>"]
    runs = runs_at(state, standing)
    more = [*state.details, *([runs] if runs else [])]
    return [
        f'state "{_plain(head_of(state))}" as {state.id}',
        *(f"{state.id} : {_plain(each)}" for each in more if each.strip()),
    ]


def _way(way: tuple[str, str, str]) -> str:
    source, target, label = way
    begin, said = "[*]" if source == START else source, _plain(label)
    return f"{begin} --> {target}" + (f" : {said}" if said else "")


def _plain(said: str) -> str:
    """The text with nothing in it that is more than text."""
    coded = _UNSAFE.sub(lambda found: "".join(map(_coded, found[0])), one_line(said))
    return _WORD.sub(lambda found: _coded(found[0][0]) + found[0][1:], coded)


def _coded(sign: str) -> str:
    return f"#{_NAMED.get(sign, ord(sign))};"


def _told(said: str) -> str:
    """The same where no codes are read: what might be one is left out."""
    return _WORD.sub(lambda found: f"{found[0]},", re.sub(r"[#;{}]|%%+", " ", one_line(said))).strip()
