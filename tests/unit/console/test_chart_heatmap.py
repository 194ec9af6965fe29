"""The week of shares: what is known is shaded, what is not is shown as such, and words have room."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.console.chart_heatmap import Shades, shades_of, week_of_shares
from opportune.console.chart_shares import Known
from opportune.console.picture import COLUMN, NARROW, WIDE, Picture
from tests.unit.console.boxes import boxes

THIN = Known(0.9, 0.2, 1.0, False, "thin")
NONE = Known(None, None, None, False, "none")


def known(share: float) -> Known:
    return Known(share, share / 2, min(1.0, share * 1.5), True, f"{share}")


def drawn(first: Known, rest: Known, *, width: int = WIDE, below: str = "") -> str:
    week = [[first if (day, hour) == (0, 0) else rest for hour in range(24)] for day in range(7)]
    shades = shades_of([first, rest])
    return week_of_shares(Picture("w", "Week", "says", width), week, shades=shades, least=30, below=below)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_every_share_has_a_shade_whose_words_hold_it(shares: list[float]) -> None:
    shades = shades_of([known(share) for share in shares])
    for share in shares:
        low = shades.first + (shades.of(share) - 1) * shades.step
        assert low - 0.5 <= share * 1000 <= low + shades.step + 0.5
        assert 1 <= shades.of(share) <= 6
        assert shades.said(shades.of(share)) == f"{low / 10:g}–{(low + shades.step) / 10:g}%"


def test_shades_begin_near_the_least_so_that_small_differences_show() -> None:
    assert shades_of([known(0.15), known(0.25)]) == Shades(140, 20)
    assert shades_of([known(0.011), known(0.019)]) == Shades(10, 2)


def test_what_has_too_little_behind_it_is_no_part_of_the_scale_and_struck_through() -> None:
    assert shades_of([THIN, known(0.1)]) == shades_of([known(0.1)])
    svg = drawn(THIN, known(0.1))
    assert svg.count("<line") == 2  # the field, and the key
    assert "fewer than 30 sends" in svg
    assert "none sent" not in svg
    assert "none sent" in drawn(NONE, known(0.1))


def test_numbers_stand_in_all_fields_or_in_none() -> None:
    assert drawn(known(0.05), known(0.25)).count(">25</text>") == 167
    for width in (COLUMN, NARROW):
        assert ">5</text>" not in drawn(known(0.05), known(0.25), width=width)


def test_fine_shares_have_a_decimal() -> None:
    assert ">1.2</text>" in drawn(known(0.012), known(0.013))


@pytest.mark.parametrize("width", [WIDE, COLUMN, NARROW])
def test_no_words_lie_over_others_or_leave_the_picture(width: int) -> None:
    found = boxes(drawn(THIN, known(0.5), width=width, below="what it shows " * 20))
    for place, one in enumerate(found):
        assert one.left >= -1
        assert one.right <= width + 1
        for other in found[place + 1 :]:
            across = min(one.right, other.right) - max(one.left, other.left)
            down = min(one.bottom, other.bottom) - max(one.top, other.top)
            assert across <= 1 or down <= 3, (one, other)


def test_a_field_says_what_it_is_where_one_points_and_never_as_markup() -> None:
    svg = drawn(Known(0.5, 0.4, 0.6, True, "<b>Monday</b>"), known(0.5))
    assert "&lt;b&gt;Monday" in svg
    assert "<b>" not in svg


def test_of_no_sends_it_says_so() -> None:
    assert "There is no send to show." in drawn(NONE, NONE)
