"""What begins a journey, as written under ``enter``."""

from opportune.journeys.trigger import Silence, Trigger, Watched
from opportune.playbook.read_expression import Expressions
from opportune.playbook.section import Section, section_of
from opportune.playbook.yaml_nodes import Branch, Leaf, Node


def trigger_of(section: Section, expressions: Expressions) -> Trigger:
    """The trigger under ``enter`` of a journey's section."""
    node = section.node("enter")
    if node is None:
        section.missing("enter", "'enter: {on: Cart Updated}'")
        return Watched("")
    if isinstance(node, Branch) and "inactive_for" in node.nodes:
        inner = Section(node, section.problems, "enter")
        silence = Silence(inner.span("inactive_for"))
        inner.close()
        return silence
    return watched_of(node, "enter", section, expressions)


def watched_of(node: Node, name: str, outer: Section, expressions: Expressions) -> Watched:
    """An event by name alone, or ``{on: ..., where: ...}``."""
    if isinstance(node, Leaf) and node.text:
        return Watched(node.text)
    inner = section_of(node, outer.problems, name)
    if inner is None:
        return Watched("")
    watched = Watched(inner.text("on", example="Cart Updated"), expressions.condition(inner, "where"))
    inner.close()
    return watched
