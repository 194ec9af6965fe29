"""Shares by hour of the day: columns with their intervals, boxes where too little is known."""

import pytest

from opportune.console.chart_shares import Known, day_of_shares
from opportune.console.picture import COLUMN, NARROW, WIDE, Picture
from tests.unit.console.boxes import boxes

KNOWN = Known(0.2, 0.1, 0.3, True, "20%")
THIN = Known(0.9, 0.2, 1.0, False, "too few")


def drawn(hours: list[Known], *, width: int = WIDE, most: float = 0) -> str:
    return day_of_shares(Picture("d", "Day", "says", width), hours, "hour of the send", most=most)


def test_each_hour_with_enough_is_a_column_with_its_interval() -> None:
    svg = drawn([KNOWN] * 23 + [THIN])
    assert svg.count('class="s0"') == svg.count('class="span"') == 23
    assert svg.count('class="none"') == 1
    assert ">30%<" in svg
    assert ">100%<" not in svg


def test_several_pictures_may_share_a_scale() -> None:
    assert ">80%<" in drawn([KNOWN] * 24, most=0.8)


@pytest.mark.parametrize("width", [WIDE, COLUMN, NARROW])
def test_no_words_lie_over_others(width: int) -> None:
    found = boxes(drawn([Known(0.005, 0.004, 0.0061, True, "x")] * 24, width=width))
    for place, one in enumerate(found):
        assert one.left >= -1
        assert one.right <= width + 1
        for other in found[place + 1 :]:
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.bottom, other.bottom) - max(one.top, other.top)
            assert across <= 1 or down <= 3, (one, other)


def test_where_no_hour_has_enough_it_says_so() -> None:
    assert "Nothing to show." in drawn([THIN] * 24)
