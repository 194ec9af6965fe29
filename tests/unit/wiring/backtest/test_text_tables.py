"""Tables and small charts in plain text."""

import pytest

from opportune.wiring.backtest.text_tables import bar, counted, heights, paragraph, percent, shortened, table


def test_numbers_have_thousands_and_nothing_is_a_dash() -> None:
    assert [counted(number) for number in (0, 7, 1234, 1234567)] == ["-", "7", "1,234", "1,234,567"]


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (0, 7, "0 %"),
        (7, 0, "0 %"),
        (1, 10_000, "<0.1 %"),
        (1, 100, "1.0 %"),
        (99, 1000, "9.9 %"),
        (996, 10_000, "10 %"),
        (999, 1000, ">99 %"),
        (1000, 1000, "100 %"),
    ],
)
def test_what_is_nearly_nothing_or_nearly_all_is_not_said_to_be(part: int, whole: int, told: str) -> None:
    assert percent(part, whole) == told


def test_a_bar_is_as_long_as_its_share_and_shows_whatever_is_there() -> None:
    assert [bar(value, 80, 10) for value in (0, 0.01, 4, 8, 80)] == ["", "▏", "▌", "█", "█" * 10]
    assert bar(0, 0, 10) == ""


def test_heights_have_a_sign_for_each_value() -> None:
    assert heights([0, 1, 50, 100]) == " ▁▄█"
    assert heights([0, 0]) == "  "
    assert heights([]) == ""


def test_columns_stand_below_each_other_words_left_and_numbers_right() -> None:
    assert table([["what", "many"], ["a cart", "7"], ["b", "12,345"]]) == [
        "  what      many",
        "  a cart       7",
        "  b       12,345",
    ]
    assert table([["a", "b", "1"], ["aa", "bb", "10"]], left=2, indent=0, gap=1) == ["a  b   1", "aa bb 10"]


def test_long_words_end_with_a_sign_and_long_sentences_go_on_below() -> None:
    assert (shortened("abcdef", 6), shortened("abcdefg", 6)) == ("abcdef", "abcde…")
    lines = paragraph("word " * 40, sign="- ")
    assert (lines[0][:6], lines[1][:6]) == ("  - wo", "    wo")
    assert max(map(len, lines)) <= 98
