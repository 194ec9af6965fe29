"""How many in how long: the arithmetic that caps, gaps and fatigue share (R7)."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from opportune.policies.verbs import Reason
from opportune.policies.view import Reservation
from opportune.units import Instant, Millis


def overfull(ats: Sequence[Instant], at: Instant, *, most: int, span: Millis) -> Iterator[slice]:
    """The groups of ``most`` instants that would share a window of ``span`` with ``at``, as slices of ``ats``.

    ats : sorted, without ``at`` itself
    Nothing comes out where ``at`` may be added: every window that ends in [at, at + span) then holds at most ``most``.
    Two instants exactly ``span`` apart share no window.
    """
    place = bisect_right(ats, at)
    for first in range(max(0, place - most), min(place, len(ats) - most) + 1):
        oldest = ats[first] if first < place else at
        newest = ats[first + most - 1] if first + most > place else at
        if newest - oldest < span:
            yield slice(first, first + most)


def objection_to(
    at: Instant, held: Sequence[Reservation], *, most: int, span: Millis, code: str
) -> Reason | None:
    """Why one more at ``at`` would be too many in some window of ``span``, and the first instant at which it is not."""
    if len(held) < most:
        return None
    ats = [each.at for each in held]
    full = list(overfull(ats, at, most=most, span=span))
    if not full:
        return None
    inside = sorted({each for window in full for each in held[window] if each.is_displaceable})
    free = (each + span for each in ats if each + span > at and fits(ats, each + span, most=most, span=span))
    return Reason(code, next(free, None), tuple(each.id for each in inside))


def fits(ats: Sequence[Instant], at: Instant, *, most: int, span: Millis) -> bool:
    """Whether no window becomes overfull by one more at ``at``."""
    return next(overfull(ats, at, most=most, span=span), None) is None
