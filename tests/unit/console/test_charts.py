"""Whatever the data and whatever their names: a picture that can be read, and nothing but a picture."""

from xml.etree import ElementTree as etree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from opportune.console.charts import (
    Columns,
    Interval,
    Picture,
    Row,
    Series,
    alone,
    folded,
    heatmap,
    histogram,
    intervals,
    largest,
    matrix,
    rows,
    stacked_columns,
)
from opportune.console.markup import Markup
from opportune.console.picture import COLUMN, NARROW, WIDE
from tests.unit.console.boxes import SPACE, boxes, outside, overlapping

EVIL = "</svg><script>alert(\"1\")</script><svg onload='x()'>"
NAMES = st.one_of(
    st.sampled_from(
        [EVIL, "cart_reminder", "&amp;", "\u202egnp", "\x00", "review_request_two_weeks_after", "名前" * 9]
    ),
    st.text(max_size=40),
)
WIDTHS = st.sampled_from([WIDE, COLUMN, NARROW])
COUNTS = st.one_of(st.integers(0, 12), st.integers(0, 10**7))
TAGS = {"svg", "title", "desc", "g", "rect", "line", "circle", "text"}
KEYS = {
    "class", "role", "aria-labelledby", "viewBox", "width", "height", "id", "x", "y", "x1", "x2", "y1", "y2", "cx",
    "cy", "r", "rx", "text-anchor", "transform",
}  # fmt: skip


def picture(width: int, title: str = "Sends") -> Picture:
    return Picture("sends", title, "What is to be seen.", width)


def check(svg: Markup, title: str = "Sends") -> None:
    """All that holds for every picture."""
    root = etree.fromstring(svg)
    assert {node.tag.removeprefix(SPACE) for node in root.iter()} <= TAGS
    assert {key for node in root.iter() for key in node.keys()} <= KEYS
    assert root.get("role") == "img"
    labelled = root.get("aria-labelledby", "").split()
    assert [node.get("id") for node in list(root)[:2]] == labelled
    assert "".join(list(root)[1].itertext()) == "What is to be seen."
    assert overlapping(svg) == []
    assert outside(svg) == []
    assert max(float(node.get("x", "0")) for node in root.iter()) <= float(root.get("width", "0"))


