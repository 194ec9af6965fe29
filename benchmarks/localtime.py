"""How often local time differs from a scan by a second library: ``python -m benchmarks.localtime``.

Windows, days of the week and instants around every change of every clock from 2024 to 2033; changes at which clocks
show the same all around are looked at once (``--each``: every one by itself).
"""

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from typing import Final

from msgspec import Struct

from benchmarks.machine import machine
from benchmarks.wall_clocks import IN_DAY, MONDAY, Change, Clock, Window, groups, on_both, on_either
from opportune.features.local_time import (
    WallTime,
    Zone,
    day_of,
    local,
    next_local,
    next_open,
    next_outside,
    next_start,
    week_of,
    whole_hours,
    zone_named,
    zone_names,
    zones_version,
)
from opportune.units import DAY, HOUR, MINUTE, Instant

FIRST, LAST = 1_704_067_200_000 // MINUTE, 2_019_686_400_000 // MINUTE
"""The minutes of the years 2024 to 2033."""
MOST_SHOWN = 20
WINDOWS: Final[tuple[Window, ...]] = (
    *((540, 1020), (1260, 480), (1200, 120), (120, 180), (135, 165), (90, 150), (0, 0), (180, 180), (1410, 30)),
    *((0, 60), (1380, 0), (720, 721), (179, 180), (0, 1439), (645, 615)),
)
"""Working hours, nights, what lies in or across the usual gap, whole days, and what is nearly nothing or everything."""
WEEKDAYS: Final = (
    frozenset(range(7)),
    frozenset(range(5)),
    frozenset({5, 6}),
    *(frozenset({weekday}) for weekday in range(7)),
)
PARTNERS: Final = ("Asia/Tokyo", "America/New_York", "Africa/Casablanca", "Australia/Lord_Howe", "Pacific/Chatham")
"""Where a user may be as well."""
NEAR: Final = (0, 1, 15, 29, 30, 31, 44, 45, 59, 60, 61, 90, 119, 120, 121, 150, 180)
"""Minutes before and after a change."""
FAR: Final = (-72, -48, -36, -30, -24, -18, -12, -9, -6, -4, 4, 6, 9, 12, 18, 24, 30, 36, 48, 72)
"""Hours."""


class Wrong(Struct, frozen=True):
    """An answer that differs."""

    zone: str
    asked: str
    at: Instant
    found: object
    scanned: object


class Looked(Struct, frozen=True):
    """What came of some changes."""

    instants: int
    wrong: list[Wrong]


def instants_around(change: Change) -> list[Instant]:
    """Where is asked: at the change, shortly before and after it, up to three days away; also between minutes."""
    middle = change.minute * MINUTE
    near = [middle + sign * minutes * MINUTE for minutes in NEAR for sign in (-1, 1)]
    odd = [middle + off for off in (-MINUTE - 1, -1, 1, MINUTE - 1, HOUR - 1, -HOUR + 1, 12_345_678, -12_345_678)]
    return sorted({*near, *odd, *(middle + hours * HOUR for hours in FAR)})


def windows_around(change: Change) -> list[Window]:
    """The usual ones, and those whose ends are what the clock shows just before and after the change."""
    old, new = ((change.minute + each) % IN_DAY for each in (change.behind, change.ahead))
    ends = ((old, new), (new, old), (old - 1, old), (new, new + 1), (old - 20, new + 20), (new - 20, old + 20))
    return [*WINDOWS, *((start % IN_DAY, end % IN_DAY) for start, end in ends if (start - end) % IN_DAY)]


def looked_at(
    change: Change, name: str, *, windows: Sequence[Window], weekdays: Sequence[frozenset[int]], partner: str
) -> Looked:
    """All answers around this change, ours beside those of the scan."""
    clocks, wrong, count = (Clock(name, change.minute), Clock(partner, change.minute)), list[Wrong](), 0
    for at in instants_around(change):
        for asked, found, scanned in _answers(clocks, at, windows, weekdays):
            count += 1
            if found != scanned:
                wrong.append(Wrong(name, asked, at, found, scanned))
    return Looked(count, wrong)


