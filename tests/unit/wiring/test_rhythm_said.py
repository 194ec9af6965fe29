"""The hours in which a user mostly looks, in words."""

import pytest

from opportune.features.rhythm import Rhythm
from opportune.wiring.rhythm_said import top_hours


def rhythm(weekday: dict[int, float], weekend: dict[int, float]) -> Rhythm:
    days = [[each.get(hour, 0.1) for hour in range(24)] for each in [weekday] * 5 + [weekend] * 2]
    return Rhythm(tuple(rate for day in days for rate in day), (1.0,) * 168, 9, 0)


@pytest.mark.parametrize(
    ("weekday", "weekend", "said"),
    [
        ({7: 4.0, 8: 4.0}, {11: 3.2}, ["weekdays 07:00-09:00", "weekends 11:00-12:00"]),
        ({7: 4.0, 20: 3.0}, {7: 4.0}, ["every day 07:00-08:00", "weekdays 20:00-21:00"]),
        ({23: 4.0, 0: 4.0}, {}, ["weekdays 23:00-01:00"]),
        ({23: 4.0}, {}, ["weekdays 23:00-24:00"]),
        ({7: 4.0, 12: 2.9}, {}, ["weekdays 07:00-08:00"]),
        (dict.fromkeys(range(24), 1.0), dict.fromkeys(range(24), 1.0), ["every day 00:00-24:00"]),
        ({}, {}, []),
    ],
)
def test_what_is_nearly_as_busy_as_the_busiest_hour_is_named(
    weekday: dict[int, float], weekend: dict[int, float], said: list[str]
) -> None:
    assert top_hours(rhythm(weekday, weekend)) == said


def test_at_most_four_stretches_are_named_the_busiest() -> None:
    found = top_hours(rhythm({7: 4.0, 10: 3.9, 13: 3.8, 16: 3.7, 19: 3.6}, {}))
    assert found == [f"weekdays {hour:02}:00-{hour + 1:02}:00" for hour in (7, 10, 13, 16)]
