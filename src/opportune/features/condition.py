"""The condition language: SQL text that decides who enters, what is sent, and what a message is worth.

A text is read once, when the playbook is loaded, into an ``Expression``; from it comes generated code for the hot path,
a plain interpreter that the code is held against, and an explanation of what was not true. The same tree is what
history engines are given.
"""

from collections.abc import Mapping

from opportune.features.explain import explain
from opportune.features.expression import Expression, Kind, Node, Reads, reads
from opportune.features.generate import compile_condition, compile_falsehood, compile_value
from opportune.features.interpret import interpret
from opportune.features.scope import Readers, Scope
from opportune.features.sql_text import sql_of
from opportune.features.together import compile_together

__all__ = [
    "Expression",
    "Kind",
    "Node",
    "Readers",
    "Reads",
    "Scope",
    "compile_condition",
    "compile_falsehood",
    "compile_together",
    "compile_value",
    "condition",
    "explain",
    "expression",
    "interpret",
    "number",
    "reads",
    "sql_of",
    "textual",
]

_NONE: Mapping[str, Kind] = {}


def condition(text: str, *, features: Mapping[str, Kind] = _NONE, allows_event: bool = False) -> Expression:
    """The text as a condition: TRUE, FALSE or NULL; raises ConditionError with position and remedy.

    ``features`` are those that are declared, by name; with ``allows_event`` the name ``event`` is the event's name.
    """
    return _read(text, features, allows_event=allows_event, wanted="boolean")


def number(text: str, *, features: Mapping[str, Kind] = _NONE, allows_event: bool = False) -> Expression:
    """The text as a number, such as a worth; raises ConditionError with position and remedy."""
    return _read(text, features, allows_event=allows_event, wanted="number")


def textual(text: str, *, features: Mapping[str, Kind] = _NONE, allows_event: bool = False) -> Expression:
    """The text as an expression that is a text itself; raises ConditionError with position and remedy."""
    return _read(text, features, allows_event=allows_event, wanted="text")


def expression(text: str, *, features: Mapping[str, Kind] = _NONE, allows_event: bool = False) -> Expression:
    """The text as an expression of any kind; raises ConditionError with position and remedy."""
    return _read(text, features, allows_event=allows_event, wanted="unknown")


def _read(text: str, features: Mapping[str, Kind], *, allows_event: bool, wanted: Kind) -> Expression:
    from opportune.features import sql  # the parser takes 0.4 s to import: only who reads texts pays for it

    return sql.read(text, features=features, allows_event=allows_event, wanted=wanted)
