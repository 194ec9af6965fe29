"""Spans, shares and numbers as people write them."""

import pytest

from opportune.errors import UnitError
from opportune.units import DAY, HOUR, MINUTE, MOST_SPAN, SECOND, WEEK, in_words, micros, share_of, span_of


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("45 minutes", 45 * MINUTE), ("1 minute", MINUTE), ("1.5 hours", 90 * MINUTE), (" 7 days ", 7 * DAY),
        ("2weeks", 2 * WEEK), ("30 seconds", 30 * SECOND), ("3660 days", MOST_SPAN), ("0.001 seconds", 1),
    ],
)  # fmt: skip
def test_a_span_is_a_number_and_a_unit(text: str, span: int) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize(
    "text", ["", "minutes", "45", "45 parsecs", "4 5 minutes", "1e3 days", "٣ days", "1,5 hours", "P1D"]
)
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(UnitError, match="a span is a number and a unit such as '45 minutes' or '7 days', not"):
        span_of(text)


@pytest.mark.parametrize("text", ["0 minutes", "-45 minutes", "0.0001 seconds"])
def test_a_span_is_positive(text: str) -> None:
    with pytest.raises(UnitError, match="must be positive"):
        span_of(text)


def test_a_span_is_at_most_ten_years() -> None:
    with pytest.raises(UnitError, match="at most ten years"):
        span_of("3661 days")
    with pytest.raises(UnitError, match="at most ten years"):
        span_of("9" * 400 + " days")


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (45 * MINUTE, "45 minutes"),
        (DAY, "1 day"),
        (90 * SECOND, "90 seconds"),
        (14 * DAY, "2 weeks"),
        (25 * HOUR, "25 hours"),
        (1_500, "1500 ms"),
        (0, "0 ms"),
    ],
)
def test_a_span_is_said_in_its_largest_whole_unit(span: int, words: str) -> None:
    assert in_words(span) == words


@pytest.mark.parametrize(
    ("text", "share"), [("5%", 50_000), ("0.05", 50_000), ("100%", 1_000_000), ("0", 0), ("12.5 %", 125_000)]
)
def test_a_share_is_written_as_percent_or_as_a_fraction(text: str, share: int) -> None:
    assert share_of(text) == share


@pytest.mark.parametrize("text", ["", "%", "five", "101%", "-1%", "1.01", "nan", "inf"])
def test_anything_outside_of_nothing_and_all_is_no_share(text: str) -> None:
    with pytest.raises(UnitError):
        share_of(text)


def test_a_number_is_rounded_to_whole_millionths_half_to_even() -> None:
    assert [micros(number) for number in (0.0000005, 0.0000015, -0.0000005, 1, 0.1 + 0.2)] == [
        0,
        2,
        0,
        1_000_000,
        300_000,
    ]
