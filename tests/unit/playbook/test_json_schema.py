"""The JSON Schemas of playbook files, held to the reader: what it takes they take, what is wrong in form they refuse.

The validator is the one that comes along with schemathesis.
"""

import json
import random
import re
from collections.abc import Mapping
from pathlib import PurePosixPath

import jsonschema_rs
import pytest

from opportune.errors import PlaybookError
from opportune.features.local_time import zone_names
from opportune.playbook.json_schema import DRAFT, json_schemas
from opportune.playbook.reading import playbook_from
from opportune.playbook.yaml_nodes import loose, parse
from opportune.policies.shipped import SHIPPED
from tests.api.source_tree import ROOT
from tests.fuzz.choices import Choices
from tests.fuzz.playbook_texts import changed as fuzzed
from tests.fuzz.playbook_texts import playbooks
from tests.laws.files import files_of
from tests.laws.worlds import world_of
from tests.unit.playbook.files import FILES, changed, complaints
from tests.unit.playbook.test_read_events import EVENTS_WRONG
from tests.unit.playbook.test_reading import CART, MAIN, MESSAGE, WRONG

SCHEMAS = json_schemas()
VALIDATORS = {name: jsonschema_rs.Draft202012Validator(schema) for name, schema in SCHEMAS.items()}
BEYOND_FORM = ("there is no message", "where: ", "worth: ", "orders: ", "there is no template",
               "are no time at all", "may have no value", "needs a way out",
               "is at most ten years", "an email needs a subject", "'0 minutes'", "not '110%'")  # fmt: skip
"""What only ``check`` can say: what a text means, or whether it fits to others."""


def kind_of(file: str) -> str:
    """Which schema a file is for."""
    folder = PurePosixPath(file).parent.name
    return {"journeys": "journey", "messages": "message"}.get(folder, PurePosixPath(file).stem)


def refused(files: Mapping[str, str]) -> list[str]:
    """The files that their schemas refuse."""
    wrong = []
    for file, text in files.items():
        if not file.endswith(".yaml"):
            continue
        node = parse(text, file)
        value = None if node is None else loose(node)
        if not VALIDATORS[kind_of(file)].is_valid(value):
            wrong.append(file)
    return wrong


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_schema_is_one_of_its_draft(schema: dict[str, object]) -> None:
    assert schema["$schema"] == DRAFT
    assert jsonschema_rs.meta.is_valid(schema)
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("files", playbooks(), ids=["test", "sample", "demo", "events"])
def test_our_own_playbooks_are_valid(files: dict[str, str]) -> None:
    assert refused(files) == []
    playbook_from(files)


@pytest.mark.parametrize(("file", "old", "new", "complaint"), WRONG, ids=lambda text: str(text)[:40])
def test_what_is_wrong_in_form_is_refused_by_both(file: str, old: str, new: str, complaint: str) -> None:
    files = changed(file, old, new)
    assert complaints(files) != []
    is_form = file.endswith(".yaml") and not any(text in complaint for text in BEYOND_FORM)
    assert refused(files) == [file] * is_form


@pytest.mark.parametrize("text", EVENTS_WRONG)
def test_a_wrong_declaration_is_refused_by_both(text: str) -> None:
    files = {**FILES, "events.yaml": text}
    assert complaints(files) != []
    assert "events.yaml" in refused(files)


def test_whatever_the_reader_takes_is_valid() -> None:
    """Playbooks with up to three random changes; of those that can still be read, none is refused."""
    dice, taken = random.Random(1), 0
    for _ in range(500):
        files = fuzzed(Choices(dice.randbytes(64)))
        try:
            playbook_from(files)
        except PlaybookError:
            continue
        taken += 1
        assert refused(files) == [], files
    assert taken > 60


@pytest.mark.parametrize("seed", range(20))
def test_playbooks_of_the_worlds_are_valid(seed: int) -> None:
    files = files_of(world_of(seed)["playbook"])
    written = {name: form for name, form in files.items() if name.endswith(".yaml")}
    assert [name for name, form in written.items() if not VALIDATORS[kind_of(name)].is_valid(form)] == []


BLOCKS = re.findall(
    r"```yaml\n(policies:\n.*?)```", (ROOT / "docs" / "reference" / "policies.md").read_text(), re.DOTALL
)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda text: text.split()[2])
def test_the_examples_of_the_page_of_policies_are_valid(block: str) -> None:
    assert refused({"opportune.yaml": f"zone: UTC\n{block}"}) == []


def test_the_page_of_policies_has_examples() -> None:
    assert len(BLOCKS) >= 8


def test_every_policy_and_every_zone_is_offered() -> None:
    properties = SCHEMAS["opportune"]["properties"]
    assert isinstance(properties, dict)
    assert set(properties["zone"]["enum"]) == zone_names()
    listed = properties["policies"]["items"]["anyOf"][1]["properties"]
    assert set(listed) == set(SHIPPED)
    assert all(each["description"] for each in listed.values())


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (CART, "wait: 45 minutes", "wait: 45 Minutes"),
        (CART, "enter: {on: Cart Updated, where: value >= 20}", "enter: {inactive_for: often}"),
        (CART, "enter: {on: Cart Updated, where: value >= 20}", "enter: {inactive_for: 1 day, on: A}"),
        (CART, "exit: {on: Order Completed}", "exit: {after: Order Completed}"),
        (CART, "{cooldown: 7 days}", "{cooldown: 7 days, counted_from: exit}"),
        (MESSAGE, "24 hours", "a day"),
        (MESSAGE, "24 hours", "24 hours\ndelivery: at_least_once"),
        (MAIN, "in_session: {}", "in_session: {idle: 5}"),
        (MAIN, "in_session: {}", "frequency_cap"),
        (MAIN, "topics: all", "topic: all"),
    ],
)
def test_more_of_what_is_wrong_in_form_is_refused_by_both(file: str, old: str, new: str) -> None:
    files = changed(file, old, new)
    assert complaints(files) != []
    assert refused(files) == [file]
