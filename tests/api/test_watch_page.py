"""The page on the watch says what is true: its defaults, how many of how many, how often bad luck pauses a journey."""

import re

from benchmarks.false_alarms import alarms, volumes
from opportune.playbook.reading import playbook_from
from opportune.playbook.watching import Watching
from tests.api.source_tree import ROOT
from tests.unit.playbook.files import FILES

PAGE = (ROOT / "docs" / "reference" / "watch.md").read_text()


def test_the_example_on_the_page_says_the_defaults() -> None:
    [example] = re.findall(r"```yaml\n(watch: .*)\n```", PAGE)
    files = {**FILES, "opportune.yaml": f"{FILES['opportune.yaml']}{example}\n"}
    assert playbook_from(files).watch == Watching()
    assert playbook_from(files).hash == playbook_from(FILES).hash


def test_how_many_of_how_many_are_too_many_is_told() -> None:
    assert volumes() in PAGE


def test_how_often_bad_luck_pauses_a_journey_is_told() -> None:
    assert alarms() in PAGE
