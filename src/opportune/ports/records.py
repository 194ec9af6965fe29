"""What a host hands to a store and gets back from it: whole batches, memories at rest, whom to forget."""

from msgspec import Struct

from opportune.events.event import Input
from opportune.policies.decision import Decision, Ending, GoalReached
from opportune.sending.attempt import Call
from opportune.sending.tally import Tallied
from opportune.units import Instant


class DeadLetter(Struct, frozen=True, gc=False):
    """Something that was received and could not be used, with the reason."""

    at: Instant
    code: str
    reason: str
    body: bytes
    """As it came, without the key it came with."""
    kind: str = ""
    """What the path said the call is; empty if it left that to the call."""
    sent_at: str | int | float | None = None
    """The client's clock when it sent the batch, if that said so."""


class Kept(Struct, frozen=True, gc=False):
    """One user's memory at rest, for the snapshot; None: there is none any more."""

    user: str
    memory: bytes | None
    wake: Instant | None = None
    """The user's next deadline."""


class Mark(Struct, frozen=True, gc=False):
    """Says that no memory kept so far is older than the log entry ``seq``."""

    seq: int
    playbook: str
    """Content hash of the playbook in force there."""
    versions: tuple[str, ...] = ()
    """All that were published by then, in the order in which they were first needed."""
    is_base: bool = False
    """The log may be cut here, later: what is kept now stays, as a base."""


class Batch(Struct, frozen=True, gc=False):
    """What one group commit keeps, all or nothing. Each input's ``seq`` is above all before it; gaps are allowed."""

    inputs: tuple[Input, ...] = ()
    decisions: tuple[Decision, ...] = ()
    endings: tuple[Ending, ...] = ()
    goals: tuple[GoalReached, ...] = ()
    calls: tuple[Call, ...] = ()
    dead: tuple[DeadLetter, ...] = ()
    offsets: tuple[tuple[str, int], ...] = ()
    """By source: how far it has been taken."""
    kept: tuple[Kept, ...] = ()
    """Some users' memories as they are after these inputs."""
    mark: Mark | None = None
    unmerged: tuple[int, ...] = ()
    """Places of merges that failed, so that a restart does not try them again."""
    tallied: Tallied = Tallied()


class Snapshot(Struct, frozen=True, gc=False):
    """All memories as they were after the log entry ``seq``, or after a later one: each knows its own.

    Folding the log from there gives what folding all of it gives: an entry that a memory has seen does not change it.
    The memory that took another in is never older than the mark in the place of that other one.
    """

    seq: int = 0
    playbook: str = ""
    """Content hash of the playbook in force there; empty if none was."""
    versions: tuple[str, ...] = ()
    unmerged: frozenset[int] = frozenset()
    memories: dict[str, bytes] = {}
    wakes: dict[str, Instant] = {}
    """By user: the next deadline, of those who have one."""


class Base(Snapshot, frozen=True, gc=False):
    """All memories as they were where the log begins; its memories have seen entries up to ``until``."""

    until: int = 0
    now: Instant = 0
    """The log clock by then; what was over before it has left."""
    decisions: int = 0
    endings: int = 0
    """The places of the newest that had been made by then."""


class Taken(list[str]):
    """The ids of what was known already, and had no effect."""

    def __init__(self) -> None:
        super().__init__()
        self.erased: list[str] = []
        """The ids of what was refused, because its user was erased."""
        self.known_users: list[str] = []
        """The ids of aliases that were not carried out, because they would have absorbed a known user."""


class Erasure(Struct, frozen=True, gc=False):
    """One user who is to be forgotten."""

    names: tuple[str, ...]
    """The ids whose events, decisions and memories go."""
    refused: tuple[str, ...]
    """The ids of which nothing is taken from then on, until they are readmitted."""
    addresses: tuple[tuple[str, str], ...] = ()
    """Channel and address of all that nothing is sent to from then on."""
    moved: tuple[tuple[str, bytes], ...] = ()
    """Ids among ``names`` that other users have as well, and the memory that tells so."""
