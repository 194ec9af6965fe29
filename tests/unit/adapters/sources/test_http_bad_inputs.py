"""Every row of the shared hostile inputs about incoming events, by its id, and where the others are covered."""

import itertools
import json
import os
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from opportune.events.event import Event
from opportune.features.local_time import zone_named
from opportune.wiring.sample import sample_texts
from tests.stories.town import KEY, Town
from tests.unit.adapters.sources.requests import NOW, Taker, request

SHARED = Path(os.environ.get("OPPORTUNE_SHARED") or Path(__file__).resolve().parents[5] / "shared") / "bad_inputs.jsonl"

REFUSED_BODIES = {
    "event_http-001": ("empty_body", "empty body"),
    "event_http-002": ("not_json", "body is not JSON"),
    "event_http-003": ("not_an_object", "expected an object"),
    "event_http-004": ("not_an_object", "expected an object"),
    "event_http-011": ("not_json", "NaN and Infinity are not JSON"),
    "event_http-013": ("number_out_of_range", "number out of range"),
    "event_http-014": ("number_out_of_range", "number out of range"),
}
TAKEN_BODIES = ["event_http-009"]
REFUSED_EVENTS = {
    "event_http-026": ("missing_user", "userId"),
    "event_http-027": ("missing_user", "userId"),
    "event_http-028": ("bad_id", "blank userId"),
    "event_http-031": ("placeholder_user", "undefined"),
    "event_http-034": ("wrong_type", "userId"),
    "event_http-036": ("wrong_type", "userId"),
    "event_http-037": ("bad_id", "userId longer than 512 bytes"),
    "event_http-038": ("bad_id", "control character in userId"),
    "event_http-049": ("unknown_type", "unknown type trak; did you mean track?"),
    "event_http-050": ("unknown_type", "type"),
    "event_http-051": ("bad_name", "event"),
    "event_http-052": ("bad_name", "event"),
    "event_http-053": ("bad_name", "event name longer than 200"),
    "event_http-058": ("wrong_type", "properties"),
    "event_http-065": ("bad_text", "lone surrogate"),
}
TAKEN_EVENTS = [
    "event_http-039",
    "event_http-041",
    "event_http-046",
    "event_http-048",
    "event_http-054",
    "event_http-055",
    "event_http-056",
    "event_http-059",
    "event_http-061",
    "event_http-066",
    "event_http-067",
    "event_http-068",
    "event_http-070",
    "event_http-071",
    "event_http-073",
]
REFUSED_INSTANTS = {
    "timestamp-001": "not ISO 8601",
    "timestamp-006": "bad offset",
    "timestamp-007": "no such day",
    "timestamp-008": "no such day",
    "timestamp-012": "too old",
    "timestamp-017": "between 1970 and 9999",
    "timestamp-018": "between 1970 and 9999",
    "timestamp-019": "timestamp",
    "timestamp-028": "not ISO 8601",
}
TAKEN_INSTANTS = {
    "timestamp-002": NOW,
    "timestamp-003": NOW,
    "timestamp-004": 1_748_736_000_000,  # a day alone is its midnight in UTC
    "timestamp-014": 0,
    "timestamp-015": 1_717_243_200_000,  # a number below 100,000,000,000 counts seconds
    "timestamp-023": NOW - 400 * 86_400_000,
}
NO_ZONES = ["timezone-002", "timezone-003", "timezone-004", "timezone-009", "timezone-010"]

ELSEWHERE = {
    "event_http-017": "generated: test_http_protocol, a bomb",
    "event_http-018": "generated: test_http, no gzip",
    "event_http-019": "generated: test_http, other encodings",
    "event_http-021": "generated: test_http_protocol, a body without end",
    "event_http-022": "test_http_protocol, two lengths",
    "event_http-023": "generated: test_http, the bounds; ours are 4 MB and 2,500 calls",
    "event_http-024": "generated: test_http, types",
    "event_order-004": "the host's memory of ids",
    "event_order-005": "the kernel's laws",
    "event_order-006": "the kernel's stories",
    "event_order-007": "the kernel's stories",
    "event_order-008": "the laws of features: by (at, seq)",
    "event_order-011": "load, not a reading of one event",
    "timezone-012": "test_local_time",
    "timezone-013": "test_local_time",
    "timezone-014": "test_local_time",
    "timezone-015": "laws/test_local_time",
    "timezone-016": "the playbook's check: an empty window is never quiet",
    "timezone-018": "test_local_time",
    "timezone-024": "test_local_time",
    "api_security-002": "test_http_limits: an admin key brings no events",
    "api_security-028": "test_http and test_http_protocol: strange paths",
}
IN_ORDER = ["event_order-001", "event_order-002", "event_order-003", "event_order-009"]
"""Below, with the whole engine."""


