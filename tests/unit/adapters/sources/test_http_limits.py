"""What is on its way in is bounded: by bytes, by events that wait, and by key."""

import gzip
import json

import pytest

from opportune.adapters.sources.http_limits import Limits, Place, Room
from opportune.adapters.sources.http_watched import watched
from opportune.errors import Overloaded
from opportune.events.batch import DEFAULT
from opportune.events.schema import Violations
from opportune.sending.rate_limit import RateLimit
from tests.unit.adapters.sources.requests import BASIC, Response, Taker, request, streamed

CALL = {"type": "track", "userId": "ann", "event": "Cart Updated"}


def called(taker: Taker, count: int = 1, *, key: str = "wk_test", **limits: object) -> Response:
    return request(taker.app(**limits), "/v1/batch", {"batch": [CALL] * count}, headers=bearer(key))


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_a_full_host_is_not_handed_more_and_the_body_is_not_even_read() -> None:
    taker = Taker()
    taker.is_full = True

    def parts() -> object:
        raise AssertionError("it was read")
        yield b""

    response = streamed(taker.app(), "/v1/batch", parts())  # type: ignore[arg-type]
    assert response is not None
    assert (response.status, response.said["code"], response.headers["retry-after"]) == (429, "overloaded", "1")
    taker.is_full = False
    assert called(taker).status == 200


def test_a_wrong_key_learns_nothing_of_a_full_host() -> None:
    taker = Taker()
    taker.is_full = True
    assert called(taker, key="wrong").status == 401


def test_bytes_under_way_are_bounded_packed_and_unpacked() -> None:
    taker, raw = Taker(), json.dumps({"batch": [CALL] * 100}).encode()
    app = taker.app(held_bytes=len(raw))
    assert request(app, "/v1/batch", raw).status == 200
    packed = gzip.compress(raw)
    refused = request(app, "/v1/batch", packed, headers=BASIC | {"content-encoding": "gzip"})
    assert (refused.status, refused.said["code"], refused.headers["retry-after"]) == (429, "overloaded", "1")
    assert len(taker.reads) == 100
    assert request(app, "/v1/batch", raw).status == 200  # what was held is given back


def test_a_room_is_shared_and_given_back() -> None:
    room = Room(10)
    one, other = Place(room), Place(room)
    one.take(6)
    with pytest.raises(Overloaded, match="6 bytes are waiting"):
        other.take(5)
    other.take(4)
    one.leave()
    one.leave()
    assert room.held == 4


def test_a_key_that_brings_too_much_waits_and_others_do_not() -> None:
    taker = Taker()
    app = taker.app(rate=RateLimit(10, burst=5))

    def brings(count: int, key: str = "wk_test") -> Response:
        return request(app, "/v1/batch", {"batch": [CALL] * count}, headers=bearer(key))

    assert brings(25).status == 200  # taken whole, and paid back by waiting
    refused = brings(1)
    assert (refused.status, refused.said["code"], refused.headers["retry-after"]) == (429, "rate_limited", "3")
    assert brings(1, "other").status == 200
    assert len(taker.reads) == 26
    taker.now += 2_100
    assert brings(1).status == 200


def test_a_key_in_the_body_is_limited_alike() -> None:
    taker = Taker()
    app = taker.app(rate=RateLimit(1))
    body = {"batch": [CALL], "writeKey": "wk_test"}
    assert [request(app, "/v1/batch", body, headers={}).status for _ in range(2)] == [200, 429]
    assert len(taker.reads) == 1


def test_without_a_rate_nobody_waits() -> None:
    assert (Limits().rate, Limits().bounds) == (None, DEFAULT)


def test_an_admin_key_brings_no_events() -> None:
    for headers, key in ((bearer("ak_test"), None), ({}, "ak_test")):
        taker = Taker()
        response = request(taker.app(), "/v1/batch", {"batch": [CALL], "writeKey": key}, headers=headers)
        assert (response.status, response.said["code"]) == (403, "wrong_key_kind")
        assert taker.reads == []


def test_an_erased_users_event_is_refused_by_its_place() -> None:
    taker = Taker(erased=["bob"])
    calls = [CALL | {"userId": name, "messageId": name} for name in ("ann", "bob", "cay")]
    response = request(taker.app(), "/v1/batch", {"batch": calls})
    assert (response.said["accepted"], [(each["index"], each["code"]) for each in response.said["rejected"]]) == (
        2,
        [(1, "erased_user")],
    )
    single = request(Taker(erased=["bob"]).app(), "/v1/track", calls[1])
    assert (single.status, single.said["code"]) == (400, "erased_user")


def test_a_repeat_that_says_something_else_is_told() -> None:
    first = CALL | {"messageId": "m1"}
    for other, conflicts in (({}, None), ({"properties": {"v": 2}}, 1), ({"userId": "bob"}, 1)):
        response = request(Taker(known=["m1"]).app(), "/v1/batch", {"batch": [first, first | other]})
        assert (response.said["duplicates"], response.said.get("conflicting")) == (1, conflicts)


def test_what_well_known_events_do_not_say_is_counted_and_refused_nowhere() -> None:
    violations, taker = Violations(), Taker()
    taken = watched(taker, violations)

    class Watched(Taker):
        async def __call__(self, reads: list, dead: list) -> object:  # type: ignore[override, type-arg]
            return await taken(reads, dead)

    calls = [
        CALL | {"event": "Cart Abandoned", "properties": {"revenue": "1e400"}},
        CALL | {"event": "Cart Abandoned "},
    ]
    assert request(Watched().app(), "/v1/batch", {"batch": calls}).said["accepted"] == 2
    assert violations.counts == {
        ("Cart Abandoned", "revenue", "wrong_type"): 1,
        ("Cart Abandoned ", "event", "similar_name"): 1,
    }
