"""The rules by which Mermaid and PlantUML take a text apart, as far as journeys need them: whoever breaks one is told.

Written after the lexer of ``stateDiagram-v2`` and the line patterns of PlantUML's state diagrams. What comes back is
what would be drawn: states with all lines of their descriptions, and ways with their labels.
"""

import html
import json
import re

from msgspec import Struct, field


class Read(Struct):
    """A state diagram as its text was understood."""

    title: str = ""
    states: dict[str, list[str]] = field(default_factory=dict)
    ways: list[tuple[str, str, str]] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


ID = r"(?:\[\*\]|[a-z0-9]+)"


def mermaid(text: str) -> Read:
    found = Read()
    lines = text.splitlines()
    assert lines[0] == "---" and lines[2] == "---" and lines[3] == "stateDiagram-v2"
    found.title = json.loads(lines[1].removeprefix("title: "))
    depth = 0
    for line in lines[4:]:
        assert not re.search(r"(style|classDef).*:\S*#.*;", line), line  # the last ; would be lost
        said = re.sub(r"#(\w+);", lambda code: f"\0{code[1]}\1", line.strip())  # encoded before anything is read
        assert "%%" not in said and "\r" not in said, line
        if said == "direction TB":
            continue
        assert not re.search(r"direction\s+(TB|BT|RL|LR)", said, re.IGNORECASE), line
        if said.startswith("accDescr: "):
            assert "\0" not in said and "#" not in said and ";" not in said, line
            found.notes.append(said.removeprefix("accDescr: "))
            continue
        assert "#" not in said and ";" not in said, line  # a comment, and the end of a statement
        if said == "}":
            depth -= 1
        elif opened := re.fullmatch(rf'state "([^"]*)" as ({ID})( \{{)?', said):
            assert not re.search(r"<<|>>|\[\[|\]\]|[<{}]", opened[1]), line
            found.states.setdefault(opened[2], []).append(decoded(opened[1]))
            depth += opened[3] is not None
        elif choice := re.fullmatch(rf"state ({ID}) <<choice>>", said):
            found.choices.append(choice[1])
        elif described := re.fullmatch(rf"({ID}) :([^:\n;]+)", said):
            found.states[described[1]].append(decoded(described[2].strip()))
        else:
            way = re.fullmatch(rf"({ID}) --> ({ID})(?: :([^:\n;]+))?", said)
            assert way is not None, line
            assert "<" not in (way[3] or ""), line
            found.ways.append((way[1], way[2], decoded((way[3] or "").strip())))
    assert depth == 0
    return found


def decoded(said: str) -> str:
    """What is drawn where codes stand."""
    return re.sub("\0(\\w+)\1", lambda code: html.unescape(f"&{'#' if code[1].isdigit() else ''}{code[1]};"), said)


def plantuml(text: str) -> Read:
    found = Read()
    lines = text.splitlines()
    assert lines[0] == "@startuml" and lines[-1] == "@enduml"
    depth, in_note = 0, False
    for line in lines[1:-1]:
        said = line.strip()
        assert not re.match(r"['!@]|/'", said), line  # comments, the preprocessor, the end
        assert not re.search(
            r"[%$~\\`|;{*#&]|\[\[|\]\]|//|__|--(?!>)|''|\.\.",
            re.sub(r"\{$|^\[\*\]|\[\*\]$|^\[\*\] -->|(?<=-->) \[\*\]$", "", said),
        ), line
        assert "<" not in re.sub(r"<U\+[0-9A-F]{4,6}>|<(?=[ =])|<<choice>>", "", said), line
        if in_note:
            in_note = said != "end note"
            found.notes += [unescaped(said)] if in_note else []
        elif said == "hide empty description":
            continue
        elif said.startswith("title "):
            found.title = unescaped(said.removeprefix("title "))
        elif said == "}":
            depth -= 1
        elif opened := re.fullmatch(rf'state "([^"]+)" as ({ID})( \{{)?', said):
            found.states.setdefault(opened[2], []).append(unescaped(opened[1]))
            depth += opened[3] is not None
        elif choice := re.fullmatch(rf"state ({ID}) <<choice>>", said):
            found.choices.append(choice[1])
        elif note := re.fullmatch(rf"note right of ({ID})(?: : ([^\"]+))?", said):
            in_note = note[2] is None
            found.notes += [] if in_note else [f"{note[1]}: {unescaped(note[2])}"]
        elif described := re.fullmatch(rf"({ID}) : ([^\"]+)", said):
            found.states[described[1]].append(unescaped(described[2]))
        else:
            way = re.fullmatch(rf"({ID}) --> ({ID})(?: : ([^\"]+))?", said)
            assert way is not None, line
            found.ways.append((way[1], way[2], unescaped(way[3] or "")))
    assert depth == 0 and not in_note
    return found


def unescaped(said: str) -> str:
    return re.sub(r"<U\+([0-9A-F]{4,6})>", lambda code: chr(int(code[1], 16)), said)
