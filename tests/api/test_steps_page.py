"""Every example of the page of steps is a journey, and does what the page says."""

import re

import msgspec
import pytest

from opportune.playbook.json_schema import json_schemas
from opportune.playbook.read_steps import KINDS
from opportune.playbook.yaml_nodes import loose, parse
from tests.api.told_pages import examples_of, expected, files_of, page, told

PAGE = page("steps.md")
EXAMPLES = examples_of(PAGE)
INTERNAL = re.findall(r"^```yaml\n(message:.*?)```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(("name", "journey", "story"), EXAMPLES, ids=[name for name, _, _ in EXAMPLES])
def test_an_example_does_what_the_page_says(name: str, journey: str, story: str) -> None:
    assert told(files_of(journey, INTERNAL[0]), story) == expected(story)


def test_every_kind_of_step_has_a_section_and_an_example() -> None:
    sections = {name for name, _, _ in EXAMPLES}
    assert set(re.findall(r"^## (\w+)$", PAGE, re.MULTILINE)) == sections
    assert {*KINDS, "end"} - sections == set()
    assert set(re.findall(r"\]\(#(\w+)\)", PAGE)) <= sections


def test_the_examples_are_valid_by_the_schemas_of_editors() -> None:
    import jsonschema_rs

    valid = jsonschema_rs.Draft202012Validator(json_schemas()["journey"])
    for _, journey, _ in EXAMPLES:
        node = parse(journey, "example.yaml")
        assert node is not None and valid.is_valid(loose(node)), journey
    assert msgspec.json.encode(json_schemas()["journey"])
