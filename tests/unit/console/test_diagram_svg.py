"""The picture of a journey: XML that anybody can show, all that an author wrote only as text, and all of it legible."""

from xml.etree import ElementTree

from hypothesis import given, settings

from opportune.console.diagram_layout import laid_out
from opportune.console.diagram_sketch import SIZES, WIDE, Words, lines_of, sketch_of, wide
from opportune.console.diagram_svg import svg_of
from opportune.console.lettering import width_of
from opportune.journeys.diagram import Diagram, Standing
from tests.unit.console.journeys_drawn import diagrams, every_step

SVG = "{http://www.w3.org/2000/svg}"
ELEMENTS = {"svg", "title", "desc", "style", "rect", "g", "text", "circle", "path"}


def read(diagram: Diagram, standing: Standing | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(svg_of(diagram, standing))


def texts(root: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in root.iter(f"{SVG}text")]


@given(diagrams())
@settings(deadline=None, max_examples=200)
def test_whatever_an_author_writes_is_text(diagram: Diagram) -> None:
    root = read(diagram)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= ELEMENTS
    assert not [name for each in root.iter() for name in each.attrib if name.startswith("on") or "href" in name]


@given(diagrams())
@settings(deadline=None, max_examples=100)
def test_all_words_stand_in_their_boxes(diagram: Diagram) -> None:
    for shape in sketch_of(diagram).shapes:
        assert all(wide(each) <= shape.width for each in shape.words)
    for arrow in sketch_of(diagram).arrows:
        assert all(wide(each) <= WIDE + 1 for each in arrow.words)


def test_it_says_to_screen_readers_what_it_shows() -> None:
    root = read(every_step(), Standing({"step1": 3}))
    assert root.get("role") == "img" and root.get("aria-labelledby") == "title desc"
    assert root.findtext(f"{SVG}title") == "Journey cart"
    told = root.findtext(f"{SVG}desc") or ""
    for said in (
        "One run for each cart_id.",
        "From start to step 1, gather for 1 hour: Cart Updated.",
        "From step 3, wait for Page Viewed to step 7, wait until 09:00 on Monday, Friday: Page Viewed [path = '/'].",
        "From journey cart to exited: Order Completed or [vip] / call back what is planned.",
        "3 at step 1, gather for 1 hour.",
    ):
        assert said in told, said


def test_every_step_every_way_and_every_note_is_written() -> None:
    diagram = every_step()
    said = " ".join(texts(read(diagram)))
    for word in (
        "gather for 1 hour",
        "step 1 · first",
        "split haste",
        "[soon, 25%]",
        "earlier versions",
        *diagram.notes,
    ):
        assert word in said


def test_how_many_runs_are_where_is_shown() -> None:
    said = texts(read(every_step(), Standing({"step1": 1_234, "step2": 1}, 7)))
    assert {"1,234 runs", "1 run", "7 runs in other versions of the journey."} <= set(said)
    assert not [each for each in texts(read(every_step())) if each.endswith((" runs", " run"))]


def test_ways_between_the_same_states_are_one_line() -> None:
    sketch = sketch_of(every_step())
    assert len({(each.source, each.target) for each in sketch.arrows}) == len(sketch.arrows)
    [call] = [each for each in sketch.arrows if each.source == "step5"]
    assert [each.said for each in call.words] == ["sent or not sent"]


def test_it_is_the_same_whenever_it_is_drawn_and_hangs_on_nothing_outside() -> None:
    picture = svg_of(every_step())
    assert picture == svg_of(every_step())
    assert "http" not in picture.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "prefers-color-scheme:dark" in picture


def test_a_comparison_is_not_parted_and_a_word_that_is_too_long_is_cut() -> None:
    assert lines_of("if it is so and value >= 100 AND far", 120, 12) == ["if it is so and", "value >= 100 AND", "far"]
    [cut] = lines_of("w" * 300, WIDE, 12)
    assert cut.endswith("…") and width_of(cut, 12) <= WIDE
    assert wide(Words("a", "title")) <= SIZES["title"] * 2


def test_nothing_of_a_journey_of_every_kind_overlaps() -> None:
    sketch = sketch_of(every_step())
    layout = laid_out(sketch.boxes(), sketch.links())
    areas = [*layout.boxes.values(), *(each.label for each in layout.routes if each.label is not None)]
    for place, one in enumerate(areas):
        for other in areas[place + 1 :]:
            apart = one.right <= other.left or other.right <= one.left
            assert apart or one.bottom <= other.top or other.bottom <= one.top
