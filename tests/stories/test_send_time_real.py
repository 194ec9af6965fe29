"""Send time tried on real mail within an institution, beside the definitions worked out from the raw file."""

import gzip
from collections import Counter
from functools import cache

import pytest

from benchmarks.sendtime_real import report_on
from opportune.wiring.evaluating.comparing import Settings
from opportune.wiring.evaluating.report import Line
from tests.conftest import SHARED_DATA

pytestmark = pytest.mark.needs("shared_data")
MAIL = SHARED_DATA / "email_eu.txt.gz"


@cache
def _rows() -> list[tuple[str, int]]:
    """Who wrote in which hour, mail by mail."""
    with gzip.open(MAIL, "rt") as file:
        return [(line.split()[0], int(line.split()[2]) // 3_600) for line in file]


@cache
def _lines(is_permuted: bool = False) -> dict[str, Line]:
    settings = Settings(models=("modal_hour", "smoothed_counts", "ours"), resamples=300, is_permuted=is_permuted)
    return {line.name: line for line in report_on("email_eu", settings).lines}


def _by_hand() -> tuple[float, float]:
    """How often the global hour and the modal hour are right: the whole protocol once more, user by user."""
    hours = sorted(hour for _, hour in _rows())
    day = hours[int(0.7 * len(hours))] // 24 + 1
    by_user: dict[str, list[int]] = {}
    for user, hour in sorted(set(_rows())):
        by_user.setdefault(user, []).append(hour)
    early = Counter(hour % 24 for each in by_user.values() for hour in each if hour < day * 24)
    always = max(range(24), key=lambda hour: early[hour])
    always_right, own_right = [], []
    for each in by_user.values():
        for asked in sorted({hour // 24 for hour in each if hour >= day * 24}):
            known = Counter(hour % 24 for hour in each if hour < asked * 24)
            if known:
                active = {hour % 24 for hour in each if hour // 24 == asked}
                own = max(range(24), key=lambda hour: (known[hour], early[hour]))
                always_right.append(always in active)
                own_right.append(own in active)
    return sum(always_right) / len(always_right), sum(own_right) / len(own_right)


def test_the_simple_models_are_right_as_often_as_a_script_finds() -> None:
    always, own = _by_hand()
    assert _lines()["global_hour"].right.value == pytest.approx(always, abs=1e-12)
    assert _lines()["modal_hour"].right.value == pytest.approx(own, abs=1e-12)


def test_ours_is_right_at_least_as_often_as_it_is_meant_to_be() -> None:
    assert _lines()["ours"].right.value >= 0.21
    assert not _lines()["ours"].is_loss


def test_on_real_users_whose_hours_have_changed_hands_the_lift_vanishes() -> None:
    assert not any(line.is_gain for line in _lines(is_permuted=True).values())
