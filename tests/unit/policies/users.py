"""One user as gates see them, with as little as a test has to say."""

from collections.abc import Mapping, Sequence

from opportune.features.ledger import Consent, Ledger, Pending, PendingState, Sent, Suppression
from opportune.features.local_time import zone_named
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.view import Reservation, View
from opportune.units import DAY, HOUR, Instant, Scalar

NOW: Instant = 20_000 * DAY + 12 * HOUR
"""2024-10-04T12:00Z."""


def view(
    *held: Sent | Pending | Consent | Suppression,
    traits: Mapping[str, Scalar] | None = None,
    zones: Sequence[str] = ("UTC",),
    now: Instant = NOW,
) -> View:
    ledger = Ledger(
        [each for each in held if isinstance(each, Sent)],
        [each for each in held if isinstance(each, Pending)],
        [each for each in held if isinstance(each, Consent)],
        [each for each in held if isinstance(each, Suppression)],
    )
    stated = {name: [Stated(now - DAY, 1, value)] for name, value in (traits or {}).items()}
    named = [zone_named(name) for name in zones]
    found = tuple(zone for zone in named if zone is not None)
    return View(now, "ann", "salt", ledger, Scope(Profile(stated, {}, [], {}), now), found, None)


def candidate(at: Instant = NOW, channel: str = "email", *, topic: str = "cart") -> Candidate:
    return Candidate(Message("reminder", ("email", "sms", "push", "in_app"), topic), channel, at, at + 9 * DAY)


def sent(
    at: Instant,
    id: str = "sent",
    *,
    channel: str = "email",
    topic: str = "cart",
    counts: bool = True,
    is_noticed: bool = False,
) -> Sent:
    return Sent(at, id, "other", channel, topic, counts, is_noticed)


def pending(
    at: Instant,
    id: str = "planned",
    *,
    state: PendingState = "planned",
    is_marketing: bool = True,
    counts: bool = True,
) -> Pending:
    return Pending(
        id=id,
        at=at,
        state=state,
        message="other",
        channel="email",
        topic="cart",
        variant="default",
        counts=counts,
        is_marketing=is_marketing,
        worth=1,
        journey="other",
        key=id,
        entry=at,
        step=0,
        deadline=at + DAY,
    )


def reservation(at: Instant, id: str = "sent", *, is_displaceable: bool = False) -> Reservation:
    return Reservation(at, at, id, "email", "cart", True, is_displaceable, None)
