"""On whose clock a send is read."""

import pytest

from opportune.errors import EventError, Unavailable
from opportune.features.local_time import zone_named
from opportune.units import HOUR, MINUTE
from opportune.wiring.heatmap.clocks import Clocks, local_of

AT = 1_780_304_400_000
"""2026-06-01T09:00Z."""


@pytest.mark.parametrize(
    ("word", "ahead"),
    [
        ("Europe/Berlin", 2 * HOUR),
        ("Asia/Kathmandu", 5 * HOUR + 45 * MINUTE),
        ("Australia/Lord_Howe", 10 * HOUR + 30 * MINUTE),
        ("+05:30", 5 * HOUR + 30 * MINUTE),
        ("-0330", -3 * HOUR - 30 * MINUTE),
        ("+5", 5 * HOUR),
        ("UTC-8", -8 * HOUR),
        ("UTC", 0),
        ("Z", 0),
    ],
)
def test_a_column_may_say_a_zone_or_an_offset(word: str, ahead: int) -> None:
    clock = Clocks(()).clock({"timezone": word}, {})
    assert clock is not None
    assert local_of(clock, AT) - AT == ahead


@pytest.mark.parametrize("word", ["Mars/Olympus", "330", 330, "+25:00", "+05:70", "W. Europe Standard Time", [1]])
def test_what_is_no_zone_is_refused_with_what_would_be_right(word: object) -> None:
    with pytest.raises(EventError, match=r"'timezone' says no zone: .*Europe/Berlin.*\+05:30") as refusal:
        Clocks(()).clock({"timezone": word}, {})
    assert refusal.value.code == "bad_zone"


def test_minutes_are_read_where_they_are_said_to_be_minutes() -> None:
    clocks = Clocks(("minutes:ahead",))
    assert [clocks.clock({"ahead": each}, {}) for each in ("-480", 330, "0")] == [-480 * MINUTE, 330 * MINUTE, 0]
    for word in ("x", "2000", "inf"):
        with pytest.raises(EventError, match="says no zone"):
            clocks.clock({"ahead": word}, {})


def test_the_first_source_that_says_something_holds() -> None:
    clocks = Clocks(("tz", "trait:home", "Asia/Tokyo"))
    berlin, tokyo, paris = map(zone_named, ("Europe/Berlin", "Asia/Tokyo", "Europe/Paris"))
    assert clocks.clock({"tz": "Europe/Berlin"}, {"home": "Europe/Paris"}) is berlin
    assert clocks.clock({"tz": ""}, {"home": "Europe/Paris"}) is paris
    assert clocks.clock({"tz": None}, {}) is tokyo
    assert clocks.columns == {"tz"}
    assert clocks.traits == ("home",)


def test_a_column_with_the_name_of_a_zone_can_be_meant() -> None:
    assert Clocks(("column:UTC",)).clock({"UTC": "+01:00"}, {}) == HOUR


def test_nothing_said_is_no_zone() -> None:
    assert Clocks(()).clock({"user": "ann"}, {}) is None


def test_a_column_that_is_not_there_is_named_with_what_is_near() -> None:
    with pytest.raises(Unavailable, match=r"--zone: there is no column or zone 'timezon'; .* did you mean timezone\?"):
        Clocks(("timezon",)).check(["user", "timezone"])
    Clocks(("Europe/Berlin", "trait:x")).check([])
