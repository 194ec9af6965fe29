"""Local time against an independent library, against the zone files themselves, and against a scan of every minute."""

import struct
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from whenever import Date, PlainDateTime, reset_tzpath
from whenever import Instant as Moment

from opportune.features.local_time import (
    WallTime,
    Zone,
    day_of,
    is_inside,
    local,
    next_local,
    next_outside,
    next_start,
    offset_at,
    resolve,
    week_of,
    whole_hours,
    zone_named,
    zone_names,
)
from opportune.units import DAY, HOUR, MINUTE, Instant

START, END = 946_684_800_000, 2_051_222_400_000  # the years 2000 to 2034
NAMES = sorted(zone_names())
EPOCH = Date(1970, 1, 1)
reset_tzpath([])  # the oracle, too, reads the pinned rules only


def zone(name: str) -> Zone:
    found = zone_named(name)
    assert found is not None
    return found


@cache
def zone_file_changes(name: str) -> tuple[tuple[Instant, int], ...]:
    """The changes of offset that the compiled zone file lists (RFC 8536, section 3.2), with the offset from then on."""
    raw = files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()

    def counts(place: int) -> tuple[int, ...]:
        return struct.unpack(">6l", raw[place + 20 : place + 44])

    is_ut, is_standard, leaps, changes, kinds, letters = counts(0)
    place = 44 + changes * 5 + kinds * 6 + letters + leaps * 8 + is_standard + is_ut
    _, _, _, changes, kinds, _ = counts(place)
    place += 44
    seconds = struct.unpack(f">{changes}q", raw[place : place + 8 * changes])
    place += 8 * changes
    chosen = raw[place : place + changes]
    place += changes
    offsets = [struct.unpack(">l", raw[place + 6 * kind : place + 6 * kind + 4])[0] for kind in range(kinds)]
    known, current = [], offsets[0]
    for second, kind in zip(seconds, chosen, strict=True):
        if offsets[kind] != current:
            known.append((second * 1000, offsets[kind] * 1000))
        current = offsets[kind]
    return tuple(known)


def learned_changes(name: str, start: Instant, end: Instant) -> Iterator[tuple[Instant, int]]:
    for number in range(start >> 35, (end >> 35) + 1):
        changes, offsets = zone(name).spells(number)
        yield from ((at, offset) for at, offset in zip(changes, offsets[1:], strict=True) if start <= at < end)


@pytest.mark.parametrize("initial", sorted({name[0] for name in NAMES}))
def test_every_change_of_every_zone_file_since_1970_is_known(initial: str) -> None:
    for name in (name for name in NAMES if name[0] == initial):
        listed = [change for change in zone_file_changes(name) if change[0] >= 0]
        last = max((at for at, _ in listed), default=-1)
        assert list(learned_changes(name, 0, last + 1)) == listed, name


@st.composite
def hard_instants(draw: st.DrawFn) -> tuple[Zone, Instant]:
    """A zone and an instant, more often than not within a day and a half of a change of its clock."""
    name = draw(st.sampled_from(NAMES))
    near = [at for at, _ in learned_changes(name, START, END)]
    if near and draw(st.booleans()):
        return zone(name), draw(st.sampled_from(near)) + draw(st.integers(-36 * HOUR, 36 * HOUR))
    return zone(name), draw(st.integers(START, END))


walls = st.integers(0, 1439).map(WallTime)
windows = st.tuples(walls, walls)


@given(hard_instants())
def test_the_clock_reads_what_an_independent_library_reads(where: tuple[Zone, Instant]) -> None:
    zone, at = where
    reads = Moment.from_timestamp(at, unit="millisecond").to_tz(zone.name)
    day, minutes, weekday = local(zone, at)
    assert reads.date() == EPOCH.add(days=day)
    assert (reads.hour * 60 + reads.minute, reads.date().day_of_week().value - 1) == (minutes, weekday)
    assert offset_at(zone, at) == round(reads.offset.total("seconds") * 1000)


