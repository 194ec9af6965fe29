"""Every example of the page of runs is a journey, and does what the page says."""

import re

import pytest

from opportune.playbook.json_schema import json_schemas
from opportune.playbook.read_journey import ALONE, BASES
from opportune.playbook.yaml_nodes import loose, parse
from tests.api.told_pages import examples_of, expected, files_of, page, told

PAGE = page("runs.md")
EXAMPLES = examples_of(PAGE)


@pytest.mark.parametrize(("name", "journey", "story"), EXAMPLES, ids=[name for name, _, _ in EXAMPLES])
def test_an_example_does_what_the_page_says(name: str, journey: str, story: str) -> None:
    assert told(files_of(journey), story) == expected(story)


def test_every_section_has_an_example_and_every_word_of_re_entry_is_there() -> None:
    assert [name for name, _, _ in EXAMPLES] == re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)
    for word in (*ALONE, *BASES):
        assert word in PAGE


def test_the_examples_are_valid_by_the_schemas_of_editors() -> None:
    import jsonschema_rs

    valid = jsonschema_rs.Draft202012Validator(json_schemas()["journey"])
    for _, journey, _ in EXAMPLES:
        node = parse(journey, "example.yaml")
        assert node is not None and valid.is_valid(loose(node)), journey
