"""Decides whether, when, where and what to say to each user, and can say why."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opportune.errors import OpportuneError
    from opportune.wiring.answering import why

__version__ = "0.1.0"
__all__ = ["OpportuneError", "__version__", "why"]

_HOMES = {"OpportuneError": "opportune.errors", "why": "opportune.wiring.answering"}
"""Where each name lives; it is imported when it is first asked for, so that the command starts at once."""


def __getattr__(name: str) -> object:
    """The exported name, from its own module."""
    if name not in _HOMES:
        raise AttributeError(f"module 'opportune' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
