"""How fast a provider is called, and when it is left alone."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.sending import breaker, rate_limit
from opportune.sending.breaker import Breaker
from opportune.sending.rate_limit import RateLimit
from opportune.units import SECOND

NOW = 1_790_000_000_000


@given(st.integers(1, 1_000), st.integers(1, 20), st.lists(st.integers(0, 300), max_size=60))
def test_no_window_holds_more_than_the_burst_and_what_the_rate_gives_in_it(
    per_second: int, burst: int, gaps: list[int]
) -> None:
    limit = RateLimit(per_second, burst)
    now, full_at = NOW, 0
    calls: list[int] = []
    for gap in gaps:
        now += gap
        now += rate_limit.wait_of(limit, full_at, now)
        assert rate_limit.wait_of(limit, full_at, now) == 0
        full_at = rate_limit.after_call(limit, full_at, now)
        calls.append(now)
    interval = 1_000_000 // per_second
    for first, start in enumerate(calls):
        for last in range(first, len(calls)):
            assert last - first + 1 <= burst + (calls[last] - start) * 1_000 // interval


@given(st.integers(1, 20))
def test_after_a_rest_a_whole_burst_goes_at_once_and_no_more(burst: int) -> None:
    limit, full_at = RateLimit(1, burst), 0
    for _ in range(burst):
        assert rate_limit.wait_of(limit, full_at, NOW) == 0
        full_at = rate_limit.after_call(limit, full_at, NOW)
    assert rate_limit.wait_of(limit, full_at, NOW) == SECOND


def test_three_outages_in_a_row_open_the_breaker_for_longer_and_longer() -> None:
    seen = Breaker()
    waits = []
    for _ in range(10):
        seen = breaker.after_outage(seen, NOW)
        waits.append(breaker.wait_of(seen, NOW))
    assert waits == [0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]
    assert breaker.wait_of(seen, NOW + 30_000) == 0


def test_any_answer_closes_it() -> None:
    seen = breaker.after_outage(breaker.after_outage(breaker.after_outage(Breaker(), NOW), NOW), NOW)
    assert breaker.after_answer(seen) == Breaker()
    assert breaker.after_answer(Breaker()) == Breaker()


def test_it_tells_since_when_and_whether_one_message_may_ask() -> None:
    seen = breaker.after_outage(Breaker(), NOW)
    seen = breaker.after_outage(seen, NOW + 5)
    assert (breaker.state_of(seen, NOW + 5), seen.outages, seen.since) == ("closed", 2, NOW)
    seen = breaker.after_outage(seen, NOW + 9)
    assert [breaker.state_of(seen, NOW + after) for after in (9, 1_008, 1_009)] == ["open", "open", "asking"]
    assert breaker.state_of(breaker.after_answer(seen), NOW + 9) == "closed"
