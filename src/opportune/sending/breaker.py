"""A breaker: a provider that takes nobody's message is left alone for a while, then asked with one message."""

from typing import Literal

from msgspec import Struct

from opportune.units import SECOND, Instant, Millis


class Breaker(Struct, frozen=True, gc=False):
    """How often in a row a provider was out, since when, and until when it is left alone."""

    outages: int = 0
    since: Instant | None = None
    """The first of them."""
    until: Instant | None = None
    """None while it is still trusted with as many messages as ever."""


def state_of(breaker: Breaker, now: Instant) -> Literal["closed", "open", "asking"]:
    """``closed``: it may be called. ``open``: it is left alone. ``asking``: with one message, and no second one."""
    if breaker.until is None:
        return "closed"
    return "open" if now < breaker.until else "asking"


def wait_of(breaker: Breaker, now: Instant) -> Millis:
    """How long the provider is still left alone; 0 if it may be called."""
    return 0 if breaker.until is None else max(0, breaker.until - now)


def after_outage(breaker: Breaker, now: Instant, *, patience: int = 3, longest: Millis = 30 * SECOND) -> Breaker:
    """From the ``patience``-th outage in a row on it is left alone: 1 s, then twice as long each time."""
    outages, since = breaker.outages + 1, now if breaker.since is None else breaker.since
    if outages < patience:
        return Breaker(outages, since)
    return Breaker(outages, since, now + min(SECOND << min(outages - patience, 10), longest))


def after_answer(breaker: Breaker) -> Breaker:
    """Any answer about a message, good or bad, shows that the provider is there."""
    return breaker if breaker == Breaker() else Breaker()
