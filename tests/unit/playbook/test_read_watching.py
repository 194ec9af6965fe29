"""What the key ``watch`` may say, and what is refused."""

import jsonschema_rs
import pytest

from opportune.playbook.definition import Playbook
from opportune.playbook.json_schema import json_schemas
from opportune.playbook.reading import playbook_from
from opportune.playbook.watching import Watching
from opportune.playbook.yaml_nodes import loose, parse
from opportune.units import DAY
from tests.unit.playbook.files import FILES, complaints

MAIN = FILES["opportune.yaml"]


def read(text: str) -> Playbook:
    return playbook_from({**FILES, "opportune.yaml": f"{MAIN}watch: {text}\n"})


def test_what_is_left_out_is_as_usual() -> None:
    assert playbook_from(FILES).watch == read("{}").watch == read("null").watch == Watching()
    assert read("{complaints: 0.1%}").watch == Watching(complaints=1_000)
    all_said = "{complaints: 0.001, unsubscribes: 1%, within: 3 days, at_least: 1000}"
    assert read(all_said).watch == Watching(1_000, 10_000, 3 * DAY, 1_000)
    assert read("off").watch == Watching(is_on=False)


def test_another_limit_is_another_playbook() -> None:
    assert read("{complaints: 0.1%}").hash != playbook_from(FILES).hash == read("{complaints: 0.3%}").hash


WRONG = [
    ("on", "watch must be a mapping of names to values, not 'on'"),
    ("{complaint: 1%}", "watch has no 'complaint'; did you mean 'complaints'?"),
    ("{complaints: 3}", "complaints lies between 0% and 100%, not '3'"),
    ("{complaints: 100%}", "complaints must be below 100%, such as '0.3%'; 'watch: off' pauses nothing"),
    ("{within: 6 weeks}", "within must be at most 5 weeks, not 6 weeks"),
    ("{within: 0 days}", "within must be a positive span such as '45 minutes', not '0 days'"),
    ("{at_least: 0}", "at_least must be a whole number from 1 to 1000000000, not '0'"),
]


@pytest.mark.parametrize(("text", "problem"), WRONG)
def test_what_is_wrong_is_said_with_its_line(text: str, problem: str) -> None:
    line = MAIN.count("\n") + 1
    assert complaints({**FILES, "opportune.yaml": f"{MAIN}watch: {text}\n"}) == [f"opportune.yaml:{line}: {problem}"]


BEYOND_FORM = ("must be at most", "below 100%", "'0 days'")
"""What only the reader can say of a text that is right in form."""
RIGHT = ["{}", "null", "off", "{complaints: 0.1%, within: 3 days}"]


@pytest.mark.parametrize("text", [*RIGHT, *(text for text, _ in WRONG)])
def test_the_schema_for_editors_takes_what_is_right_in_form(text: str) -> None:
    schema = jsonschema_rs.Draft202012Validator(json_schemas()["opportune"])
    wrong = {text for text, problem in WRONG if not any(each in problem for each in BEYOND_FORM)}
    node = parse(f"{MAIN}watch: {text}\n", "opportune.yaml")
    assert node is not None
    assert schema.is_valid(loose(node)) is (text not in wrong)
