"""What real clients of Segment and RudderStack put on the wire is taken, every call of it."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from opportune.events.event import Event
from tests.unit.adapters.sources.requests import Taker, request

RECORDINGS = sorted((Path(__file__).parents[3] / "recordings").glob("*.json"))


def replayed(path: Path) -> tuple[Taker, Any, dict[str, Any]]:
    recording = json.loads(path.read_text("utf-8"))
    body = recording["body"]
    raw = json.dumps(body).encode() if body else b""
    headers = {name.lower(): value for name, value in recording["headers"].items()}
    if headers.get("content-encoding") == "gzip":
        raw = gzip.compress(raw)
    taker = Taker()
    return taker, request(taker.app(), recording["path"], raw, method=recording["method"], headers=headers), recording


def test_there_are_recordings_of_every_client() -> None:
    assert len(RECORDINGS) == 35
    assert {path.name.split("-")[0] for path in RECORDINGS} == {
        "rudnode",
        "rudpy",
        "segbrowser",
        "segnode",
        "segpy",
        "segpygz",
    }


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_a_recording_is_taken_in_full(path: Path) -> None:
    taker, response, recording = replayed(path)
    if recording["method"] == "OPTIONS":
        assert response.status == 204
        return
    calls = recording["body"].get("batch", [recording["body"]])
    assert response.status == 200
    assert taker.dead == []
    assert "madeIds" not in response.said
    assert response.said.get("accepted", 1) == len(calls)
    events = [read for read in taker.reads if isinstance(read, Event)]
    assert [event.id for event in events] == [call["messageId"] for call in calls if call["type"] != "alias"]
    assert all(event.stated_at and event.sent_at and event.at <= event.received_at for event in events)


def test_the_browsers_zone_arrives_with_its_events() -> None:
    path = next(path for path in RECORDINGS if path.stem == "segbrowser-06")
    (event,) = replayed(path)[0].reads
    assert isinstance(event, Event)
    assert json.loads(event.context)["timezone"] == "UTC"
