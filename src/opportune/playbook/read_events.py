"""What events say, as declared in ``events.yaml``: by event and property, what kind of value it is."""

from opportune.events.interactions import Property, Schema, Type
from opportune.playbook.section import Section, described
from opportune.playbook.yaml_nodes import Branch, Leaf, Node

MOST_EVENTS = 1_000
MOST_PROPERTIES = 200
"""Of one event."""
MOST_WORDS = 200
"""Texts that one property may be said to be one of."""
LONGEST_NAME = 200
"""Letters in the name of an event or a property."""
KINDS: dict[str, Type] = {
    "text": "text", "number": "number", "whole": "whole", "boolean": "boolean", "instant": "instant", "list": "list",
    "object": "object", "unknown": "unknown",
}  # fmt: skip


def schemas_of(section: Section, places: dict[str, str]) -> dict[str, Schema]:
    """The schemas that a section declares by name of event; ``places`` learns where each property stands."""
    schemas: dict[str, Schema] = {}
    if len(section.names()) > MOST_EVENTS:
        text = f"at most {MOST_EVENTS:,} events are declared, not {len(section.names()):,}"
        section.problems.add(section.place, text)
        return {}
    for name in section.names():
        places[f"events.{name}"] = str(section.at(name))
        if len(name) > LONGEST_NAME:
            section.wrong(name, f"the name of an event has at most {LONGEST_NAME} letters, not {len(name)}")
        inner = section.section(name, name)
        schemas[name] = Schema(name, () if inner is None else _properties(inner, name, places))
    return schemas


def _properties(section: Section, event: str, places: dict[str, str]) -> tuple[Property, ...]:
    names = section.names()
    if len(names) > MOST_PROPERTIES:
        section.problems.add(section.place, f"{event}: at most {MOST_PROPERTIES} properties, not {len(names)}")
        return ()
    for name in names:
        places[f"events.{event}.{name}"] = str(section.at(name))
        if not _can_be_named(name):
            text = f"a property's name has 1 to {LONGEST_NAME} signs, none of them a quote or a backslash, not {name!r}"
            section.wrong(name, text)
    return tuple(_property(section, name) for name in names)


def _can_be_named(name: str) -> bool:
    return len(name) <= LONGEST_NAME and name.isprintable() and not set(name) & set('"\\') and all(name.split("."))


def _property(section: Section, name: str) -> Property:
    """A property: ``value: number``, or ``plan: {kind: text, required: true, one_of: [basic, plus]}``."""
    node = section.node(name)
    if not isinstance(node, Branch):
        return Property(name, _kind(node, section, name))
    inner = Section(node, section.problems, name)
    written = inner.node("kind")
    words = _words(inner)
    kind = KINDS["text"] if written is None and words else _kind(written, inner, "kind")
    if words and kind != "text":
        inner.wrong("one_of", f"one_of is for texts, and {name} is declared as {kind}; leave one of the two out")
    found = Property(name, kind, is_required=inner.flag("required", False), one_of=words)
    inner.close()
    return found


def _kind(node: Node | None, section: Section, key: str) -> Type:
    word = node.text.strip() if isinstance(node, Leaf) else ""
    if word in KINDS:
        return KINDS[word]
    said = "nothing" if node is None else described(node)
    section.wrong(key, f"{key} must be one of {', '.join(KINDS)}, not {said}")
    return "unknown"


def _words(section: Section) -> tuple[str, ...]:
    words = section.texts("one_of")
    if len(words) > MOST_WORDS:
        section.wrong("one_of", f"one_of holds at most {MOST_WORDS} texts, not {len(words)}")
    if len(set(words)) < len(words):
        section.wrong("one_of", "one_of names a text twice; name it once")
    return tuple(dict.fromkeys(words))
