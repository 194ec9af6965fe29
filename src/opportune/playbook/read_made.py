"""Steps that make something, as written: traits, events, digests."""

from opportune.journeys.step import Digest, Emit, Named, SetTraits
from opportune.playbook.read_expression import Expressions
from opportune.playbook.section import Section, span_at
from opportune.playbook.yaml_nodes import Branch, Node

MOST_COLLECTED = 100
"""Entries whose properties a digest may tell."""


def traits_of(section: Section, expressions: Expressions) -> SetTraits:
    """``set: {stage: "'won'"}``: what traits become."""
    inner = section.section("set", "set")
    if inner is not None and not inner.names():
        section.wrong("set", "set names at least one trait, such as {stage: \"'won'\"}")
    return SetTraits(_values(inner, expressions))


def emit_of(section: Section, expressions: Expressions) -> Emit:
    """``emit: EVENT`` with its ``properties``."""
    event = section.text("emit", example="Cart Given Up")
    return Emit(event, _values(section.section("properties", "properties"), expressions))


def digest_of(section: Section, node: Node) -> Digest:
    """``digest: 1 hour``, or a mapping that says more."""
    if not isinstance(node, Branch):
        return Digest(span_at(node, "digest", section.problems))
    inner = Section(node, section.problems, "digest")
    digest = Digest(
        span=inner.span("for"),
        quiet=inner.span("quiet", 0),
        collects=inner.texts("collect"),
        most=inner.whole("most", 20, least=1, most=MOST_COLLECTED),
    )
    inner.close()
    return digest


def _values(section: Section | None, expressions: Expressions) -> tuple[Named, ...]:
    if section is None:
        return ()
    read = ((name, expressions.value(section, name)) for name in section.names())
    named = tuple(Named(name, value) for name, value in read if value is not None)
    section.close()
    return named
