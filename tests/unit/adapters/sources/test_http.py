"""The ingest application, request by request."""

import gzip
import itertools
import json
import tracemalloc
from base64 import b64encode

import pytest

from opportune.errors import Overloaded, Unavailable
from opportune.events.alias import Alias
from opportune.events.batch import Bounds
from opportune.events.event import Event
from tests.unit.adapters.sources.requests import BASIC, NOW, Response, Taker, request, streamed

CALL = {"type": "track", "userId": "ann", "event": "Cart Updated", "messageId": "m1"}
BROKEN = {"type": "trak", "userId": "ann", "event": "Cart Updated", "messageId": "m2"}


def basic(key: str) -> dict[str, str]:
    return {"authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}


def gzipped(body: bytes, **headers: str) -> Response:
    return request(Taker().app(), "/v1/batch", body, headers=BASIC | {"content-encoding": "gzip"} | headers)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/track", "Cart Updated"),
        ("/v1/t", "Cart Updated"),
        ("/v1/identify", "Identified"),
        ("/v1/i", "Identified"),
        ("/v1/page", "Page Viewed"),
        ("/v1/p", "Page Viewed"),
        ("/v1/screen", "Screen Viewed"),
        ("/v1/s", "Screen Viewed"),
        ("/v1/group", "Grouped"),
        ("/v1/g", "Grouped"),
    ],
)
def test_the_path_says_what_a_call_is(path: str, name: str) -> None:
    taker = Taker()
    call = {"userId": "ann", "event": "Cart Updated", "groupId": "g", "messageId": "m1"}
    assert request(taker.app(), path, call).said == {"success": True}
    assert [read.name for read in taker.reads if isinstance(read, Event)] == [name]


@pytest.mark.parametrize("path", ["/v1/alias", "/v1/a"])
def test_an_alias_is_handed_on(path: str) -> None:
    taker = Taker()
    assert request(taker.app(), path, {"userId": "ann", "previousId": "anon", "messageId": "m1"}).status == 200
    assert taker.reads == [Alias("m1", "anon", "ann", NOW, NOW)]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b"])
def test_a_batch_with_a_broken_call_keeps_the_others(path: str) -> None:
    taker = Taker()
    response = request(taker.app(), path, {"batch": [CALL, BROKEN, CALL]})
    assert response.status == 200
    assert response.headers["content-type"] == "application/json"
    rejected = {"index": 1, "code": "unknown_type", "message": "type: unknown type trak; did you mean track?"}
    assert response.said == {"success": True, "accepted": 2, "rejected": [rejected]}
    assert len(taker.reads) == 2
    (dead,) = taker.dead
    assert (dead.at, dead.code, json.loads(dead.body)) == (NOW, "unknown_type", BROKEN)


def test_a_single_broken_call_is_refused_and_kept_as_a_dead_letter() -> None:
    taker = Taker()
    response = request(taker.app(), "/v1/track", BROKEN)
    assert (response.status, response.said) == (
        400,
        {"success": False, "code": "unknown_type", "message": "type: unknown type trak; did you mean track?"},
    )
    assert [letter.code for letter in taker.dead] == ["unknown_type"]


def test_duplicates_and_made_ids_are_told() -> None:
    made = {"type": "track", "userId": "ann", "event": "Cart Updated"}
    response = request(Taker(known=["m1"]).app(), "/v1/batch", {"batch": [CALL, made]})
    (told,) = response.said.pop("madeIds")
    assert response.said == {"success": True, "accepted": 2, "duplicates": 1, "rejected": []}
    assert told["index"] == 1
    assert told["messageId"].startswith("made:")


# Who may write


@pytest.mark.parametrize(
    ("headers", "body_key"),
    [
        (basic("wk_test"), None),
        (basic("other"), "wrong"),
        ({"authorization": "Bearer wk_test"}, None),
        ({"authorization": "bearer wk_test"}, None),
        ({}, "wk_test"),
        (basic(""), "wk_test"),
        ({"authorization": "Bearer "}, "other"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch"])
def test_a_key_is_taken_from_basic_user_bearer_token_or_body(
    headers: dict[str, str], body_key: str | None, path: str
) -> None:
    body = {"batch": [CALL], "writeKey": body_key} if path == "/v1/batch" else CALL | {"writeKey": body_key}
    assert request(Taker().app(), path, body, headers=headers).status == 200


@pytest.mark.parametrize(
    ("headers", "body_key", "says"),
    [
        ({}, None, "missing"),
        ({}, "wrong", "unknown"),
        (basic("wrong"), "wk_test", "unknown"),
        (basic("wk_tes"), None, "unknown"),
        ({"authorization": "Basic !"}, "wk_test", "base64"),
        ({"authorization": "Digest x"}, "wk_test", "must be Basic or Bearer"),
        ({"authorization": "Bearer schlüssel"}, None, "unknown"),
    ],
)
def test_without_a_known_key_nothing_is_taken(headers: dict[str, str], body_key: str | None, says: str) -> None:
    taker = Taker()
    response = request(taker.app(), "/v1/batch", {"batch": [CALL], "writeKey": body_key}, headers=headers)
    assert (response.status, response.said["code"]) == (401, "unknown_key")
    assert says in response.said["message"]
    assert response.headers["www-authenticate"] == "Bearer"
    assert taker.reads == []


# Bodies


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "text/plain", "", "application/x+json"]
)
def test_json_may_call_itself_text_or_nothing(kind: str) -> None:
    headers = BASIC | ({"content-type": kind} if kind else {})
    assert request(Taker().app(), "/v1/track", CALL, headers=headers).status == 200


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "image/png", "multipart/form-data"])
def test_other_types_are_refused(kind: str) -> None:
    response = request(Taker().app(), "/v1/track", CALL, headers=BASIC | {"content-type": kind})
    assert (response.status, response.said["code"]) == (415, "unsupported_type")


