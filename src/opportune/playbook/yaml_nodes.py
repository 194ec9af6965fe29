"""YAML as a tree of places: every value knows its file and line, so that every complaint can name them.

Only what people mean is read: plain scalars follow the YAML 1.2 core schema (``on`` and ``no`` are text, ``21:00`` is
text, ``1:30`` is no number of seconds), a key stands once, and anchors, aliases, tags and further documents are
refused, which also ends every bomb at its first anchor. JSON is YAML, so it is read by the same rules.
"""

import re
from collections.abc import Iterator
from typing import TypeAlias

import yaml
from msgspec import Struct

from opportune.errors import PlaybookError

MOST_CHARS = 1_000_000
"""The longest file that is read, in characters."""
MOST_DEPTH = 32
"""The deepest nesting that is read."""

Plain: TypeAlias = None | bool | int | float | str
Loose: TypeAlias = Plain | list["Loose"] | dict[str, "Loose"]
"""What a node is without its places."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS: dict[str, None | bool] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INTEGER = re.compile(r"[-+]?[0-9]{1,19}")
_OTHER_BASE = re.compile(r"0o([0-7]{1,21})|0x([0-9a-fA-F]{1,16})")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")


class Place(Struct, frozen=True):
    """Where something is written; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Leaf(Struct, frozen=True):
    """One scalar: as written, and as resolved by the core schema (quoted: always text)."""

    text: str
    value: Plain
    place: Place


class Items(Struct, frozen=True):
    """A sequence."""

    nodes: tuple["Node", ...]
    place: Place


class Branch(Struct, frozen=True):
    """A mapping; every key is text, stands once, and has its own place."""

    nodes: dict[str, "Node"]
    places: dict[str, Place]
    place: Place


Node: TypeAlias = Leaf | Items | Branch


def parse(text: str, file: str) -> Node | None:
    """The tree of one file, or None of an empty one; raises PlaybookError with file and line."""
    if len(text) > MOST_CHARS:
        raise PlaybookError(f"{file}:1: a file has at most {MOST_CHARS:,} characters, not {len(text):,}")
    try:
        return _document(yaml.parse(text, Loader=_LOADER), file)
    except yaml.YAMLError as error:
        raise PlaybookError(_broken(error, file)) from None
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise PlaybookError(f"{file}:{line}: holds half of a character; a file is UTF-8 text") from None


def loose(node: Node) -> Loose:
    """The node as plain lists, dicts and scalars."""
    match node:
        case Leaf():
            return node.value
        case Items():
            return [loose(each) for each in node.nodes]
        case Branch():
            return {key: loose(each) for key, each in node.nodes.items()}


def _broken(error: yaml.YAMLError, file: str) -> str:
    mark = getattr(error, "problem_mark", None)
    line = 1 if mark is None else mark.line + 1
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
    return f"{file}:{line}: this is not YAML: {problem}"


def _document(events: Iterator[yaml.Event], file: str) -> Node | None:
    root: Node | None = None
    documents = 0
    for event in events:
        match event:
            case yaml.StreamStartEvent() | yaml.StreamEndEvent() | yaml.DocumentEndEvent():
                continue
            case yaml.DocumentStartEvent():
                documents += 1
                if documents > 1:
                    raise PlaybookError(f"{_at(event, file)}: a file is one document; put the second one into its own")
            case _:
                root = _node(event, events, file, depth=1)
    return None if isinstance(root, Leaf) and root.value is None else root


def _at(event: yaml.Event, file: str) -> Place:
    mark = event.start_mark
    return Place(file, 1 if mark is None else mark.line + 1)


def _node(event: yaml.Event, events: Iterator[yaml.Event], file: str, *, depth: int) -> Node:
    place = _at(event, file)
    if getattr(event, "anchor", None) is not None:
        raise PlaybookError(f"{place}: anchors and aliases are not read; write the value out")
    tag = getattr(event, "tag", None)
    if tag not in (None, "!"):
        raise PlaybookError(f"{place}: tags are not read, not even {tag!r}; write the plain value")
    if depth > MOST_DEPTH:
        raise PlaybookError(f"{place}: values nest at most {MOST_DEPTH} deep")
    match event:
        case yaml.ScalarEvent():
            is_plain = event.implicit[0]
            return Leaf(event.value, _resolved(event.value) if is_plain else event.value, place)
        case yaml.SequenceStartEvent():
            return _items(events, file, place=place, depth=depth)
        case _:
            return _branch(events, file, place=place, depth=depth)


def _items(events: Iterator[yaml.Event], file: str, *, place: Place, depth: int) -> Items:
    nodes: list[Node] = []
    for event in events:
        if isinstance(event, yaml.SequenceEndEvent):
            break
        nodes.append(_node(event, events, file, depth=depth + 1))
    return Items(tuple(nodes), place)


def _branch(events: Iterator[yaml.Event], file: str, *, place: Place, depth: int) -> Branch:
    nodes: dict[str, Node] = {}
    places: dict[str, Place] = {}
    for event in events:
        if isinstance(event, yaml.MappingEndEvent):
            break
        key = _node(event, events, file, depth=depth + 1)
        if not isinstance(key, Leaf) or not key.text:
            raise PlaybookError(f"{key.place}: a key is a word, not a list, a mapping or nothing")
        if key.text in nodes:
            first = places[key.text].line
            raise PlaybookError(f"{key.place}: {key.text!r} is already said in line {first}; say it once")
        places[key.text] = key.place
        nodes[key.text] = _node(next(events), events, file, depth=depth + 1)
    return Branch(nodes, places, place)


def _resolved(text: str) -> Plain:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if based := _OTHER_BASE.fullmatch(text):
        return int(based[1], 8) if based[1] else int(based[2], 16)
    return float(text) if _FLOAT.fullmatch(text) else text
