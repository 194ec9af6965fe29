"""How many in how long: the arithmetic that caps, gaps and fatigue share (R7).

What is open reaches the user at some instant of [earliest, at] that nobody knows yet; it is counted in every window
that it may come to lie in. So a cap holds whatever a provider takes its time for.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence

from opportune.policies.verbs import Reason
from opportune.policies.view import Reservation
from opportune.units import Instant, Millis


def crowded(
    earliest: Sequence[Instant], latest: Sequence[Instant], at: Instant, *, most: int, span: Millis
) -> Iterator[Instant]:
    """The starts of windows [start, start + span) that hold ``at`` and may hold ``most`` others too.

    earliest : sorted, when each of the others may reach the user at the earliest; without ``at`` itself
    latest   : sorted, the same at the latest
    Only windows that begin with one of the newest ``most`` are looked at: if none of these is too full, none is. Two
    instants exactly ``span`` apart share no window.
    """
    place = bisect_right(latest, at)
    for start in (at, *latest[max(0, place - most) : place]):
        if start > at - span and bisect_left(earliest, start + span) - bisect_left(latest, start) >= most:
            yield start


def fits(earliest: Sequence[Instant], latest: Sequence[Instant], at: Instant, *, most: int, span: Millis) -> bool:
    """Whether no window can become overfull by one more at ``at``."""
    return next(crowded(earliest, latest, at, most=most, span=span), None) is None


def least_limit(earliest: Sequence[Instant], latest: Sequence[Instant], at: Instant, *, span: Millis) -> int:
    """The least ``most`` for which no window can become overfull by one more at ``at``.

    A window that holds most of the others begins at ``at``, or with one of them: all that do are looked at.
    """
    windows = (at, *latest[bisect_right(latest, at - span) : bisect_right(latest, at)])
    return 1 + max(bisect_left(earliest, start + span) - bisect_left(latest, start) for start in windows)


def room(at: Instant, held: Sequence[Reservation]) -> Millis | None:
    """The longest gap that is kept on either side of ``at``; None if another may go out at that very instant."""
    return min((max(at - each.at, each.earliest - at, 0) for each in held), default=0) or None


def next_change(at: Instant, held: Sequence[Reservation], *, span: Millis) -> Instant | None:
    """The first instant after ``at`` at which the windows around it can hold another number; None if none comes.

    held : sorted by latest instant, as the view hands them out
    """
    leaving = next((each.at + span for each in held if each.at + span > at), None)
    coming = (each.earliest - span + 1 for each in held)
    return min((each for each in (leaving, *coming) if each is not None and each > at), default=None)


def first_fit(
    earliest: Sequence[Instant], latest: Sequence[Instant], at: Instant, *, most: int, span: Millis
) -> Instant:
    """The first instant after ``at``, which does not fit, that does; at it some other has just left the window.

    There is one: when the last of the others has left, no window holds any.
    """
    place = bisect_right(latest, at - span)
    while not fits(earliest, latest, later := latest[place] + span, most=most, span=span):
        place = max(place + 1, bisect_right(latest, later) - most)  # until then ``most`` of those before it are left
    return later


def next_objection(at: Instant, held: Sequence[Reservation], *, most: int, span: Millis) -> Instant | None:
    """The first instant after ``at``, which fits, that does not; None if all do.

    held : sorted by latest instant, as the view hands them out
    So many of them, with ``last`` the latest of their earliest instants and ``first`` the earliest of their latest, can
    share a window if ``last - first < span``; then they leave no room in the stretch (last - span, first + span).
    """
    earliest: list[Instant] = []
    found = None
    for each in reversed(held):
        insort(earliest, each.earliest)
        if len(earliest) >= most:
            last = earliest[most - 1]
            if last - span < at:  # stretches come latest first: the others begin before ``at`` too
                break
            if last - span < each.at:
                found = last - span + 1
    return found


def objection_to(at: Instant, held: Sequence[Reservation], *, most: int, span: Millis, code: str) -> Reason | None:
    """Why one more at ``at`` would be too many in some window of ``span``, and the first instant at which it is not.

    It needs as many as the fullest window would then hold.
    """
    if len(held) < most or held[-most].at <= at - span:  # fewer than ``most`` can share a window with ``at``
        return None
    earliest, latest = sorted(each.earliest for each in held), [each.at for each in held]
    starts = list(crowded(earliest, latest, at, most=most, span=span))
    if not starts:
        return None
    inside = (
        each.id
        for each in held
        if each.is_displaceable and any(each.earliest < start + span and each.at >= start for start in starts)
    )
    until = first_fit(earliest, latest, at, most=most, span=span)
    return Reason(code, until, tuple(inside), least_limit(earliest, latest, at, span=span))
