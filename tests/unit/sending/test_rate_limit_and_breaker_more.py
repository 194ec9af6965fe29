"""To the microsecond: when the next call may go, and how long a provider is left alone at most."""

import pytest

from opportune.sending.breaker import Breaker, after_outage, wait_of
from opportune.sending.rate_limit import RateLimit, after_call
from opportune.sending.rate_limit import wait_of as wait_for
from opportune.units import SECOND, Instant, Micros, Millis

NOW = 1_790_000_000_000
FAR = 10**9


def test_an_interval_is_a_whole_number_of_microseconds() -> None:
    assert after_call(RateLimit(3), 0, NOW) == NOW * 1_000 + 333_333
    assert after_call(RateLimit(3), NOW * 1_000 + 5, NOW, 2) == NOW * 1_000 + 666_671
    assert after_call(RateLimit(1_000_000), 0, NOW) == NOW * 1_000 + 1


@pytest.mark.parametrize(
    ("full_at", "wait"),
    [(0, 0), (333_333, 0), (333_334, 1), (334_333, 1), (334_334, 2), (1_333_333, 1_000), (50_333_333, 50_000)],
)
def test_a_wait_is_rounded_up_to_whole_milliseconds(full_at: Micros, wait: Millis) -> None:
    assert wait_for(RateLimit(3, burst=2), NOW * 1_000 + full_at, NOW) == wait


@pytest.mark.parametrize(
    ("outages", "wait"), [(2, 0), (3, 1), (4, 2), (12, 512), (13, 1_024), (14, 1_024), (99, 1_024)]
)
def test_however_patient_it_is_called_again_within_some_twenty_minutes(outages: int, wait: int) -> None:
    seen = Breaker()
    for _ in range(outages):
        seen = after_outage(seen, NOW, longest=FAR)
    assert wait_of(seen, NOW) == wait * SECOND


@pytest.mark.parametrize(("patience", "until"), [(1, NOW + SECOND), (2, None)])
def test_patience_is_the_outage_that_opens_it(patience: int, until: Instant | None) -> None:
    assert after_outage(Breaker(), NOW, patience=patience) == Breaker(1, NOW, until)
