"""The page on schemas says what is true: its examples are read, checked, learned and counted as it says."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from opportune.events.event import Event
from opportune.events.learned import LONGEST_NAME, MOST_DEEP, MOST_EVENTS, MOST_PROPERTIES, Log
from opportune.events.schema import MOST_NEAR, Offence, violations
from opportune.playbook import read_events
from opportune.playbook.json_schema import json_schemas
from opportune.playbook.reading import findings, playbook_from
from opportune.wiring.cli.schema import FOLDER
from opportune.wiring.doctor_events import LOOKED_AT
from opportune.wiring.events_text import events_text
from tests.unit.playbook.files import FILES, changed

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "schemas.md").read_text()
DECLARED, LEARNED, *LINES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
CHECKED = re.findall(r"^\| `([^`]+)` \| (error|warning) \| ([^|]+) \|$", PAGE, re.MULTILINE)
WRONG = re.findall(r"^\| `([a-z_]+)` \| [^|]+ \|$", PAGE.split("### What arrives otherwise")[1], re.MULTILINE)
DAY = 1_780_315_200_000


def test_the_page_has_its_examples() -> None:
    assert len(CHECKED) == 5
    assert set(WRONG) == set(get_args(Offence))


def test_the_declaration_is_read_and_nothing_is_wrong_with_it() -> None:
    files = {**FILES, "events.yaml": DECLARED}
    schema = playbook_from(files).schemas["Cart Updated"]
    assert [each.name for each in schema.properties] == ["cart_id", "value", "plan", "page.url"]
    for page in ({"page.url": 1}, {"page": {"url": 1}}):
        said = Event("m", "ann", "Cart Updated", 1, 1, properties=json.dumps({"cart_id": "c1", **page}).encode())
        assert [each.what for each in violations(said, {"Cart Updated": schema})] == ["wrong_type"]


@pytest.mark.parametrize(("where", "level", "text"), CHECKED)
def test_check_says_what_the_page_says(where: str, level: str, text: str) -> None:
    files = changed("journeys/cart.yaml", "value >= 20", f'"{where}"') | {"events.yaml": DECLARED}
    assert (level, text) in [(each.level, each.text) for each in findings(files)]


def test_what_is_learned_is_written_as_the_page_shows() -> None:
    log = Log()
    log.add("Cart Updated", DAY, b'{"value": 1, "plan": "basic", "cart": {"size": 2}}')
    log.add("Cart Updated", DAY + 86_400_000, b'{"value": 2, "plan": null, "cart.size": "3"}')
    assert events_text({}, log) == LEARNED


def test_the_bounds_are_those_that_hold() -> None:
    told = PAGE.replace("\n", " ")
    bounds = f"At most {read_events.MOST_EVENTS:,} events, {read_events.MOST_PROPERTIES} properties each"
    assert f"{bounds}, and {read_events.MOST_WORDS} texts in a `one_of`" in told
    assert f"The first {MOST_EVENTS:,} names of events are told apart, and of each the first {MOST_PROPERTIES}" in told
    assert f"with at most {LONGEST_NAME} letters and {MOST_DEEP} names in a dotted path" in told
    assert f"{MOST_NEAR} names that look like others" in told
    assert f"the newest {LOOKED_AT:,} entries of the log" in told
    assert [kind for kind in read_events.KINDS if f"`{kind}`" not in told] == []


def test_every_schema_of_a_file_is_named_where_it_is_written() -> None:
    assert [name for name in json_schemas() if f"`{name}.json`" not in PAGE] == []
    assert [name for name in json_schemas() if f'"shop/{FOLDER}/{name}.json"' not in PAGE] == []
    assert all(f"{FOLDER}/" in line and line.startswith("# yaml-language-server: $schema=") for line in LINES)
