"""Law: around every change of every clock local time answers as a scan of every minute by a second library does.

Here some of the changes, chosen by a fixed seed; ``python -m benchmarks.localtime`` looks at all of them.
"""

from random import Random

import pytest
from whenever import get_tzpath

from benchmarks import localtime
from benchmarks.localtime import FIRST, LAST, PARTNERS, WEEKDAYS, looked_at, windows_around
from benchmarks.wall_clocks import Change, Clock, changes
from opportune.features.local_time import Zone, local, resolve, zone_names
from opportune.units import DAY, MINUTE, Instant

PIECES = range(6)
ZONES, CHANGES = 50, 28
"""Of one piece."""


@pytest.mark.parametrize("seed", PIECES)
def test_local_time_answers_as_a_scan_does(seed: int) -> None:
    random = Random(seed)
    names = random.sample(sorted(zone_names()), ZONES)
    known = [(change, name) for name in names for change in changes(name, FIRST, LAST)]
    instants = 0
    for change, name in random.sample(known, min(CHANGES, len(known))):
        windows, weekdays = random.sample(windows_around(change), 3), random.sample(WEEKDAYS, 2)
        looked = looked_at(change, name, windows=windows, weekdays=weekdays, partner=random.choice(PARTNERS))
        assert looked.wrong == []
        instants += looked.instants
    assert instants > 10_000


def test_the_second_library_reads_no_other_rules_than_ours() -> None:
    assert get_tzpath() == ()


def test_the_scan_knows_the_changes_of_our_time() -> None:
    first, second = changes("America/New_York", 28_400_000, 28_900_000)  # 2024
    assert first == Change(28_500_900, -300, -240)  # 10 March, 07:00 UTC
    assert second == Change(28_843_560, -240, -300)  # 3 November, 06:00 UTC


def test_the_scan_sees_an_hour_pass_over() -> None:
    clock, sunday = Clock("America/New_York", 28_500_900), frozenset({6})
    at = 28_500_890 * MINUTE  # 01:50; at 02:00 it is 03:00
    assert clock.next_marked(clock.hit_marks(150, sunday), at, lasts=False) == at + 10 * MINUTE
    assert clock.next_marked(clock.open_marks((130, 170), sunday), at, lasts=True) == at + 7 * DAY - 40 * MINUTE


def test_the_scan_sees_an_hour_come_twice() -> None:
    clock, sunday = Clock("America/New_York", 28_843_560), frozenset({6})
    at = 28_843_565 * MINUTE  # 01:05 again
    assert clock.next_marked(clock.hit_marks(70, sunday), at, lasts=False) == at + 7 * DAY + 5 * MINUTE
    assert clock.next_marked(clock.painted((70, 80), inside=True), at, lasts=True) == at + 5 * MINUTE
    assert clock.bucket(at, 1) == (at - 125 * MINUTE, at + DAY - 65 * MINUTE)


def careless(zone: Zone, at: Instant, minutes: int, weekdays: frozenset[int]) -> Instant:
    """Adds days of 24 hours to today's wall time, as one does."""
    today = local(zone, at)[0]
    found = resolve(zone, today, minutes)
    while found < at or local(zone, found)[2] not in weekdays:
        found += DAY
    return found


def test_the_scan_finds_whoever_believes_in_days_of_24_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(localtime, "next_local", careless)
    looked = looked_at(
        Change(28_500_900, -300, -240),
        "America/New_York",
        windows=[(540, 1020)],
        weekdays=[frozenset({0})],
        partner="Asia/Tokyo",
    )
    assert looked.wrong
    assert {each.asked.split()[0] for each in looked.wrong} == {"next_local"}
