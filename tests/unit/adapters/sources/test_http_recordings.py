"""What real clients of Segment and RudderStack put on the wire, said again to the running server byte for byte.

A recording keeps the JSON before it was packed, and its length, which tells how it was written. What is packed is
packed again: the same JSON in another packing.
"""

import gzip
import json
import socket
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from opportune.errors import Overloaded
from opportune.events.event import Event, Merged
from opportune.wiring.sample import sample_texts
from tests.stories.town import PATIENCE, Town
from tests.unit.adapters.sources.requests import Taker, request

FOLDER = Path(__file__).parents[3] / "recordings"
RECORDINGS = {path.stem: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.json")}
SHORT, LONG = (",", ":"), (", ", ": ")


def written(recording: dict[str, Any]) -> bytes:
    """The JSON as the client wrote it: with or without blanks, in ASCII or not, whichever has the recorded length."""
    if not recording["body"]:
        return b""
    for separators in (SHORT, LONG):
        for is_ascii in (True, False):
            raw = json.dumps(recording["body"], separators=separators, ensure_ascii=is_ascii).encode()
            if len(raw) == recording["json_bytes"]:
                return raw
    raise AssertionError(f"no way of writing it has {recording['json_bytes']} bytes")


def wire(recording: dict[str, Any]) -> bytes:
    """The whole request."""
    body = written(recording)
    headers = dict(recording["headers"])
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.compress(body)
    headers = {name: str(len(body)) if name.lower() == "content-length" else each for name, each in headers.items()}
    lines = [f"{recording['method']} {recording['path']} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def said(town: Town, raw: bytes) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of the answer to this on a connection of its own."""
    host, port = town.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE) as connection:
        connection.sendall(raw)
        response = HTTPResponse(connection, method=raw.split(b" ", 1)[0].decode())
        response.begin()
        body = response.read()
        headers = {name.lower(): value for name, value in response.getheaders()}
        response.close()
    return response.status, headers, json.loads(body) if body else None


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    with Town(folder / "town.db", sample_texts(), "2026-11-21T22:08:00+00:00", key="wk_test").open() as town:
        yield town


def calls_of(recording: dict[str, Any]) -> list[dict[str, Any]]:
    body = recording["body"]
    return list(body.get("batch", [body])) if body else []


def test_there_are_recordings_of_every_client() -> None:
    assert Counter(name.split("-")[0] for name in RECORDINGS) == {
        "rudnode": 4,
        "rudpy": 2,
        "segbrowser": 20,
        "segnode": 3,
        "segpy": 3,
        "segpygz": 3,
    }


@pytest.mark.needs("smtp")
@pytest.mark.parametrize("name", sorted(RECORDINGS))
def test_a_recording_is_taken_in_full_and_said_again_changes_nothing(town: Town, name: str) -> None:
    recording = RECORDINGS[name]
    status, headers, answer = said(town, wire(recording))
    assert headers["access-control-allow-origin"] == "*"
    if recording["method"] == "OPTIONS":
        assert (status, answer) == (204, None)
        return
    calls = calls_of(recording)
    assert (status, answer["success"], answer.get("accepted", 1)) == (200, True, len(calls))
    assert (answer.get("rejected", []), answer.get("madeIds", [])) == ([], [])
    ids = [call["messageId"] for call in calls if call["type"] != "alias"]
    logged = town.logs(lambda log: set(ids) <= {each.id for each in log if isinstance(each, Event)})
    events = [each for each in logged if isinstance(each, Event) and each.id in ids]
    assert [event.id for event in events] == ids, "in their order, each once"
    assert all(event.stated_at and event.sent_at and event.at <= event.received_at for event in events)
    for call in calls:
        if call["type"] == "alias":
            pair = (call["userId"], call["previousId"])
            assert pair in {(each.user, each.absorbed) for each in logged if isinstance(each, Merged)}
    status, _, answer = said(town, wire(recording))
    assert (status, answer.get("accepted", 1), answer["duplicates"]) == (200, len(calls), len(ids))
    assert town.logs(lambda log: True) == logged


def test_the_browsers_zone_arrives_with_its_events() -> None:
    recording = RECORDINGS["segbrowser-06"]
    taker = Taker()
    headers = {name.lower(): value for name, value in recording["headers"].items()}
    request(taker.app(), recording["path"], written(recording), headers=headers)
    (event,) = taker.reads
    assert isinstance(event, Event)
    assert json.loads(event.context)["timezone"] == "UTC"


def test_a_browser_may_state_its_retries_and_read_how_long_to_wait() -> None:
    """Its first try asks for one header; the retries of the same client ask for another one."""
    asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    asked["access-control-request-headers"] = "authorization,x-retry-count"
    preflight = request(Taker().app(), "/v1/t", method="OPTIONS", headers=asked)
    allowed = preflight.headers["access-control-allow-headers"].split(", ")
    assert {"authorization", "x-retry-count"} <= set(allowed)
    answer = request(Taker(failure=Overloaded("full")).app(), "/v1/t", {"event": "Seen", "userId": "ann"})
    assert answer.headers["access-control-expose-headers"] == "retry-after"
