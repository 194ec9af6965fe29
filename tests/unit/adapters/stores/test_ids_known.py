"""What is taken, recent, being closed and closed, step by step; the segments on disk are plain sets here."""

from collections.abc import Iterable, Sequence

import pytest

from opportune.adapters.stores.codec import id_hash
from opportune.adapters.stores.ids import KnownIds
from opportune.adapters.stores.pages import Segment
from opportune.adapters.stores.sieve import Sieve
from opportune.units import DAY, HOUR, Instant

MIDNIGHT: Instant = 20_000 * DAY
NOON: Instant = MIDNIGHT + 12 * HOUR


class Disk:
    """Segments by their ids, each with what it holds."""

    def __init__(self) -> None:
        self.held: dict[int, set[bytes]] = {}
        self.asked = 0

    def contains(self, segments: Sequence[Segment], name: bytes) -> bool:
        self.asked += 1
        return any(name in self.held[segment.id] for segment in segments)


def known_ids(disk: Disk, segments: Iterable[Segment] = (), *, most_recent: int = 3) -> KnownIds:
    return KnownIds(disk.contains, Sieve(0), segments, horizon=7 * DAY, most_recent=most_recent)


def segment(number: int, *, until: Instant = NOON) -> Segment:
    return Segment(number, 0, 0, 1, number, until)


def into_segment(known: KnownIds, disk: Disk, planned: Segment, number: int) -> Segment:
    """What whoever closes does: the ids into the segment and into the sieve."""
    names = [name for some in known.closing(8) for name in some]
    disk.held[number] = set(names)
    known.sieve.add(b"".join(names))
    made = Segment(number, planned.level, planned.bits, planned.count, planned.seq_to, planned.until)
    known.closed(made)
    return made


def test_an_id_is_admitted_once_until_it_is_given_back() -> None:
    known = known_ids(Disk())
    assert (known.is_known("e1"), known.admit("e1"), known.is_known("e1"), known.admit("e1")) == (
        False,
        True,
        True,
        False,
    )
    known.give_back(["e1", "never taken"])
    assert (known.is_known("e1"), known.admit("e1")) == (False, True)


def test_what_is_kept_is_known_though_it_was_never_taken_and_cannot_be_given_back() -> None:
    known = known_ids(Disk())
    known.admit("e1")
    known.keep(["e1", "e2"], seq=2, now=NOON)
    known.give_back(["e1", "e2"])
    assert [known.admit(each) for each in ("e1", "e2", "e3")] == [False, False, True]


def test_nothing_becomes_a_segment_on_its_own_day_before_there_are_too_many() -> None:
    known = known_ids(Disk())
    known.keep(["e1", "e2"], seq=7, now=NOON)
    assert known.to_close(MIDNIGHT + DAY - 1) is None
    known.keep(["e3"], seq=8, now=NOON + 1)
    assert known.to_close(NOON + 1) == Segment(0, 0, 0, 3, 8, NOON + 1)


def test_a_day_that_is_over_becomes_a_segment_however_few_came_on_it() -> None:
    known = known_ids(Disk())
    known.keep(["e1"], seq=1, now=NOON)
    known.keep(["e2"], seq=2, now=MIDNIGHT + DAY)
    assert known.to_close(MIDNIGHT + DAY) == Segment(0, 0, 0, 2, 2, MIDNIGHT + DAY)


def test_where_no_id_came_there_is_nothing_to_close_on_any_day() -> None:
    known = known_ids(Disk())
    assert known.to_close(NOON) is None
    known.keep([], seq=5, now=NOON)
    assert known.to_close(NOON + 3 * DAY) is None