def spread(most: int, count: int) -> list[int]:
    """So many numbers up to the most."""
    return [most * (place * 7 % 11) // 10 for place in range(count)]


@given(st.integers(1, 130), st.dictionaries(NAMES, COUNTS, max_size=10), WIDTHS)
def test_columns_can_be_read_and_lose_nothing(count: int, most: dict[str, int], width: int) -> None:
    names = tuple(f"day {place}" for place in range(count))
    columns = Columns(names, [[*enumerate(names)][::step] for step in (1, 7, 50)], "days")
    values = {name: spread(each, count) for name, each in most.items()}
    series = folded(values, largest({name: sum(each) for name, each in values.items()}))
    assert sum(sum(each.values) for each in series) == sum(sum(each) for each in values.values())
    assert len(series) <= 7
    check(stacked_columns(picture(width), columns, series))


@given(st.lists(st.builds(Row, NAMES, COUNTS, st.just("(12%)"), st.none()), max_size=12), WIDTHS)
@example([Row(EVIL, 10**7), Row("a" * 200, 1)], NARROW)
def test_rows_can_be_read(bars: list[Row], width: int) -> None:
    check(rows(picture(width), bars))


@given(COUNTS, WIDTHS)
def test_a_week_can_be_read(most: int, width: int) -> None:
    check(heatmap(picture(width), [spread(most // day, 24) for day in range(1, 8)]))


@given(st.dictionaries(st.tuples(NAMES, NAMES), COUNTS, max_size=40), WIDTHS)
@example({(EVIL, EVIL): 1, ("b" * 90, "c d" * 30): 10**7}, NARROW)
def test_a_matrix_can_be_read(counts: dict[tuple[str, str], int], width: int) -> None:
    check(matrix(picture(width), counts))


@given(st.dictionaries(st.integers(0, 400), COUNTS, max_size=30), WIDTHS)
def test_a_histogram_can_be_read(counts: dict[int, int], width: int) -> None:
    check(histogram(picture(width), counts, "messages"))


SHARES = st.floats(0, 1)


@given(st.lists(st.tuples(NAMES, st.tuples(SHARES, SHARES, SHARES).map(sorted)), max_size=9), WIDTHS)
def test_intervals_can_be_read(found: list[tuple[str, list[float]]], width: int) -> None:
    estimates = [Interval(name, value, low, high) for name, (low, value, high) in found]
    check(intervals(picture(width), estimates, unit="%"))


@given(NAMES)
def test_a_title_of_others_is_text_and_nothing_else(title: str) -> None:
    svg = rows(picture(WIDE, title), [Row(title, 1)])
    check(svg, title)
    assert "<script" not in svg


def test_a_matrix_of_many_names_is_folded_and_keeps_its_sum() -> None:
    counts = {(f"loser {one}", f"winner {two}"): one + two for one in range(20) for two in range(20)}
    svg = matrix(picture(WIDE), counts)
    assert "<title>11 others lost to 11 others: " in svg
    told = [each.text or "" for each in etree.fromstring(svg).iter(SPACE + "title") if " lost to " in (each.text or "")]
    assert sum(int(each.rpartition(" ")[2].replace(",", "")) for each in told) == sum(counts.values())


def test_a_long_name_is_shortened_and_told_in_full_where_one_points_at_it() -> None:
    name = "review_request_two_weeks_after_the_parcel_came_and_was_opened"
    svg = matrix(picture(NARROW), {(name, "cart"): 3})
    assert name not in [box.said for box in boxes(svg)]
    assert any(box.said.endswith("…") for box in boxes(svg))
    assert f"<title>{name}</title>" in svg


@pytest.mark.parametrize(
    "svg",
    [
        stacked_columns(picture(WIDE), Columns((), ()), []),
        stacked_columns(picture(WIDE), Columns(("1",), ()), [Series("a", (0,))]),
        rows(picture(WIDE), []),
        heatmap(picture(WIDE), [[0] * 24] * 7),
        matrix(picture(WIDE), {("a", "b"): 0}),
        histogram(picture(WIDE), {}, "messages"),
    ],
)
def test_a_picture_of_nothing_says_so(svg: Markup) -> None:
    check(svg)
    assert [box.said for box in boxes(svg)] == ["Nothing to show."]


def test_a_single_kind_needs_no_legend() -> None:
    one = stacked_columns(picture(WIDE), Columns(("1",), [[(0, "1")]]), [Series("cart", (3,))])
    assert "cart" not in [box.said for box in boxes(one)]


def test_several_pictures_can_share_their_scale() -> None:
    columns = Columns(("1",), [[(0, "1")]])
    small = stacked_columns(picture(WIDE), columns, [Series("cart", (3,))], most=900)
    assert "1,000" in [box.said for box in boxes(small)]


def test_one_other_kind_keeps_its_name() -> None:
    values = {"a": [3], "b": [2], "c": [1]}
    assert [each.name for each in folded(values, ("a", "b"))] == ["a", "b", "c"]
    assert folded(values, ("a", "b"))[2].place is None


def test_what_is_above_the_last_number_is_one_column() -> None:
    svg = histogram(picture(WIDE), {1: 5, 3: 2, 40: 1, 50: 1}, "messages", fold=4)
    assert "<title>4 or more: 2</title>" in svg
    assert "4+" in [box.said for box in boxes(svg)]


def test_a_picture_stands_alone_with_its_colours() -> None:
    svg = alone(rows(picture(WIDE), [Row("a", 1)]))
    assert "prefers-color-scheme:dark" in svg
    etree.fromstring(svg)
