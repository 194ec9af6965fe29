"""Days and instants as people write them."""

import pytest

from opportune.adapters.sources.when import when
from opportune.units import DAY, HOUR


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-02", DAY),
        ("1970-01-02T01:00", DAY + HOUR),
        ("1970-01-02T01:00:00Z", DAY + HOUR),
        ("1970-01-02T01:00:00+01:00", DAY),
    ],
)
def test_a_day_begins_in_utc_and_an_instant_says_its_offset(text: str, at: int) -> None:
    assert when(text) == at


def test_a_day_ends_where_the_next_begins_and_an_instant_where_it_is() -> None:
    assert when("1970-01-02", is_end=True) == 2 * DAY
    assert when("1970-01-02T01:00Z", is_end=True) == DAY + HOUR


@pytest.mark.parametrize("text", ["", "yesterday", "1970-13-01", "1790000000000"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        when(text)