def rows() -> dict[str, dict[str, Any]]:
    if not SHARED.is_file():
        pytest.skip("needs shared_data: OPPORTUNE_SHARED names no folder with bad_inputs.jsonl in it")
    found = map(json.loads, SHARED.read_text("utf-8").splitlines())
    return {row["id"]: row for row in found}


def body(row: dict[str, Any]) -> bytes:
    told = row["input"]
    if isinstance(told, dict) and "gen" in told:
        assert row["id"] == "event_http-014"
        return b'{"type":"track","userId":"u","event":"x","properties":{"a":' + b"9" * 5000 + b"}}"
    return told.encode() if row.get("raw") else json.dumps(told).encode()


def test_every_row_about_events_is_named_here() -> None:
    about = {name for name in rows() if name.startswith(("event_http", "event_order", "timestamp", "timezone"))}
    here = [
        *REFUSED_BODIES,
        *TAKEN_BODIES,
        *REFUSED_EVENTS,
        *TAKEN_EVENTS,
        *REFUSED_INSTANTS,
        *TAKEN_INSTANTS,
        *NO_ZONES,
    ]
    named = [*here, *IN_ORDER, *ELSEWHERE]
    assert len(named) == len(set(named))
    assert about <= set(named) <= set(rows())


@pytest.mark.parametrize("name", [*REFUSED_BODIES, *REFUSED_EVENTS])
def test_a_single_call_is_refused_with_place_and_remedy(name: str) -> None:
    code, says = (REFUSED_BODIES | REFUSED_EVENTS)[name]
    response = request(Taker().app(), "/v1/track", body(rows()[name]))
    assert (response.status, response.said["code"]) == (400, code)
    assert says in response.said["message"]


@pytest.mark.parametrize("name", REFUSED_EVENTS)
def test_in_a_batch_it_costs_only_itself(name: str) -> None:
    taker = Taker()
    sound = b'{"type":"track","userId":"u","event":"x","messageId":"sound"}'
    response = request(taker.app(), "/v1/batch", b'{"batch":[' + body(rows()[name]) + b"," + sound + b"]}")
    assert (response.status, response.said["accepted"]) == (200, 1)
    assert [(told["index"], told["code"]) for told in response.said["rejected"]] == [(0, REFUSED_EVENTS[name][0])]
    assert [read.id for read in taker.reads] == ["sound"]
    assert [letter.code for letter in taker.dead] == [REFUSED_EVENTS[name][0]]


@pytest.mark.parametrize("name", [*TAKEN_BODIES, *TAKEN_EVENTS])
def test_a_strange_call_is_taken_as_it_is(name: str) -> None:
    taker, row = Taker(), rows()[name]
    response = request(taker.app(), "/v1/track", body(row))
    assert response.status == 200
    (event,) = taker.reads
    assert isinstance(event, Event)
    call = json.loads(body(row).removeprefix(b"\xef\xbb\xbf"))
    assert (event.user, event.name) == (call["userId"], call["event"])
    assert json.loads(event.properties) == call.get("properties", {})
    assert ("madeIds" in response.said) == (call["messageId"] == "")
    assert call["messageId"] == "" or event.id == str(call["messageId"])


@pytest.mark.parametrize("name", REFUSED_INSTANTS)
def test_an_instant_is_refused(name: str) -> None:
    call = {"type": "track", "userId": "u", "event": "x", "timestamp": rows()[name]["input"]}
    response = request(Taker().app(), "/v1/track", call)
    assert response.status == 400
    assert response.said["message"].startswith("timestamp: ")
    assert REFUSED_INSTANTS[name] in response.said["message"]


@pytest.mark.parametrize("name", TAKEN_INSTANTS)
def test_an_instant_is_taken(name: str) -> None:
    stated = TAKEN_INSTANTS[name] if name == "timestamp-023" else rows()[name]["input"]
    taker = Taker()
    call = {"type": "track", "userId": "u", "event": "x", "timestamp": stated}
    assert request(taker.app(), "/v1/track", call).status == 200
    assert [read.at for read in taker.reads] == [TAKEN_INSTANTS[name]]


