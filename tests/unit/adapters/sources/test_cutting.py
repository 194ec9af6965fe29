"""No key is kept with what was refused."""

import json

import pytest

from opportune.adapters.sources.cutting import without_keys
from opportune.adapters.sources.sifting import sift
from opportune.events.wire import Arrival


@pytest.mark.parametrize(
    "body",
    [
        b'{"writeKey":"wk_canary","type":"track"}',
        b'{"type":"track","writeKey" : "wk_canary" }',
        b'{"context":{"writeKey":"wk_\\"canary"}}',
        b'{"writekey":"wk_canary","x":1}',
        b'{"api_key":"wk_canary"}',
    ],
)
def test_a_key_is_cut_out_and_what_is_left_is_json(body: bytes) -> None:
    left = without_keys(body)
    assert b"canary" not in left
    json.loads(left)


def test_a_key_is_cut_out_of_what_is_no_json() -> None:
    assert without_keys(b'{"writeKey":"wk_canary","type') == b'{"writeKey":null,"type'
    assert b"canary" not in without_keys(b'{"writeKey":"wk_canary')


def test_all_else_stays() -> None:
    body = b'{"event":"writeKey","properties":{"a":"\\"b"}}'
    assert without_keys(body) == body


def test_a_dead_letter_has_what_it_takes_to_read_it_again_and_no_key() -> None:
    (letter,) = sift([b'{"writeKey":"wk_canary","userId":"ann"}'], Arrival(7, "2026-01-01", "track")).dead
    assert (letter.at, letter.code, letter.kind, letter.sent_at) == (7, "bad_name", "track", "2026-01-01")
    assert b"canary" not in letter.body and "canary" not in letter.reason
