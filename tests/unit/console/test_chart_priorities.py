"""The matrix of impact and feasibility: names in their fields, however many and however called."""

from opportune.console.chart_priorities import priorities_chart
from opportune.console.picture import Picture

PICTURE = Picture("p", "Priorities", "What to do first.")


def drawn(named: dict[str, tuple[int, int]]) -> str:
    return priorities_chart(PICTURE, named, high=15, medium=8)


def test_a_field_is_as_dark_as_its_level() -> None:
    svg = drawn({"cart": (5, 5)})
    assert [svg.count(f'class_="{look}"') + svg.count(f'class="{look}"') for look in ("q3", "q2", "q1")] == [6, 7, 12]


def test_of_many_in_one_field_it_says_how_many_more() -> None:
    svg = drawn({f"journey_{n}": (2, 3) for n in range(7)})
    assert ">journey_2<" in svg and ">journey_3<" not in svg and ">and 4 more<" in svg
    assert "journey_0, journey_1" in svg


def test_a_name_is_never_markup_and_never_longer_than_its_field() -> None:
    svg = drawn({"<script>alert(1)</script>" + "x" * 90: (1, 1)})
    assert "<script>" not in svg and "&lt;script&gt;" in svg and "…" in svg


def test_of_no_journeys_it_says_so() -> None:
    assert "There is no journey to weigh." in drawn({})