@pytest.mark.parametrize("name", NO_ZONES)
def test_what_is_no_zone_is_ignored(name: str) -> None:
    taker, stated = Taker(), rows()[name]["input"]
    call = {"type": "track", "userId": "u", "event": "x", "context": {"timezone": stated}}
    assert request(taker.app(), "/v1/track", call).status == 200
    assert zone_named(stated) is None


# The same with the whole engine, over a socket


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    store = tmp_path_factory.mktemp("hostile") / "town.db"
    with Town(store, sample_texts(), "2026-06-02T12:00:00+02:00").open() as place:
        yield place


def sent(town: Town, path: str, raw: bytes) -> tuple[int, Any]:
    host, _, port = town.url.removeprefix("http://").partition(":")
    with closing(HTTPConnection(host, int(port), timeout=60)) as connection:
        connection.request("POST", path, raw, {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read())


def takes_the_next(town: Town, row: str) -> bool:
    """Whether a good event after this row is taken; saying it again changes nothing."""
    sound = {"type": "track", "userId": "next", "event": "Sound", "messageId": f"after-{row}"}
    return sent(town, "/v1/track", json.dumps(sound).encode()) == (200, {"success": True})


WITH_INSTANT = {"type": "track", "userId": "u", "event": "x"}


@pytest.mark.needs("smtp")
@pytest.mark.parametrize("name", [*REFUSED_BODIES, *REFUSED_EVENTS, *TAKEN_BODIES, *TAKEN_EVENTS])
def test_the_engine_answers_a_call_and_takes_the_next(town: Town, name: str) -> None:
    refusals = REFUSED_BODIES | REFUSED_EVENTS
    raw = body(rows()[name]).replace(b'"m1"', f'"{name}"'.encode())
    status, said = sent(town, "/v1/track", raw)
    assert (status, said.get("code")) == ((400, refusals[name][0]) if name in refusals else (200, None))
    assert takes_the_next(town, name)


@pytest.mark.needs("smtp")
@pytest.mark.parametrize("name", [*REFUSED_INSTANTS, *TAKEN_INSTANTS])
def test_the_engine_answers_an_instant_and_takes_the_next(town: Town, name: str) -> None:
    stated = TAKEN_INSTANTS[name] if name == "timestamp-023" else rows()[name]["input"]
    call = WITH_INSTANT | {"timestamp": stated, "messageId": name}
    status, said = sent(town, "/v1/track", json.dumps(call).encode())
    assert status == (400 if name in REFUSED_INSTANTS else 200), said
    assert takes_the_next(town, name)


@pytest.mark.needs("smtp")
@pytest.mark.parametrize("name", NO_ZONES)
def test_the_engine_takes_an_event_with_no_zone_in_it(town: Town, name: str) -> None:
    call = WITH_INSTANT | {"context": {"timezone": rows()[name]["input"]}, "messageId": name}
    assert sent(town, "/v1/track", json.dumps(call).encode()) == (200, {"success": True})
    assert takes_the_next(town, name)


@pytest.mark.needs("smtp")
@pytest.mark.parametrize(
    ("name", "conflicting"), [("event_order-001", None), ("event_order-002", 1), ("event_order-003", 1)]
)
def test_the_engine_takes_an_id_once_and_tells_of_the_second(town: Town, name: str, conflicting: int | None) -> None:
    calls = [call | {"messageId": name} for call in rows()[name]["input"]]
    status, said = sent(town, "/v1/batch", json.dumps({"batch": calls}).encode())
    assert (status, said["accepted"], said["duplicates"], said.get("conflicting")) == (200, 2, 1, conflicting)
    again = sent(town, "/v1/batch", json.dumps({"batch": calls}).encode())
    assert again[1]["duplicates"] == 2


@pytest.mark.needs("smtp")
def test_the_engine_takes_chains_and_circles_of_aliases_and_refuses_one_to_itself(town: Town) -> None:
    ids = [f"link-{count}" for count in range(1_000)]
    links = [*itertools.pairwise(ids), ("circle-a", "circle-b"), ("circle-b", "circle-a"), ("self", "self")]
    calls = [
        {"type": "alias", "previousId": one, "userId": other, "messageId": f"{one}-{other}"} for one, other in links
    ]
    status, said = sent(town, "/v1/batch", json.dumps({"batch": calls}).encode())
    assert (status, said["accepted"]) == (200, 1_001)
    assert [(each["index"], each["code"]) for each in said["rejected"]] == [(1_001, "self_alias")]
    assert takes_the_next(town, "event_order-009")
