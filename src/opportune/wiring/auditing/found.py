"""What an audit finds."""

from heapq import heappush, heapreplace

from msgspec import Struct

from opportune.units import Instant


class Violation(Struct, frozen=True):
    """One promise that the record shows broken."""

    check: str
    """``caps``, ``consent``, ``quiet``, ``doubles`` or ``books``."""
    decision: str
    user: str
    at: Instant
    """The instant that is judged: of a send, when it was begun."""
    sentence: str
    others: tuple[str, ...] = ()
    """The other decisions that it takes to break it."""
    since: Instant | None = None
    """When what forbade it came, or when the window began."""


class Counted(Struct):
    """One check: how many it has judged, and how many of them it objects to."""

    judged: int = 0
    found: int = 0


class Audit(Struct):
    """A record counted again."""

    entries: int = 0
    """Of the log."""
    users: int = 0
    """Of whom a decision is on record; ids that were joined count once."""
    decisions: int = 0
    ended: int = 0
    pending: int = 0
    sends: int = 0
    """What users heard of, or may have."""
    checks: dict[str, Counted] = {}
    violations: list[Violation] = []
    """The newest, the newest first."""
    limits: list[str] = []
    """What this audit cannot tell, in sentences."""


class Newest:
    """The newest so many violations, however many there are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[Instant, str, str, Violation]] = []

    def add(self, violation: Violation) -> None:
        """Keeps it while it is among the newest."""
        entry = (violation.at, violation.decision, violation.check + violation.sentence, violation)
        if len(self._kept) < self._most:
            heappush(self._kept, entry)
        elif entry[:3] > self._kept[0][:3]:
            heapreplace(self._kept, entry)

    def listed(self) -> list[Violation]:
        """The newest first."""
        return [entry[3] for entry in sorted(self._kept, key=lambda each: each[:3], reverse=True)]
