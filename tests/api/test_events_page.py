"""The page on events says what is true: every call, code, bound and row of a well-known event."""

import json
import re
from pathlib import Path

import pytest

from opportune.adapters.sources.http import PATHS
from opportune.adapters.sources.http_limits import Limits
from opportune.adapters.sources.http_protocol import MOST_HEAD, PatientProtocol
from opportune.adapters.sources.http_refusal import STATUSES
from opportune.events import names
from opportune.events.event import Event
from opportune.events.identity import PLACEHOLDERS
from opportune.events.interactions import SCHEMAS, Schema
from opportune.events.wire import KINDS, Arrival, read
from opportune.units import SECOND

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "events.md").read_text()
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}


def cells(section: str) -> list[list[str]]:
    """The rows of the first table of a section, without its head."""
    lines = [line for line in SECTIONS[section].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def row_of(schema: Schema) -> list[str]:
    told = (
        f"`{each.name}` {each.type}{'*' * each.is_required}" + (f" ({each.unit})" if each.unit else "")
        for each in schema.properties
    )
    return [schema.name, ", ".join(told)]


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_well_known_event_has_its_row(name: str) -> None:
    assert row_of(SCHEMAS[name]) in cells("Well-known events")


def test_no_row_tells_of_an_event_that_is_not_there() -> None:
    assert [row[0] for row in cells("Well-known events")] == list(SCHEMAS)


def test_every_call_has_its_row_with_its_paths_and_its_event() -> None:
    rows = {row[0]: row for row in cells("Calls")}
    assert list(rows) == [*KINDS, "batch"]
    for path, kind in PATHS.items():
        assert f"`{path}`" in rows[kind or "batch"][1]
    for kind in ("identify", "page", "screen", "group"):
        raw = json.dumps({"type": kind, "userId": "ann", "groupId": "g"}).encode()
        (event,) = read(raw, Arrival(1))
        assert isinstance(event, Event)
        assert rows[kind][2] == f"`{event.name}`"


def test_every_status_is_told_with_its_codes() -> None:
    told = {row[0]: row[1] for row in cells("Answers")}
    assert [code for code, status in STATUSES.items() if f"`{code}`" not in told[str(status)]] == []
    assert {"200", "204", "404", "405", "408", "429", "431", "503"} <= set(told)


def test_the_bounds_are_those_that_hold() -> None:
    bounds, rows = Limits().bounds, {row[0]: row[1] for row in cells("Bodies")}
    assert rows["one call"] == f"{bounds.call_bytes // 1024} KB"
    assert rows["calls in a batch"] == f"{bounds.batch_calls:,}"
    assert rows["body, packed or unpacked"] == f"{bounds.body_bytes // 1024**2} MB"
    assert rows["objects and lists in one another"] == str(bounds.depth)
    assert rows["head of a request"] == f"{MOST_HEAD // 1024} KB"
    assert rows["a request, from its first byte to its last"] == f"{PatientProtocol.within // SECOND} seconds"
    assert rows["bytes of all bodies under way and not yet durable"] == f"{Limits().held_bytes // 1024**2} MB"


def test_every_placeholder_and_every_name_and_id_of_our_own_is_told() -> None:
    told = set(re.findall(r"`([^`]+)`", PAGE.replace("[object Object]", "[object object]")))
    assert [each for each in (*PLACEHOLDERS, *names.OWN_IDS, *names.INTERNAL) if each not in told] == []