def test_packed_json_may_call_itself_a_form() -> None:
    packed = gzip.compress(json.dumps({"batch": [CALL]}).encode())
    assert gzipped(packed, **{"content-type": "application/x-www-form-urlencoded"}).said["accepted"] == 1


@pytest.mark.parametrize("encoding", ["br", "zstd", "deflate", "gzip, gzip"])
def test_other_encodings_are_refused_and_the_known_ones_named(encoding: str) -> None:
    response = request(Taker().app(), "/v1/batch", b"x", headers=BASIC | {"content-encoding": encoding})
    assert (response.status, response.said["code"]) == (415, "unsupported_encoding")
    assert "gzip or identity" in response.said["message"]


PACKED = gzip.compress(b'{"batch":[]}', mtime=0)


@pytest.mark.parametrize(
    "body",
    [
        PACKED[:-1],
        PACKED[:5],
        b"",
        b'{"batch":[]}',
        gzip.compress(PACKED, mtime=0),
        PACKED + b"x",
        PACKED[:15] + b"\xff\xff" + PACKED[17:],
    ],
)
def test_a_body_that_is_no_gzip_is_refused(body: bytes) -> None:
    response = gzipped(body)
    assert (response.status, response.said["code"]) == (400, "bad_gzip")


def test_a_bomb_is_unpacked_no_further_than_the_bound() -> None:
    bomb = gzip.compress(bytes(2**28), 9)
    tracemalloc.start()
    response = gzipped(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (response.status, response.said["code"]) == (413, "body_too_large")
    assert peak < 16 * 1024 * 1024


def test_a_body_without_end_is_cut_off_at_the_bound() -> None:
    read = itertools.count()
    parts = (b"x" * 65_536 for _ in read)
    response = streamed(Taker().app(), "/v1/batch", parts)
    assert response is not None
    assert (response.status, response.headers["connection"]) == (413, "close")
    assert next(read) <= 66


def test_a_client_that_hangs_up_gets_no_answer_and_leaves_nothing() -> None:
    taker = Taker()
    assert streamed(taker.app(), "/v1/batch", iter([b'{"batch":[', None])) is None
    assert taker.reads == []


def test_a_body_in_parts_is_one_body() -> None:
    raw = json.dumps(CALL).encode()
    response = streamed(Taker().app(), "/v1/track", iter([raw[:10], raw[10:]]))
    assert response is not None
    assert response.status == 200


def test_the_bounds_are_named_and_themselves_inside() -> None:
    def padded(size: int) -> bytes:
        head = json.dumps(CALL | {"properties": {"s": ""}})
        return head.replace('""', '"' + "x" * (size - len(head)) + '"').encode()

    taken, refused = (request(Taker().app(), "/v1/track", padded(32_768 + more)) for more in (0, 1))
    assert (taken.status, refused.status, refused.said["code"]) == (200, 400, "too_large")
    assert "32768" in refused.said["message"]
    taken, refused = (request(Taker().app(), "/v1/batch", {"batch": [CALL] * count}) for count in (2_500, 10_001))
    assert (taken.said["accepted"], refused.status, refused.said["code"]) == (2_500, 400, "too_many_calls")
    small = request(Taker().app(Bounds(body_bytes=10)), "/v1/batch", {"batch": [CALL]})
    assert (small.status, small.said["code"]) == (413, "body_too_large")


# Paths, methods, pages


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/", "/v1/x", "/v1/batch/", "//v1/batch", "/v1/../etc/passwd", "/v1/batch;x", "/" + "x" * 65_536],
)
def test_an_unknown_path_is_not_found(path: str) -> None:
    response = request(Taker().app(), path, CALL)
    assert (response.status, response.said["code"]) == (404, "unknown_path")
    assert len(response.said["message"]) < 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_wrong_method_is_told_the_right_one(method: str) -> None:
    response = request(Taker().app(), "/v1/batch", method=method)
    assert (response.status, response.said["code"], response.headers["allow"]) == (405, "wrong_method", "POST, OPTIONS")
    assert request(Taker().app(), "/healthz").headers["allow"] == "GET, OPTIONS"


def test_health_is_told_without_a_key() -> None:
    assert request(Taker().app(), "/healthz", method="GET", headers={}).said == {"success": True}


def test_every_page_may_send_and_read_the_answer() -> None:
    asked = {"origin": "https://shop.example", "access-control-request-method": "POST"}
    preflight = request(Taker().app(), "/v1/t", method="OPTIONS", headers=asked)
    assert (preflight.status, preflight.said) == (204, None)
    assert "authorization" in preflight.headers["access-control-allow-headers"]
    for path in ("/v1/t", "/v1/nowhere"):
        assert request(Taker().app(), path, CALL).headers["access-control-allow-origin"] == "*"


# When the host cannot take it


def test_overload_asks_to_come_again() -> None:
    response = request(Taker(failure=Overloaded("10000 calls are waiting")).app(), "/v1/track", CALL)
    assert (response.status, response.said["code"], response.headers["retry-after"]) == (429, "overloaded", "1")


def test_an_unusable_disk_is_no_success() -> None:
    response = request(Taker(failure=Unavailable("disk is full")).app(), "/v1/track", CALL)
    assert (response.status, response.said["code"]) == (503, "unavailable")
