"""What an expression is read against: one user's profile and one event or deadline, as of one instant (R4)."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from msgspec import Struct

from opportune.features.profile import Profile
from opportune.units import Instant, Value


class Scope(Struct, gc=False):
    """What an expression may look at; it sees nothing that became true after ``at``."""

    profile: Profile
    at: Instant
    """As of: the event's own instant, or a deadline's due."""
    event: str = ""
    """The event's name; empty where there is no event."""
    properties: Mapping[str, object] = {}
    """The event's decoded properties, or those a run has kept: dotted names flattened or nested, either is found."""
    context: Mapping[str, object] = {}
    entry: Instant | None = None
    """The entry of the run, if there is one."""
    keys: Mapping[str, object] = {}
    """The properties that features BY a property are read with, where the scope has no properties of its own."""


Reader: TypeAlias = Callable[[Scope], Value]
"""The value of a feature in a scope: of the profile, as of ``at``."""
Readers: TypeAlias = Mapping[str, Reader]
"""By name of the feature."""