def _answers(
    clocks: tuple[Clock, Clock], at: Instant, windows: Sequence[Window], weekdays: Sequence[frozenset[int]]
) -> Iterator[tuple[str, object, object]]:
    clock, zone = clocks[0], _zone(clocks[0].zone)
    shown = clock.shown_at(at)
    yield "local", local(zone, at), (shown // IN_DAY, shown % IN_DAY, (shown + MONDAY) // IN_DAY % 7)
    yield "day_of", day_of(zone, at), clock.bucket(at, 1)
    yield "week_of", week_of(zone, at), clock.bucket(at, 7)
    yield "whole_hours", next(whole_hours(zone, at)), clock.next_hour(at)
    for window in windows:
        start, end = WallTime(window[0]), WallTime(window[1])
        yield from _quiet(clocks, at, window)
        for days in weekdays:
            hit = clock.next_marked(clock.hit_marks(window[0], days), at, lasts=False)
            yield f"next_local {window[0]} {sorted(days)}", next_local(zone, at, window[0], days), hit
            hit = clock.next_marked(clock.open_marks(window, days), at, lasts=True)
            yield f"next_open {window} {sorted(days)}", next_open(zone, at, start, end, days), hit


def _quiet(clocks: tuple[Clock, Clock], at: Instant, window: Window) -> Iterator[tuple[str, object, object]]:
    """The end and the beginning of quiet hours in one zone and in two."""
    start, end = WallTime(window[0]), WallTime(window[1])
    for zones in (clocks[:1], clocks):
        outside, inside = ([each.painted(window, inside=inside) for each in zones] for inside in (False, True))
        free, quiet = outside[0], inside[0]
        if len(zones) == 2:
            free, quiet = on_both(*outside), on_either(*inside)
        named = [_zone(each.zone) for each in zones]
        scanned = clocks[0].next_marked(free, at, lasts=True)
        ends = None if scanned is None or scanned - at > 2 * DAY else scanned
        yield f"next_outside {window} {named}", next_outside(start, end, at, named), ends
        begins = clocks[0].next_marked(quiet, at, lasts=True)
        yield f"next_start {window} {named}", next_start(start, end, at, named), begins


def _zone(name: str) -> Zone:
    zone = zone_named(name)
    assert zone is not None
    return zone


def _whole(change: Change, name: str) -> Looked:
    partner = PARTNERS[change.minute // IN_DAY % len(PARTNERS)]
    return looked_at(change, name, windows=windows_around(change), weekdays=WEEKDAYS, partner=partner)


def main(arguments: list[str]) -> int:
    """Prints the figures; fails if any answer is wrong, having shown the first ones."""
    parser = ArgumentParser(prog="python -m benchmarks.localtime", description=__doc__)
    parser.add_argument("--each", action="store_true", help="do not look at changes that are alike once only")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    chosen = parser.parse_args(arguments)
    print(machine(), f"whenever {version('whenever')}, tzdata {zones_version()} for both")
    known = list(groups(sorted(zone_names()), FIRST, LAST))
    asked = [(change, name) for change, names in known for name in (names if chosen.each else names[:1])]
    instants, wrong, shown = 0, 0, 0
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for looked in pool.map(_timed, asked, chunksize=4):
            instants, wrong = instants + looked.instants, wrong + len(looked.wrong)
            for each in looked.wrong[: MOST_SHOWN - shown]:
                print(each)
                shown += 1
    changes = sum(len(names) for _, names in known)
    told = f"around {changes:,} changes of {len(zone_names())} zones, 2024 to 2033, of {len(known)} kinds"
    print(f"{'localtime.instants':40} {instants:>14,}  {told}")
    print(f"{'localtime.wrong':40} {wrong:>14,}")
    return 1 if wrong else 0


def _timed(asked: tuple[Change, str]) -> Looked:
    return _whole(*asked)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
