"""What policies may look at: one user as of the slate's instant. Reading only."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from opportune.features.age import NOTHING, Age, Ages
from opportune.features.ledger import Ledger, Pending, Sent
from opportune.features.local_time import Zone
from opportune.features.scope import Scope
from opportune.features.traits import trait_at
from opportune.units import HOUR, MINUTE, Instant, Millis, Scalar

LONGEST_ATTEMPT: Millis = 2 * MINUTE
"""A claimed attempt has reached the provider by then, or never will: a minute to begin, a minute to be accepted."""
LONGEST_REPEATING: Millis = 23 * HOUR
"""How long a message that must arrive is asked for again; a provider that knows a key forgets it after 24 hours."""


class Reservation(Struct, frozen=True, gc=False, order=True):
    """One message that caps must count: sent, possibly sent, claimed or planned."""

    at: Instant
    """When it went out; of one that is open the latest instant at which it may."""
    earliest: Instant
    """The same, but the earliest instant."""
    id: str
    channel: str
    topic: str
    counts: bool
    is_displaceable: bool
    is_noticed: bool | None
    """None while nobody can have noticed it."""


EVERYTHING: Final = (False, (), ())
"""All reservations, as ``View.reservations`` is asked for them."""


class View(Struct, gc=False):
    """One user as of ``now``, as gates, scores and picks see it."""

    now: Instant
    """The instant the slate is decided as of; never the wall clock."""
    bucket: str
    """The name that draws use for this user."""
    salt: str
    ledger: Ledger
    scope: Scope
    zones: tuple[Zone, ...]
    """Every zone the user may plausibly be in; calendar windows use the first."""
    session_end: Instant | None
    """When the present session ends if nothing more happens; None outside of one."""
    without: frozenset[str] = frozenset()
    """Ids of decisions that are not counted: the one asked again, and those a candidate would displace."""
    memo: dict[tuple[bool, tuple[str, ...], tuple[str, ...]], list[Reservation]] = {}
    """Reservations that were asked for before, by what was asked."""
    ages: Ages = {}
    """How old what each feature rests on is."""
    outlooks: dict[tuple[str, str], Struct] = {}
    """What ``send_time`` found out before, by channel and kind."""

    def reservations(
        self, channels: tuple[str, ...] = (), topics: tuple[str, ...] = (), *, counted_only: bool
    ) -> list[Reservation]:
        """By instant, on these channels and topics (none named: all); ``counted_only``: those that count for caps."""
        name = (counted_only, channels, topics)
        found = self.memo.get(name)
        if found is None:
            found = [
                each
                for each in self._all()
                if (each.counts or not counted_only)
                and (not channels or each.channel in channels)
                and (not topics or each.topic in topics)
            ]
            self.memo[name] = found
        return found

    def for_run(self, kept: Mapping[str, Scalar], entry: Instant) -> "View":
        """The same view, with what a run has kept of its entry event to be read by formulas."""
        scope = Scope(self.scope.profile, self.now, "", kept, {}, entry)
        return View(
            *(self.now, self.bucket, self.salt, self.ledger, scope, self.zones),
            *(self.session_end, self.without, self.memo, self.ages, self.outlooks),
        )

    def excluding(self, ids: frozenset[str]) -> "View":
        """The same view, with these decisions not counted."""
        without = self.without | ids
        return View(
            *(self.now, self.bucket, self.salt, self.ledger, self.scope, self.zones),
            *(self.session_end, without, {}, self.ages, self.outlooks),
        )

    def trait(self, name: str) -> Scalar:
        """The trait as of now, or None."""
        return trait_at(self.scope.profile, name, self.now)

    def age(self, feature: str) -> Age:
        """How old what this feature rests on is, as of now; unknown of a feature that is not there."""
        age = self.ages.get(feature)
        return NOTHING if age is None else age(self.scope)

    def _all(self) -> list[Reservation]:
        everything = self.memo.get(EVERYTHING)
        if everything is None:
            everything = [_of_sent(each) for each in self.ledger.sent]
            everything += [
                _of_pending(each, self.now) for each in self.ledger.pending if _is_counted(each, self.without)
            ]
            everything.sort()
            self.memo[EVERYTHING] = everything
        return everything


def _is_counted(pending: Pending, without: frozenset[str]) -> bool:
    return pending.id not in without and not pending.is_internal


def _of_sent(sent: Sent) -> Reservation:
    return Reservation(sent.at, sent.at, sent.id, sent.channel, sent.topic, sent.counts, False, sent.is_noticed)


def _of_pending(pending: Pending, now: Instant) -> Reservation:
    displaceable = pending.state == "planned" and pending.is_marketing
    at = reached_by(pending) if pending.state == "claimed" else pending.at
    earliest = min(now, pending.at) if pending.state == "shown_awaited" else pending.at
    return Reservation(at, earliest, pending.id, pending.channel, pending.topic, pending.counts, displaceable, None)


def reached_by(claimed: Pending) -> Instant:
    """The instant by which a claimed decision has reached the user, or never will."""
    if claimed.may_repeat:
        return min(claimed.at + LONGEST_REPEATING, claimed.deadline) + MINUTE
    return claimed.at + LONGEST_ATTEMPT
