"""The arithmetic of caps, held against a look at every window and every instant (R7)."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from opportune.policies.spacing import fits, least_limit, next_change, next_objection, objection_to, room
from opportune.policies.view import Reservation
from opportune.units import Instant, Millis

INSTANTS = st.integers(0, 60)
SPANS = st.integers(1, 20)
MOST = st.integers(1, 4)


@st.composite
def reservations(draw: st.DrawFn) -> list[Reservation]:
    """Sends, promises, and attempts of which only a stretch is known in which they arrive; by latest instant."""
    found = []
    for number in range(draw(st.integers(0, 10))):
        at = draw(INSTANTS)
        is_displaceable = draw(st.booleans())
        earliest = at if is_displaceable else at - draw(st.sampled_from([0, 0, 2, 5]))
        found.append(Reservation(at, earliest, f"{number:03}", "email", "cart", True, is_displaceable, None))
    return sorted(found)


def may_hold(held: Sequence[Reservation], start: Instant, span: Millis) -> int:
    """The most of these that can come to lie in [start, start + span)."""
    return sum(each.at >= start and each.earliest < start + span for each in held)


def has_room(held: Sequence[Reservation], at: Instant, most: int, span: Millis) -> bool:
    """Whether no window with ``at`` in it may hold so many others; every window is looked at."""
    return all(may_hold(held, start, span) < most for start in range(at - span + 1, at + 1))


def is_free(held: Sequence[Reservation], at: Instant, most: int, span: Millis) -> bool:
    return fits(sorted(each.earliest for each in held), [each.at for each in held], at, most=most, span=span)


@given(st.lists(INSTANTS, max_size=25), MOST, SPANS)
def test_whatever_is_accepted_no_window_ever_holds_more_than_so_many(
    asked: list[Instant], most: int, span: Millis
) -> None:
    """In any order of asking, later instants before earlier ones included."""
    accepted: list[Instant] = []
    for at in asked:
        if fits(accepted, accepted, at, most=most, span=span):
            accepted = sorted([*accepted, at])
    for start in range(-span, 61):
        assert sum(start <= at < start + span for at in accepted) <= most


@given(st.lists(st.tuples(INSTANTS, st.integers(0, 6)), max_size=15), MOST, SPANS, st.data())
def test_so_it_is_whenever_providers_take_what_they_are_given(
    asked: list[tuple[Instant, int]], most: int, span: Millis, data: st.DataObject
) -> None:
    """Asked in order; each that passes arrives somewhere in a stretch, and nobody knows of it when the next asks."""
    held: list[Reservation] = []
    arrived: list[Instant] = []
    for number, (at, longest) in enumerate(sorted(asked)):
        if is_free(held, at, most, span):
            held = sorted([*held, Reservation(at + longest, at, str(number), "email", "cart", True, False, None)])
            arrived.append(at + data.draw(st.integers(0, longest)))
    for start in range(-span, 70):
        assert sum(start <= at < start + span for at in arrived) <= most


@given(reservations(), INSTANTS, MOST, SPANS)
def test_it_fits_exactly_if_no_window_with_it_may_hold_more(
    held: list[Reservation], at: Instant, most: int, span: Millis
) -> None:
    assert is_free(held, at, most, span) == has_room(held, at, most, span)


@given(reservations(), INSTANTS, MOST, SPANS)
def test_until_is_the_first_later_instant_that_fits(
    held: list[Reservation], at: Instant, most: int, span: Millis
) -> None:
    reason = objection_to(at, held, most=most, span=span, code="frequency_cap")
    if reason is None:
        assert has_room(held, at, most, span)
    else:
        assert reason.until == next(later for later in range(at, 200) if has_room(held, later, most, span))


@given(reservations(), INSTANTS, MOST, SPANS)
def test_what_blocks_is_in_the_way_and_is_named_if_ending_promises_can_help(
    held: list[Reservation], at: Instant, most: int, span: Millis
) -> None:
    reason = objection_to(at, held, most=most, span=span, code="frequency_cap")
    if reason is None:
        return
    known = {each.id: each for each in held}
    for name in reason.blockers:
        assert known[name].is_displaceable
        assert abs(known[name].at - at) < span
    if has_room([each for each in held if not each.is_displaceable], at, most, span):
        assert reason.blockers


def test_two_exactly_a_span_apart_share_no_window() -> None:
    assert fits([0], [0], 10, most=1, span=10)
    assert not fits([0], [0], 9, most=1, span=10)
    assert fits([10], [10], 0, most=1, span=10)
    assert not fits([10], [10], 1, most=1, span=10)


def test_four_in_a_week_with_places_promised_ahead_are_never_exceeded() -> None:
    """Looking back only, the place between two promises would be given away."""
    assert not fits([0, 5, 9, 10], [0, 5, 9, 10], 7, most=4, span=12)
    assert fits([0, 5, 9, 17], [0, 5, 9, 17], 7, most=4, span=12)


def test_an_attempt_under_way_counts_in_both_windows_it_may_come_to_lie_in() -> None:
    """One was sent at 0, one was begun at 9 and may arrive until 11: the window of the first must not take a third."""
    assert not fits([0, 9], [0, 11], 9, most=2, span=10)
    assert not fits([0, 9], [0, 11], 19, most=1, span=9)
    assert fits([0, 9], [0, 11], 20, most=1, span=9)


@given(reservations(), INSTANTS, MOST, SPANS)
def test_the_next_objection_is_the_first_later_instant_that_does_not_fit(
    held: list[Reservation], at: Instant, most: int, span: Millis
) -> None:
    if has_room(held, at, most, span):
        found = next_objection(at, held, most=most, span=span)
        assert found == next((later for later in range(at, 90) if not has_room(held, later, most, span)), None)


@given(reservations(), INSTANTS, MOST, SPANS)
def test_what_an_objection_needs_is_the_least_limit_without_one(
    held: list[Reservation], at: Instant, most: int, span: Millis
) -> None:
    """Attempts under way and what is planned ahead are counted as the cap itself counts them."""
    reason = objection_to(at, held, most=most, span=span, code="frequency_cap")
    if reason is not None:
        assert reason.needs is not None and reason.needs > most
        assert objection_to(at, held, most=reason.needs, span=span, code="frequency_cap") is None
        assert objection_to(at, held, most=reason.needs - 1, span=span, code="frequency_cap") is not None


@given(reservations(), INSTANTS, SPANS)
def test_the_room_is_the_longest_gap_that_is_kept(held: list[Reservation], at: Instant, span: Millis) -> None:
    gap = room(at, held)
    if gap is None:
        assert not held or objection_to(at, held, most=1, span=1, code="minimum_gap") is not None
    else:
        assert objection_to(at, held, most=1, span=gap, code="minimum_gap") is None
        assert objection_to(at, held, most=1, span=gap + 1, code="minimum_gap") is not None


@given(reservations(), INSTANTS, SPANS)
def test_up_to_the_next_change_the_same_limit_is_needed(held: list[Reservation], at: Instant, span: Millis) -> None:
    change = next_change(at, held, span=span)
    earliest, latest = sorted(each.earliest for each in held), [each.at for each in held]
    needed = least_limit(earliest, latest, at, span=span)
    for later in range(at, 90 if change is None else change):
        assert least_limit(earliest, latest, later, span=span) == needed
