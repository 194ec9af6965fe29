"""Speed towards a provider: at most so many calls a second, with a short burst allowed."""

from msgspec import Struct

from opportune.units import Instant, Micros, Millis


class RateLimit(Struct, frozen=True):
    """At most ``per_second`` calls a second on the long run, and ``burst`` at once after a rest; both at least 1."""

    per_second: int
    burst: int = 1


def wait_of(limit: RateLimit, full_at: Micros, now: Instant) -> Millis:
    """How long the next call has to wait, rounded up to whole milliseconds; 0 if it may go."""
    earliest = full_at - (limit.burst - 1) * _interval(limit)
    return max(0, -((now * 1_000 - earliest) // 1_000))


def after_call(limit: RateLimit, full_at: Micros, now: Instant, calls: int = 1) -> Micros:
    """When the bucket is full again after calls at ``now``, in microseconds since 1970; 0 stands for a full one.

    The bucket as one number: the generic cell rate algorithm (ITU-T I.371, annex A).
    """
    return max(full_at, now * 1_000) + calls * _interval(limit)


def _interval(limit: RateLimit) -> Micros:
    return 1_000_000 // limit.per_second
