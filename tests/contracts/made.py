"""Small things to put into a store."""

from opportune.events.event import Event
from opportune.policies.decision import Decision, Ending
from opportune.sending.attempt import Attempt
from opportune.units import MINUTE

NOW = 1_790_000_000_000


def event(seq: int, user: str = "ann", *, id: str | None = None, at: int = NOW) -> Event:
    return Event(
        id=id or f"e{seq}",
        user=user,
        name="Cart Updated",
        at=at,
        received_at=at,
        seq=seq,
        properties=b'{"cart_id":"c1","value":80}',
    )


def attempt(decision: str = "d1", user: str = "ann", *, at: int = NOW, channel: str = "email") -> Attempt:
    return Attempt(
        decision=decision,
        user=user,
        message="cart_reminder",
        variant="default",
        channel=channel,
        topic="cart",
        address="ann@example.com",
        at=at,
        expires=at + MINUTE,
        playbook="p1",
        values={"first_name": "Ann"},
    )


def decision(id: str = "d1", user: str = "ann", *, seq: int = 1) -> Decision:
    return Decision(
        id=id,
        user=user,
        journey="cart",
        key="c1",
        entry=NOW,
        step=1,
        due=NOW,
        message="cart_reminder",
        chosen=None,
        code="no_consent",
        until=None,
        worth=0,
        propensity=1_000_000,
        verdicts=(),
        playbook="p1",
        zone="Europe/Berlin",
        seq=seq,
    )


def ending(decision: str = "d1", user: str = "ann") -> Ending:
    return Ending(decision, user, "not_sent", "no_consent", NOW)