@given(hard_instants(), st.integers(0, 1439))
def test_a_wall_time_that_exists_resolves_to_its_first_instant(where: tuple[Zone, Instant], minutes: int) -> None:
    zone, at = where
    day = local(zone, at)[0]
    date = EPOCH.add(days=day)
    plain = PlainDateTime(date.year, date.month, date.day, minutes // 60, minutes % 60)
    expected = plain.assume_tz(zone.name, disambiguation="earlier")
    found = resolve(zone, day, minutes)
    if expected.to_plain() == plain:
        assert found == expected.timestamp(unit="millisecond")
    else:
        before, after = local(zone, found - 1), local(zone, found)
        assert (before[0], before[1]) < (day, minutes) < (after[0], after[1])
        assert found in {change for change, _ in learned_changes(zone.name, found, found + 1)}


def scan(zones: list[Zone], at: Instant, window: tuple[WallTime, WallTime], *, inside: bool) -> Instant | None:
    """The answer found by looking at every minute of 48 hours; since 2000 all clocks change on whole minutes."""
    last = at + 2 * DAY
    for look in (at, *range(at - at % MINUTE + MINUTE, last + 1, MINUTE)):
        hits = [is_inside(*window, local(zone, look)[1]) for zone in zones]
        if any(hits) == inside:
            return look
    return None


@given(hard_instants(), windows, st.lists(st.sampled_from(NAMES), max_size=2))
def test_quiet_hours_end_where_a_scan_of_every_minute_ends_them(
    where: tuple[Zone, Instant], window: tuple[WallTime, WallTime], more: list[str]
) -> None:
    first, at = where
    zones = [first, *map(zone, more)]
    assert next_outside(*window, at, zones) == scan(zones, at, window, inside=False)


@given(hard_instants(), windows, st.lists(st.sampled_from(NAMES), max_size=2))
def test_quiet_hours_start_where_a_scan_of_every_minute_starts_them(
    where: tuple[Zone, Instant], window: tuple[WallTime, WallTime], more: list[str]
) -> None:
    first, at = where
    zones = [first, *map(zone, more)]
    found, scanned = next_start(*window, at, zones), scan(zones, at, window, inside=True)
    assert found == scanned or (scanned is None and (found is None or found > at + 2 * DAY))


@pytest.mark.parametrize("initial", sorted({name[0] for name in NAMES}))
def test_no_change_of_any_clock_from_2024_to_2033_opens_the_night(initial: str) -> None:
    night = WallTime(22 * 60), WallTime(8 * 60)
    for name in (name for name in NAMES if name[0] == initial):
        for change, _ in learned_changes(name, 1_704_067_200_000, 2_019_686_400_000):
            for at in range(change - 12 * HOUR, change + 12 * HOUR, 47 * MINUTE):
                out = next_outside(*night, at, [zone(name)])
                assert out is not None
                assert 8 * 60 <= local(zone(name), out)[1] < 22 * 60
                assert out == at or not 8 * 60 <= local(zone(name), out - 1)[1] < 22 * 60


@given(hard_instants())
def test_days_and_weeks_hold_their_instant_and_follow_each_other(where: tuple[Zone, Instant]) -> None:
    zone, at = where
    for bucket in (day_of, week_of):
        start, end = bucket(zone, at)
        assert start <= at < end
        assert bucket(zone, start) == bucket(zone, end - 1) == (start, end)
        assert bucket(zone, end)[0] == end


@given(hard_instants())
def test_a_week_starts_with_the_first_instant_of_its_monday(where: tuple[Zone, Instant]) -> None:
    zone, at = where
    start = week_of(zone, at)[0]
    assert local(zone, start)[2] == 0
    assert start == day_of(zone, start)[0]


@given(hard_instants(), st.integers(0, 1439), st.frozensets(st.integers(0, 6), min_size=1))
def test_the_next_wall_time_on_a_weekday_is_the_one_a_scan_finds(
    where: tuple[Zone, Instant], minutes: int, weekdays: frozenset[int]
) -> None:
    zone, at = where
    found = next_local(zone, at, minutes, weekdays)
    today = local(zone, at)[0]
    choices = [resolve(zone, day, minutes) for day in range(today - 2, today + 16) if (day + 3) % 7 in weekdays]
    assume(all(resolve(zone, day, 0) < resolve(zone, day + 1, 0) for day in range(today - 2, today + 16)))
    assert found == min(choice for choice in choices if choice >= at)


@given(hard_instants())
def test_whole_hours_come_as_a_scan_of_every_minute_finds_them(where: tuple[Zone, Instant]) -> None:
    zone, at = where
    looks = range(at + -at % MINUTE, at + 3 * HOUR, MINUTE)
    assert next(whole_hours(zone, at)) == next(look for look in looks if local(zone, look)[1] % 60 == 0)
