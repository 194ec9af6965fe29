"""What is remembered of one user apart from the ledger: traits, feature state, sessions and last instants.

All of it can be read as of any instant of the last ``lateness``: events come late, and a condition is asked at the
event's own instant, never at its arrival (R4).
"""

from msgspec import Struct

from opportune.features.attention import Attention
from opportune.units import Instant, Micros, Scalar


class Stated(Struct, array_like=True, gc=False):
    """One value of a trait and since when it holds, until the next one's ``at``."""

    at: Instant
    seq: int
    value: Scalar
    again: list[int] = []
    """When the same was stated again, as steps of (at, seq, at, seq ...) from one statement to the next: a late
    different value holds only up to there. Reading needs only ``at``."""


class Series(Struct, array_like=True, gc=False):
    """The events one aggregate looks at, by (at, seq); ``ats``, ``seqs`` and ``values`` are parallel.

    Entries too old to be read alone are folded into ``count``, ``total`` and ``tally``, which stand for everything
    before the first entry and only unbounded windows read.
    """

    ats: list[Instant]
    seqs: list[int]
    """Empty where order within one instant cannot matter."""
    values: list[Scalar]
    """Empty where only the count is read; whole millionths for SUM; the names of ``tally`` where it is kept."""
    count: int = 0
    total: Micros = 0
    carry: int = 0
    """Whole 2**62 millionths that did not fit ``total``."""
    since: Instant | None = None
    """Of what happened at or before it some entries may have been folded away early, because there were too many."""
    lost: Instant | None = None
    """What happened at or before it may be counted nowhere; None: all that ever happened is here."""
    weights: list[float] = []
    """Beside ``values``; empty where all weigh 1."""
    tally: dict[str, list[int]] = {}
    """By name of a value: its newest instant, and the sum of its weights as ``total`` and ``carry``."""


class Group(Struct, array_like=True, gc=False):
    """The series of an aggregate BY a property, by the text of it."""

    series: dict[str, Series]
    lost: Instant | None = None
    """Of a text that has no series here, what happened at or before it may have been forgotten."""


class Session(Struct, array_like=True, gc=False):
    """A stretch of activity: first and last event with no gap of ``idle`` or more between them."""

    start: Instant
    end: Instant


class Profile(Struct, array_like=True, gc=False):
    """The memory of one user that features and conditions read."""

    traits: dict[str, list[Stated]]
    """By dotted name, oldest first; one value older than ``lateness`` is kept, so that any instant inside it reads."""
    series: dict[str, Series]
    """By the fingerprint of (which events, which value): windows over the same events share one."""
    sessions: list[Session]
    """Oldest first; those that ended before anything could still read them are gone, but the newest stays."""
    lasts: dict[str, list[Instant]]
    """Instants of the events that exits, goals and untils watch, by name, or name + newline + key, oldest first.

    By name the newest is kept however old it is; by key only what is inside ``lateness``."""
    groups: dict[str, Group] = {}
    """By the fingerprint, for aggregates BY a property."""
    attention: Attention | None = None
    """When the user looks; None where nothing asks, or nothing was done yet."""
