"""The wrapper around calls: what is unreadable, and what is saved of a batch with a broken call."""

import json

import pytest

from opportune.errors import EventError
from opportune.events.batch import DEFAULT, Bounds, Delivery, unpacked
from opportune.events.wire import Arrival, read

NOW = 1_795_298_880_000
CALL = {"type": "track", "userId": "ann", "event": "Cart Updated", "messageId": "m1"}


def batch(body: bytes) -> Delivery:
    return unpacked(body, DEFAULT, is_batch=True)


def refusal(body: bytes, *, is_batch: bool = True, bounds: Bounds = DEFAULT) -> EventError:
    with pytest.raises(EventError) as refused:
        unpacked(body, bounds, is_batch=is_batch)
    return refused.value


def test_a_batch_says_who_sends_and_when() -> None:
    body = json.dumps({"batch": [CALL, CALL], "sentAt": "2026-11-21", "writeKey": "wk", "context": {}}).encode()
    assert batch(body) == Delivery([json.dumps(CALL).encode()] * 2, "2026-11-21", "wk")
    assert batch(b'{"batch":[]}') == Delivery([], None, None)


def test_a_byte_order_mark_is_passed_over() -> None:
    assert batch(b'\xef\xbb\xbf {"batch":[7]}\n').calls == [b"7"]
    assert unpacked(b'\xef\xbb\xbf{"writeKey":"wk"}', DEFAULT, is_batch=False) == Delivery(
        [b'{"writeKey":"wk"}'], None, "wk"
    )


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (b"", "empty_body", "empty body"),
        (b" \n", "empty_body", "empty body"),
        (b"{oops", "not_json", "byte 1"),
        (b"null", "not_an_object", "expected an object"),
        (b"[]", "not_an_object", "batch: [...]"),
        (b"nul", "not_json", "not JSON"),
        (b"{}", "wrong_type", "batch"),
        (b'{"batch":7}', "wrong_type", "array"),
        (b'{"batch":[],"sentAt":{}}', "wrong_type", "sentAt"),
        (b'{"batch":[],"batch":[1]}', "duplicate_key", "batch"),
        (b'{"batch":[1],"batch":[1]}', "duplicate_key", "batch"),
        (b'{"batch":[],"writeKey":"a","writeKey":"b"}', "duplicate_key", "writeKey"),
        (b'{"batch":[' + b"[" * 5000 + b"]" * 5000 + b"]}", "too_deep", "32"),
        (b'{"x":' + b"[" * 900 + b"]" * 900 + b',"batch":[]}', "too_deep", "32"),
        (b'{"batch":[NaN],"a":1,"a":2}', "duplicate_key", "a"),
        (b'{"batch":[NaN],"sentAt":NaN}', "not_json", "NaN"),
        (b'{"batch":NaN}', "not_json", "NaN"),
        (b'{"batch":[' + b"1," * 2500 + b"1]}", "too_many_calls", "at most 2500"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(body: bytes, code: str, says: str) -> None:
    error = refusal(body)
    assert (error.code, says in str(error)) == (code, True), str(error)


def test_a_single_call_must_be_an_object() -> None:
    assert refusal(b"null", is_batch=False).code == "not_an_object"
    assert refusal(b"nul", is_batch=False).code == "not_json"
    assert unpacked(b"{oops", DEFAULT, is_batch=False) == Delivery([b"{oops"], None, None)  # reading it will say


def test_a_body_beyond_its_bound_is_refused() -> None:
    assert refusal(b'{"batch":[]}', bounds=Bounds(body_bytes=11)).code == "body_too_large"


@pytest.mark.parametrize(
    "broken",
    [
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b'{"a":"\\ud800"}',
        b'{"a":1e999}',
        b'{"a":"\xff"}',
        b'{"a":1,"a":2}',
        b"7",
        b"null",
    ],
)
def test_one_broken_call_costs_only_itself(broken: bytes) -> None:
    sound = json.dumps(CALL).encode()
    delivery = batch(b'{"batch":[' + sound + b"," + broken + b"," + sound + b'],"sentAt":"2026-11-21","writeKey":"wk"}')
    assert len(delivery.calls) == 3
    assert (delivery.sent_at, delivery.write_key) == ("2026-11-21", "wk")
    for call in (delivery.calls[0], delivery.calls[2]):
        assert read(call, Arrival(NOW))[0].id == "m1"
    with pytest.raises(EventError):
        read(delivery.calls[1], Arrival(NOW))


@pytest.mark.parametrize(
    "sent_at", [b"true", b"1" + b"0" * 40, b"9223372036854775808", b"1e999", b"NaN", b'"\\ud800"', b"[]"]
)
def test_what_a_batch_with_a_broken_call_says_of_its_sending_can_be_kept_or_is_refused(sent_at: bytes) -> None:
    assert refusal(b'{"batch":[{"a":NaN}],"sentAt":' + sent_at + b"}").code in ("not_json", "bad_text")


def test_such_a_batch_may_say_it_as_any_other() -> None:
    for said, sent_at in ((b"1795298880.5", 1_795_298_880.5), (b"7", 7), (b"null", None), (b'"2026"', "2026")):
        assert batch(b'{"batch":[{"a":NaN}],"sentAt":' + said + b"}").sent_at == sent_at


@pytest.mark.parametrize(
    "body",
    [
        b'{"batch":[{"a":1},{"b":2}]}',
        b'{"note":[{"a":1},{"b":2}],"batch" :\r\n [{"a":1},{"b":2}] }',
        b'{"note":{"batch":[{"a":1}]},"batch":[{"a":1},{"b":2}]}',
        b'{"b\\u0061tch":[{"a":1},{"b":2}],"note":"\\"batch\\":[]"}',
    ],
)
def test_the_calls_are_found_wherever_and_however_their_key_stands(body: bytes) -> None:
    assert batch(body).calls == [b'{"a":1}', b'{"b":2}']


def test_a_key_that_stands_twice_beside_the_calls_is_refused_however_often_their_text_stands() -> None:
    assert refusal(b'{"note":[1],"note":[1],"batch":[1]}').code == "duplicate_key"
