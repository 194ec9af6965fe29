"""Whatever is sent, a call is an event, an alias or a refusal with a reason; nothing else can happen."""

import json

from hypothesis import given
from hypothesis import strategies as st

from opportune.errors import EventError
from opportune.events.alias import Alias
from opportune.events.batch import DEFAULT, unpacked
from opportune.events.event import Event
from opportune.events.wire import KINDS, Arrival, read

NOW = 1_795_298_880_000
FIELDS = [
    "type", "userId", "anonymousId", "previousId", "groupId", "messageId", "event", "name", "category", "timestamp",
    "originalTimestamp", "sentAt", "properties", "traits", "context",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(KINDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=4), inner),
    max_leaves=8,
)
CALLS = st.fixed_dictionaries({"type": st.sampled_from(KINDS), "userId": st.text(min_size=1, max_size=4)}) | st.just({})


@given(CALLS, st.dictionaries(st.sampled_from(FIELDS), VALUES))
def test_a_call_is_read_or_refused_with_a_reason(call: dict[str, object], more: dict[str, object]) -> None:
    raw = json.dumps(call | more).encode()
    try:
        found = read(raw, Arrival(NOW))
    except EventError as refused:
        assert refused.code
        assert str(refused)
        return
    *aliases, last = found
    assert all(isinstance(alias, Alias) for alias in aliases)
    assert last.id and last.user
    assert 0 <= last.at <= NOW
    if isinstance(last, Event):
        assert last.name
        assert isinstance(json.loads(last.properties), dict)
        assert isinstance(json.loads(last.context), dict)
    assert read(raw, Arrival(NOW)) == found


@given(st.binary(max_size=40) | st.dictionaries(st.sampled_from(["batch", "sentAt", "writeKey"]), VALUES))
def test_a_body_is_taken_apart_or_refused_with_a_reason(body: bytes | dict[str, object]) -> None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    for is_batch in (False, True):
        try:
            delivery = unpacked(raw, DEFAULT, is_batch=is_batch)
        except EventError as refused:
            assert refused.code
            assert str(refused)
            continue
        assert all(isinstance(call, bytes) for call in delivery.calls)
