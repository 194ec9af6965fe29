"""Everything we ask of the world: a clock, a store and channels. Pure code never calls a port.

A host commits a batch first; only then do others see what is in it. A store is owned by one process.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import ClassVar, Protocol, TypeAlias

from msgspec import Struct

from opportune.events.event import Event, Input, Published
from opportune.messages.template import Rendered
from opportune.policies.decision import Decision, Ending, GoalReached
from opportune.ports.records import Base as Base
from opportune.ports.records import Batch as Batch
from opportune.ports.records import DeadLetter as DeadLetter
from opportune.ports.records import Erasure as Erasure
from opportune.ports.records import Kept as Kept
from opportune.ports.records import Mark as Mark
from opportune.ports.records import Snapshot as Snapshot
from opportune.ports.records import Taken as Taken
from opportune.sending.attempt import Attempt
from opportune.sending.inbox_item import InboxItem as InboxItem
from opportune.sending.outbox import Claim, Row, Stage
from opportune.sending.receipt import Receipt
from opportune.sending.tally import Tallied
from opportune.units import DAY, Instant, Millis

DEDUPE_HORIZON: Millis = 7 * DAY
"""How long an id is known at least; an event that happened longer ago may only count as history (R17)."""


class Clock(Protocol):
    """Where instants come from."""

    def now(self) -> Instant:
        """The present instant."""
        ...


class Timer(Clock, Protocol):
    """A clock that can also be waited on."""

    async def pause(self, span: Millis) -> None:
        """Let at least this span pass on this clock."""
        ...


class History(Protocol):
    """What has been committed, for those who ask why."""

    def log(self, after: int = 0) -> Iterator[Input]:
        """All inputs with ``seq`` above ``after``, in order, from where the log begins; only a file is ever cut."""
        ...

    def last_seq(self) -> int:
        """The newest committed ``seq``; 0 for an empty log."""
        ...

    def events_of(self, user: str) -> Iterator[Input]:
        """The events of this user and the merges it took part in, in order of the log."""
        ...

    def decision(self, decision_id: str) -> Decision | None:
        """The decision with this id."""
        ...

    def decisions_of(self, user: str, limit: int = 50) -> list[Decision]:
        """The user's newest decisions, newest first by the log entry that caused them."""
        ...

    def decisions_where(
        self,
        journey: str | None = None,
        code: str | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        limit: int = 50,
    ) -> list[Decision]:
        """The newest decisions of this journey with this code that were made in [since, until), newest first.

        The code is the one under which it is told (``code_of``). None: any.
        """
        ...

    def ending(self, decision_id: str) -> Ending | None:
        """How this decision ended; None while it is pending."""
        ...

    def base(self, users: Collection[str] | None = None, *, beginning_with: bytes = b"") -> Base:
        """Where the log begins; empty if nothing was cut off. With the memories of all, or of some, users."""
        ...

    def decisions(self, after: int = 0) -> Iterator[Decision]:
        """All decisions, in order of their commits; those beyond this place."""
        ...

    def endings(self, after: int = 0) -> Iterator[Ending]:
        """All endings, in order of their commits; those beyond this place."""
        ...

    def goals(self) -> Iterator[GoalReached]:
        """All goals, in order of their commits."""
        ...

    def outbox(self, decision_id: str | None = None) -> list[Row]:
        """The attempts of one decision, or all, in order of their commits."""
        ...

    def attempts(self, stages: Collection[Stage], limit: int = 50) -> list[Row]:
        """The newest attempts at these stages, newest first."""
        ...

    def dead_letters(self, limit: int = 50) -> list[DeadLetter]:
        """The newest dead letters, newest first."""
        ...

    def inbox_of(self, user: str) -> list[InboxItem]:
        """All in-app messages of the user that are kept, dismissed ones too, oldest first."""
        ...

    def published(self) -> list[Published]:
        """All publications, in order, also those before the log begins; of a file of an earlier release the newer."""
        ...

    def backfilled(self, seq: int, users: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """What these users are to remember from the publication at this place on, that they did not before."""
        ...

    def tallied(self) -> Tallied:
        """How welcome journeys are, as the commits so far have counted it."""
        ...

    def publication(self, playbook: str) -> dict[str, str] | None:
        """The files, path to text, of the playbook with this content hash."""
        ...


class Outbox(Protocol):
    """What a dispatcher needs of a store; every change is durable when it returns."""

    def open_claims(self) -> list[Row]:
        """Attempts without an answer, in order of their commits."""
        ...

    def unlogged(self) -> list[Row]:
        """Answered attempts whose receipt the log does not hold yet."""
        ...

    def standing(self, claim: Claim) -> Row | None:
        """How this claim stands now."""
        ...

    def is_barred(self, channel: str, address: str) -> bool:
        """Whether this address must never be written to on this channel, whoever it belongs to."""
        ...

    async def mark_data_sent(self, claim: Claim, body: bytes | None = None, *, again: bool = False) -> bool:
        """Now or never; False if it was recalled or is not ``claimed``, and then nothing may be sent.

        ``body`` is kept for the case that no answer comes. ``again`` is for a try after that: the stage must then be
        ``data_sent``, and the body that was kept stays.
        """
        ...

    async def release(self, claim: Claim) -> None:
        """Back to ``claimed``: the provider has clearly not taken it."""
        ...

    async def answer(self, claim: Claim, receipt: Receipt, at: Instant) -> bool:
        """Keep the answer, and the body no longer; False if there was one already, or the stage does not allow it."""
        ...


class InboxShelf(Protocol):
    """Where in-app messages wait to be shown."""

    async def keep(self, item: InboxItem) -> None:
        """Keep it; a second one with the same key changes nothing."""
        ...

    def inbox(self, user: str) -> list[InboxItem]:
        """What the user has not dismissed, newest first."""
        ...

    def inbox_item(self, user: str, key: str) -> InboxItem | None:
        """This item of this user, dismissed or not."""
        ...

    def expired(self, now: Instant, limit: int) -> list[InboxItem]:
        """Items that are useless at ``now``, those first that have been so for longest."""
        ...

    async def remove(self, items: Iterable[InboxItem]) -> None:
        """Take these from the shelf."""
        ...

    async def mark_shown(self, user: str, key: str, at: Instant) -> bool:
        """True the first time."""
        ...

    async def mark_dismissed(self, user: str, key: str, at: Instant) -> bool:
        """True the first time."""
        ...


class Store(History, Outbox, InboxShelf, Protocol):
    """The log first, and all that follows from it, in one place.

    Raises ``Unavailable`` when the disk, or another owner, does not let it; the file then still holds whole commits.
    """

    def admit(self, event: Event) -> bool:
        """Whether this event's id is new; from now on it is not.

        Ask last, after everything that could refuse the event. A commit makes it lasting; a commit that fails gives
        the ids of its events back, so that the sender may try again.
        """
        ...

    def is_known(self, event_id: str) -> bool:
        """Whether an event with this id was admitted before; takes nothing."""
        ...

    async def commit(self, batch: Batch) -> tuple[Claim, ...]:
        """Keep the batch; returns the claims of its attempts, for the dispatcher."""
        ...

    def commit_now(self, batch: Batch) -> tuple[Claim, ...]:
        """The same for a host without a loop; returns when it is durable."""
        ...

    def restore(self) -> Snapshot:
        """The newest snapshot, empty at first; ``log(snapshot.seq)`` is the rest."""
        ...

    def offset(self, source: str) -> int:
        """How far this source has been taken; 0 for one never heard of."""
        ...

    def offsets(self, prefix: str) -> dict[str, int]:
        """How far each source whose name begins like this has been taken."""
        ...

    def forget_attempts(self, before: Instant) -> None:
        """Forget, when there is time, attempts answered before this, logged and over, and what was put away by then."""
        ...

    def keep_publication(self, playbook: str, files: Mapping[str, str]) -> None:
        """Keep the files of a playbook by content hash; before the log says that it is published."""
        ...

    def keep_backfill(self, seq: int, rows: Sequence[tuple[str, bytes]]) -> None:
        """Keep, by user, what they are to remember from the publication on that is about to stand at this place."""
        ...

    async def erase(self, erasures: Sequence[Erasure], *, now: Instant, seq: int) -> None:
        """From now on nothing tells of these users; the log says so from ``seq`` on, once for each refused id."""
        ...

    async def readmit(self, user: str) -> bool:
        """Events of this id are taken again, as those of somebody new; False if it was not refused."""
        ...

    def is_erased(self, user: str) -> bool:
        """Whether events of this id are refused."""
        ...

    def close(self) -> None:
        """Finish what was asked, and let go of the file."""
        ...


class Delivery(Struct, frozen=True, gc=False):
    """To whom one rendered message goes, and the key by which a repeat can be known."""

    key: str
    """The decision's id; the same for every try."""
    user: str
    address: str
    at: Instant
    """When it was decided to go out."""
    topic: str = ""
    """What the user can withdraw consent to; empty for a message that needs none."""
    channel: str = ""
    message: str = ""
    """The message's name in the playbook."""
    deadline: Instant | None = None
    """The message is useless from then on."""
    is_repeat: bool = False
    """An earlier try had no answer, so the provider may have taken it."""


Commits: TypeAlias = Callable[[], Awaitable[bool]]
"""Asked once, just before the byte after which the provider may act: it follows a yes at once, and never a no."""


class Channel(Protocol):
    """Hands one message to one provider; knows nothing of consent, history or templates."""

    is_keyed: ClassVar[bool]
    """The provider drops a second message with the same key, so that it may be asked again where no answer came."""

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """Send once; ``sent``, ``unknown`` if the provider may have taken it and gave no answer, ``lapsed`` after a no.

        Raises ``Rejected`` (never) or ``Retryable`` (later), both only if nothing was sent.
        """
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...


Render: TypeAlias = Callable[[Attempt], Rendered]
Report: TypeAlias = Callable[[Event], None]
"""Takes a receipt's event on its way into the log; the store knows which have arrived."""
