"""Whatever is laid out, boxes and labels stand apart, and no line crosses one."""

from itertools import combinations, pairwise
from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.console.diagram_graph import Area, Box, Layout, Link
from opportune.console.diagram_layout import laid_out


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[Box], list[Link]]:
    """Up to forty boxes of any size, and links of any kind: loops (one of each), circles, several at once, and none."""
    names = [f"box{number}" for number in range(draw(st.integers(0, 40)))]
    boxes = [
        Box(
            name,
            draw(st.integers(1, 300)),
            draw(st.integers(1, 120)),
            draw(st.sampled_from(["any", "any", "any", "first", "last"])),
            is_point=draw(st.booleans()),
        )
        for name in names
    ]
    if not names:
        return boxes, []
    size = st.sampled_from([0, 0, 40, 90, 200])
    link = st.builds(Link, st.sampled_from(names), st.sampled_from(names), size, st.integers(1, 60))
    links = draw(st.lists(link, max_size=70))
    loops = {each.source: each for each in links if each.source == each.target}
    return boxes, [each for each in links if each.source != each.target or loops[each.source] is each]


def overlap(one: Area, other: Area) -> bool:
    return one.left < other.right and other.left < one.right and one.top < other.bottom and other.top < one.bottom


def crosses(layout: Layout, area: Area) -> list[int]:
    """Which routes run through the inside of the area."""
    return [
        number
        for number, route in enumerate(layout.routes)
        for (x, y), (to_x, to_y) in pairwise(route.points)
        if max(x, to_x) > area.left and min(x, to_x) < area.right
        if max(y, to_y) > area.top and min(y, to_y) < area.bottom
    ]


def labels(layout: Layout) -> list[Area]:
    return [route.label for route in layout.routes if route.label is not None]


def graph_of(seed: int) -> tuple[list[Box], list[Link]]:
    """A graph by chance, more often than from Hypothesis one of many parts and circles."""
    random = Random(seed)
    names = [f"box{number}" for number in range(random.randint(1, random.choice([3, 6, 12, 40])))]
    ranks: list[Literal["first", "any", "last"]] = ["any", "any", "any", "first", "last"]
    boxes = [
        Box(each, random.randint(1, 300), random.randint(1, 120), random.choice(ranks), is_point=random.random() < 0.5)
        for each in names
    ]
    size = [0, 0, 40, 90, 200]
    links = [
        Link(random.choice(names), random.choice(names), random.choice(size), random.randint(1, 60))
        for _ in range(random.randint(0, random.choice([4, 10, 70])))
    ]
    loops = {each.source: each for each in links if each.source == each.target}
    return boxes, [each for each in links if each.source != each.target or loops[each.source] is each]


@pytest.mark.parametrize("first", range(0, 1_000, 250))
def test_in_many_graphs_nothing_overlaps_and_no_line_crosses_anything(first: int) -> None:
    for seed in range(first, first + 250):
        layout = laid_out(*graph_of(seed))
        areas = [*layout.boxes.values(), *labels(layout)]
        assert [pair for pair in combinations(areas, 2) if overlap(*pair)] == [], seed
        assert [area for area in areas if crosses(layout, area)] == [], seed


@given(graphs())
@settings(deadline=None, max_examples=150)
def test_no_box_and_no_label_overlaps_another(graph: tuple[list[Box], list[Link]]) -> None:
    layout = laid_out(*graph)
    everything = [*layout.boxes.values(), *labels(layout)]
    assert [pair for pair in combinations(everything, 2) if overlap(*pair)] == []


@given(graphs())
@settings(deadline=None, max_examples=150)
def test_no_line_crosses_a_box_or_a_label(graph: tuple[list[Box], list[Link]]) -> None:
    layout = laid_out(*graph)
    assert [area for area in (*layout.boxes.values(), *labels(layout)) if crosses(layout, area)] == []


@given(graphs())
@settings(deadline=None, max_examples=100)
def test_every_line_goes_upright_or_level_from_its_source_to_its_target(graph: tuple[list[Box], list[Link]]) -> None:
    boxes, links = graph
    layout = laid_out(boxes, links)
    for link, route in zip(links, layout.routes, strict=True):
        assert all(x == to_x or y == to_y for (x, y), (to_x, to_y) in pairwise(route.points))
        for (x, y), name in ((route.points[0], link.source), (route.points[-1], link.target)):
            area = layout.boxes[name]
            assert area.left <= x <= area.right and area.top <= y <= area.bottom


@given(graphs())
@settings(deadline=None, max_examples=100)
def test_everything_has_its_size_and_stands_inside_of_the_picture(graph: tuple[list[Box], list[Link]]) -> None:
    boxes, links = graph
    layout = laid_out(boxes, links)
    assert {(each.id, each.width, each.height) for each in boxes} == {
        (name, area.width, area.height) for name, area in layout.boxes.items()
    }
    assert [(each.label.width, each.label.height) for each in layout.routes if each.label] == [
        (each.width, each.height) for each in links if each.width
    ]
    for area in (*layout.boxes.values(), *labels(layout)):
        assert 0 <= area.left and area.right <= layout.width and 0 <= area.top and area.bottom <= layout.height
    for x, y in (point for route in layout.routes for point in route.points):
        assert 0 <= x <= layout.width and 0 <= y <= layout.height


@given(graphs())
@settings(deadline=None, max_examples=50)
def test_the_same_graph_has_the_same_layout(graph: tuple[list[Box], list[Link]]) -> None:
    assert laid_out(*graph) == laid_out(*graph)
