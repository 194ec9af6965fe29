import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from opportune.errors import EventError
from opportune.events.event import Event
from opportune.events.wire import Arrival, read
from opportune.wiring.mapping import Columns, call_of

NOW = 1_790_000_000_000


def event(cells: dict[str, object], **columns: object) -> Event:
    (found,) = read(call_of(cells, Columns(**columns)), Arrival(NOW))  # type: ignore[arg-type]
    assert isinstance(found, Event)
    return found


def test_usual_names_of_columns_are_known_and_all_others_are_properties() -> None:
    found = event({"user_id": 7, "event": "Read", "timestamp": "2026-01-02T03:04:05Z", "title": "A", "gone": None})
    assert (found.user, found.name, found.at) == ("7", "Read", 1_767_323_045_000)
    assert json.loads(found.properties) == {"title": "A"}


def test_columns_can_be_named_and_one_event_stand_for_all_rows() -> None:
    named = {"user": "kunde", "at": "zeit"}
    found = event({"kunde": "ann", "zeit": 1_767_323_045, "event": "x"}, named=named, event="Order Completed")
    assert (found.user, found.name, found.at) == ("ann", "Order Completed", 1_767_323_045_000)
    assert json.loads(found.properties) == {"event": "x"}


def test_a_row_of_traits_is_an_identify_call() -> None:
    found = event({"id": "u-1", "user": "ann", "at": "2026-01-01", "email": "a@example.com"}, kind="identify")
    assert (found.id, found.name, json.loads(found.properties)) == ("u-1", "Identified", {"email": "a@example.com"})


def test_a_row_that_is_a_call_stays_what_it_is() -> None:
    call = {"type": "track", "userId": "ann", "event": "Read", "messageId": "m1", "timestamp": "2026-01-01"}
    assert json.loads(call_of(call, Columns())) == call


def test_what_our_own_export_writes_is_read_back() -> None:
    exported = {
        "id": "m1",
        "user": "ann",
        "name": "Read",
        "at": 1_767_323_045_000,
        "received_at": 1_767_323_046_000,
        "seq": 12,
        "properties": '{"title": "A"}',
        "context": '{"timezone": "Asia/Tokyo"}',
        "is_history": False,
    }
    found = event(exported)
    assert (found.id, found.name, found.at, found.seq) == ("m1", "Read", 1_767_323_045_000, 0)
    assert json.loads(found.properties) == {"title": "A"}
    assert json.loads(found.context) == {"timezone": "Asia/Tokyo"}


def test_equal_rows_are_one_event_and_rows_that_differ_are_not() -> None:
    row: dict[str, object] = {"user": "ann", "event": "Read", "at": "2026-01-01", "n": 1}
    assert event(row).id == event(dict(reversed(row.items()))).id != event(row | {"n": 2}).id


def test_an_instant_in_another_form_needs_the_form() -> None:
    row: dict[str, object] = {"user": "ann", "event": "Read", "at": "01/02/2025"}
    with pytest.raises(EventError, match="not ISO 8601"):
        event(row)
    berlin = ZoneInfo("Europe/Berlin")
    assert event(row, form="%d/%m/%Y", zone=berlin).at == 1_738_364_400_000  # midnight in Berlin on the 1st of February
    with pytest.raises(EventError, match="is not written as '%d/%m/%Y' says"):
        event(row | {"at": "13/13/2025"}, form="%d/%m/%Y")


def test_a_zone_is_only_for_instants_that_state_none() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    row: dict[str, object] = {"user": "ann", "event": "Read"}
    assert event(row | {"at": "2026-01-01T09:00:00"}, zone=tokyo).at == 1_767_225_600_000
    assert event(row | {"at": "2026-01-01T00:00:00Z"}, zone=tokyo).at == 1_767_225_600_000
    assert event(row | {"at": datetime(2026, 1, 1, tzinfo=UTC)}).at == 1_767_225_600_000


def test_a_row_that_does_not_say_when_is_refused() -> None:
    with pytest.raises(EventError, match="its column does not say when it happened"):
        event({"user": "ann", "event": "Read", "at": None})
    with pytest.raises(EventError, match="no column says when it happened; name one of 'user', 'when' with --map at="):
        event({"user": "ann", "when": "today"})
    with pytest.raises(EventError, match="there is no column 'wen'; there are 'user', 'when'"):
        event({"user": "ann", "when": "today"}, named={"at": "wen"})
    with pytest.raises(EventError, match="column 'when' does not say when it happened"):
        event({"user": "ann", "when": None}, named={"at": "when"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a":' * 33 + "1" + "}" * 33, "too_deep"),
        ('{"a":' * 100_000, "too_deep"),
        ('{"a":' + "9" * 40 + "}", "number_out_of_range"),
        ('{"a":1,"a":2}', "duplicate_key"),
    ],
)
@pytest.mark.parametrize("name", ["properties", "context"])
def test_an_object_in_a_cell_keeps_to_what_an_event_may_say(name: str, text: str, code: str) -> None:
    with pytest.raises(EventError) as refused:
        event({"user": "ann", "event": "Read", "at": 1, name: text})
    assert refused.value.code == code


def test_a_cell_that_only_begins_as_an_object_is_a_text() -> None:
    assert json.loads(event({"user": "ann", "event": "Read", "at": 1, "properties": "{a"}).properties) == {
        "properties": "{a"
    }
