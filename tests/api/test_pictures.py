"""The pictures of the examples in the docs are those that the command draws now, and each is shown."""

import re
from pathlib import Path

import pytest

from opportune.console.diagram_svg import svg_of
from opportune.journeys.diagram import diagram_of
from opportune.playbook.folder import load
from tests.api.source_tree import ROOT

PICTURES = ROOT / "docs" / "pictures" / "journeys"
PAGE = (ROOT / "docs" / "howto" / "worked-examples.md").read_text("utf-8")
EXAMPLES = sorted(path for path in (ROOT / "examples").iterdir() if path.is_dir())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: str(path.name))
def test_every_journey_is_drawn_as_the_command_draws_it(example: Path) -> None:
    """Written anew by ``opportune diagram examples/NAME --out docs/pictures/journeys``."""
    for name, journey in load(example).journeys.items():
        assert (PICTURES / f"{name}.svg").read_text("utf-8") == svg_of(diagram_of(journey)), name


def test_no_picture_is_left_over_and_each_is_shown_on_the_page() -> None:
    known = {name for example in EXAMPLES for name in load(example).journeys}
    assert {path.stem for path in PICTURES.iterdir()} == known
    assert sorted(re.findall(r"\]\(\.\./pictures/journeys/(\w+)\.svg\)", PAGE)) == sorted(known)


@pytest.mark.parametrize("path", sorted(PICTURES.iterdir()), ids=lambda path: str(path.name))
def test_no_picture_is_wider_than_a_page(path: Path) -> None:
    found = re.search(r'width="(\d+)"', path.read_text("utf-8"))
    assert found is not None and int(found[1]) <= 830