def test_while_it_is_being_closed_all_stays_known_and_nothing_else_is_closed() -> None:
    disk = Disk()
    known = known_ids(disk)
    known.keep(["e1", "e2", "e3"], seq=3, now=NOON)
    planned = known.to_close(NOON)
    assert planned is not None
    known.keep(["e4", "e5", "e6"], seq=6, now=NOON + DAY)
    assert known.to_close(NOON + DAY) is None
    assert [known.is_known(f"e{n}") for n in range(1, 8)] == [True] * 6 + [False]
    assert disk.asked == 0, "nothing of it is on disk yet"
    made = into_segment(known, disk, planned, 1)
    assert disk.held[1] == {id_hash(each) for each in ("e1", "e2", "e3")}
    assert [known.is_known(f"e{n}") for n in range(1, 8)] == [True] * 6 + [False]
    assert known.segments == [made]
    assert list(known.closing(8)) == [[]] * 256
    assert known.to_close(NOON + DAY) == Segment(0, 0, 0, 3, 6, NOON + DAY)


def test_after_a_closing_the_count_and_the_day_begin_anew() -> None:
    disk = Disk()
    known = known_ids(disk)
    known.keep(["e1", "e2", "e3"], seq=3, now=NOON)
    planned = known.to_close(NOON)
    assert planned is not None
    into_segment(known, disk, planned, 1)
    known.keep(["e4", "e5"], seq=5, now=NOON + DAY)
    assert known.to_close(NOON + DAY + 1) is None
    known.keep(["e6"], seq=6, now=NOON + DAY + 1)
    assert known.to_close(NOON + DAY + 1) == Segment(0, 0, 0, 3, 6, NOON + DAY + 1)


def test_what_could_not_be_closed_is_recent_as_before_and_closed_with_what_came_meanwhile() -> None:
    known = known_ids(Disk())
    known.keep(["e1", "e2", "e3"], seq=3, now=NOON)
    assert known.to_close(NOON) is not None
    known.keep(["e4"], seq=4, now=NOON + 1)
    known.not_closed()
    assert [known.is_known(f"e{n}") for n in range(1, 6)] == [True] * 4 + [False]
    assert known.to_close(NOON + 1) == Segment(0, 0, 0, 4, 4, NOON + 1)
    assert sorted(name for some in known.closing(8) for name in some) == sorted(id_hash(f"e{n}") for n in range(1, 5))


def test_what_could_not_be_closed_when_its_day_was_over_is_closed_as_soon_as_it_is_asked_again() -> None:
    known = known_ids(Disk())
    known.keep(["e1"], seq=1, now=NOON)
    planned = known.to_close(NOON + DAY)
    known.not_closed()
    assert known.to_close(NOON) is None, "on that day itself one is not too many"
    assert known.to_close(NOON + DAY) == planned == Segment(0, 0, 0, 1, 1, NOON)


def test_the_disk_is_asked_only_about_what_the_sieve_does_not_deny_and_has_the_last_word() -> None:
    disk = Disk()
    disk.held[1] = {id_hash("e1"), id_hash("e2")}
    known = known_ids(disk, [segment(1)])
    known.sieve.add(id_hash("e1"))
    known.sieve.add(id_hash("e3"))
    assert (known.is_known("e2"), disk.asked) == (False, 0)
    assert (known.is_known("e1"), disk.asked) == (True, 1)
    assert (known.is_known("e3"), disk.asked) == (False, 2)


def test_what_was_merged_is_one_segment_before_those_that_were_not() -> None:
    known = known_ids(Disk(), [segment(1), segment(2), segment(3)])
    known.merged([segment(1), segment(2)], segment(4))
    assert known.segments == [segment(4), segment(3)]


@pytest.mark.parametrize(("past", "is_dropped"), [(0, False), (1, True)])
def test_a_segment_is_forgotten_when_all_of_it_came_longer_ago_than_the_horizon(past: int, is_dropped: bool) -> None:
    old, new = segment(1, until=NOON), segment(2, until=NOON + 1)
    known = known_ids(Disk(), [old, new])
    assert known.drop_before(NOON + 7 * DAY + past) == ([old] if is_dropped else [])
    assert known.segments == ([new] if is_dropped else [old, new])
