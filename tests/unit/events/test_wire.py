"""What each call of an analytics client means, and which calls are refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.errors import EventError
from opportune.events import names
from opportune.events.alias import Alias
from opportune.events.batch import Bounds
from opportune.events.event import Event
from opportune.events.wire import Arrival, Kind, Read, read
from opportune.features.traits import ZONE_TRAIT, traits_of

NOW = 1_795_298_880_000
HOUR = 3_600_000


def reads(*, sent_at: str | int | None = None, kind: Kind | None = None, **call: object) -> tuple[Read, ...]:
    return read(json.dumps(call).encode(), Arrival(NOW, sent_at, kind))


def event(*, sent_at: str | int | None = None, **call: object) -> Event:
    found = reads(sent_at=sent_at, **{"type": "track", "userId": "ann", "event": "Cart Updated"} | call)[-1]
    assert isinstance(found, Event)
    return found


def refusal(**call: object) -> EventError:
    with pytest.raises(EventError) as refused:
        reads(**{"type": "track", "userId": "ann", "event": "Cart Updated"} | call)
    return refused.value


def test_a_track_call_is_an_event_with_the_bytes_it_came_with() -> None:
    raw = b'{"type":"track","userId":"ann","event":"Cart Updated","messageId":"m1","properties":{"v" : 1},'
    raw += b'"context":{"a":2}}'
    assert read(raw, Arrival(NOW)) == (
        Event("m1", "ann", "Cart Updated", NOW, NOW, properties=b'{"v" : 1}', context=b'{"a":2}'),
    )


def test_without_properties_there_are_none() -> None:
    assert (event().properties, event(properties=None).properties, event(context=None).context) == (b"{}",) * 3


def test_a_page_and_a_screen_call_bring_their_name_and_category() -> None:
    page = event(type="page", name="Home", category="Docs", properties={"url": "/"})
    assert (page.name, json.loads(page.properties)) == (
        names.PAGE_VIEWED,
        {"name": "Home", "category": "Docs", "url": "/"},
    )
    assert event(type="screen").name == names.SCREEN_VIEWED
    assert event(type="screen", name="", properties={"a": 1}).properties == b'{"a": 1}'
    assert json.loads(event(type="page", name="Home", properties={"name": "Own"}).properties) == {"name": "Own"}


def test_an_identify_call_brings_traits_from_where_the_client_puts_them() -> None:
    assert event(type="identify", traits={"plan": "pro"}).name == names.IDENTIFIED
    assert event(type="identify", traits={"plan": "pro"}).properties == b'{"plan": "pro"}'
    assert event(type="identify", context={"traits": {"plan": "pro"}}).properties == b'{"plan": "pro"}'
    assert event(type="identify", traits={}, context={"traits": {"a": 1}}).properties == b'{"a": 1}'
    assert event(type="identify").properties == b"{}"


def test_a_group_call_brings_the_group_and_its_traits() -> None:
    grouped = event(type="group", groupId=7, traits={"plan": "pro"})
    assert (grouped.name, json.loads(grouped.properties)) == (names.GROUPED, {"groupId": "7", "plan": "pro"})
    assert refusal(type="group").code == "missing_group"


def test_a_group_is_a_trait_of_the_user_and_so_are_its_traits() -> None:
    traits = {"plan": "pro", "seats": 5, "id": "x", "left": None, "address": {"city": "Oslo"}, "tags": ["a"]}
    own = {"traits": {"age": 40, "group_seats": 6}, "timezone": "Europe/Oslo"}
    grouped = event(type="group", groupId="g1", traits=traits, context=own)
    assert json.loads(grouped.properties) == {"groupId": "g1", **traits}
    context = json.loads(grouped.context)
    said = {"group_id": "g1", "group_plan": "pro", "group_seats": 6, "group_left": None, "age": 40}
    assert context == {"timezone": "Europe/Oslo", "traits": said}
    assert traits_of(grouped.name, json.loads(grouped.properties), context) == {ZONE_TRAIT: "Europe/Oslo", **said}


def test_a_group_call_without_traits_still_says_the_group() -> None:
    assert json.loads(event(type="group", groupId="g1", traits=None).context) == {"traits": {"group_id": "g1"}}


def test_an_alias_call_joins_two_ids() -> None:
    assert reads(type="alias", previousId="anon", userId="ann", messageId="m1") == (
        Alias("m1", "anon", "ann", NOW, NOW),
    )
    assert reads(type="alias", anonymousId="anon", userId="ann", messageId="m1") == (
        Alias("m1", "anon", "ann", NOW, NOW),
    )


def test_an_identify_with_both_ids_joins_them_before_its_event() -> None:
    found = reads(type="identify", userId="ann", anonymousId="anon", messageId="m1")
    assert found[0] == Alias("alias:m1", "anon", "ann", NOW, NOW)
    assert isinstance(found[1], Event)
    assert len(reads(type="identify", userId="ann", anonymousId="ann")) == 1
    assert len(reads(type="identify", anonymousId="anon")) == 1


@pytest.mark.parametrize("call", [{"userId": "ann"}, {"previousId": "anon"}, {"userId": "ann", "previousId": ""}])
def test_an_alias_needs_both_ids(call: dict[str, str]) -> None:
    assert refusal(**{"type": "alias", "userId": None} | call).code == "missing_user"


def test_an_alias_to_itself_is_refused() -> None:
    assert refusal(type="alias", userId="ann", previousId="ann").code == "self_alias"


def test_the_anonymous_id_stands_in_for_a_missing_user() -> None:
    assert event(userId=None, anonymousId="anon").user == "anon"
    assert event(userId="", anonymousId="anon").user == "anon"
    assert event(anonymousId="anon").user == "ann"
    assert event(userId=12).user == "12"


@pytest.mark.parametrize(
    ("call", "code", "says"),
    [
        ({"userId": None}, "missing_user", "userId"),
        ({"userId": " "}, "bad_id", "blank userId"),
        ({"userId": "x" * 513}, "bad_id", "longer than 512 bytes"),
        ({"userId": "é" * 257}, "bad_id", "longer than 512 bytes"),
        ({"userId": "a\u0000b"}, "bad_id", "control character"),
        ({"userId": "a\u0085b"}, "bad_id", "control character"),
        ({"userId": "[object Object]"}, "placeholder_user", "placeholder"),
        ({"userId": 0}, "placeholder_user", "placeholder"),
        ({"anonymousId": "Undefined"}, "placeholder_user", "anonymousId"),
        ({"userId": 1.5}, "wrong_type", "userId"),
        ({"userId": True}, "wrong_type", "userId"),
        ({"messageId": "a\nb"}, "bad_id", "messageId"),
        ({"event": " "}, "bad_name", "event"),
        ({"event": "x" * 201}, "bad_name", "longer than 200"),
        ({"event": "a\nb"}, "bad_name", "control character"),
        ({"event": 5}, "wrong_type", "event"),
        ({"properties": "x"}, "wrong_type", "properties"),
        ({"context": []}, "wrong_type", "context"),
        ({"type": "identify", "context": {"traits": 1}}, "wrong_type", "context.traits"),
        ({"type": "trak"}, "unknown_type", "did you mean track"),
        ({"type": "zzz"}, "unknown_type", "one of track, identify"),
        ({"type": None}, "unknown_type", "missing"),
        ({"type": ""}, "unknown_type", "missing"),
        ({"timestamp": "0001-01-01T00:00:00Z"}, "bad_instant", "too old"),
        ({"timestamp": True}, "wrong_type", "timestamp"),
        ({"sentAt": "yesterday"}, "bad_instant", "sentAt"),
        ({"properties": {"s": "x" * 33_000}}, "too_large", "at most 32768 bytes"),
        ({"event": "Message Failed"}, "reserved_name", "engine"),
        ({"event": "User Merged"}, "reserved_name", "engine"),
        ({"event": "x", "messageId": "receipt-abc-1"}, "reserved_id", "own"),
        ({"event": "x", "messageId": "unsubscribe-abc"}, "reserved_id", "own"),
        ({"event": "Message Sent", "properties": {"decision": None}}, "reserved_name", "decision"),
    ],
)
def test_a_call_is_refused_with_field_and_remedy(call: dict[str, object], code: str, says: str) -> None:
    error = refusal(**call)
    assert (error.code, says in str(error)) == (code, True), str(error)


@pytest.mark.parametrize("name", sorted(names.INTERNAL))
def test_no_client_may_speak_in_the_engines_name(name: str) -> None:
    assert refusal(event=name).code == "reserved_name"


def test_what_is_no_object_is_refused() -> None:
    for raw in (b"null", b"[]", b"7"):
        with pytest.raises(EventError) as refused:
            read(raw, Arrival(NOW))
        assert refused.value.code == "not_an_object"


@pytest.mark.parametrize("name", ["properties", "context", "traits"])
def test_a_text_where_an_object_belongs_is_refused_wherever_its_letters_are_cut(name: str) -> None:
    for length in range(16, 24):
        text = json.dumps("é" * length, ensure_ascii=False)
        raw = f'{{"type":"identify","userId":"ann","{name}":{text}}}' if name == "traits" else None
        raw = raw or f'{{"type":"track","userId":"ann","event":"x","{name}":{text}}}'
        with pytest.raises(EventError, match=f"{name}: expected an object") as refused:
            read(raw.encode(), Arrival(NOW))
        assert refused.value.code == "wrong_type"


def test_another_system_may_report_its_sends() -> None:
    assert event(event="Message Sent", properties={"channel": "email"}).name == names.MESSAGE_SENT


@pytest.mark.parametrize("user", ["../../etc/passwd", "u1:email", "{{7*7}}", "<script>", "Ünï 😀", "x" * 512])
def test_ids_are_opaque(user: str) -> None:
    assert event(userId=user).user == user


def test_names_are_kept_as_they_are() -> None:
    assert event(event="Cart Updated ").name == "Cart Updated "
    assert event(event="__proto__").name == "__proto__"


def test_nul_in_a_property_is_stored_exactly() -> None:
    assert json.loads(event(properties={"s": "a\u0000b"}).properties) == {"s": "a\u0000b"}


def test_placeholders_are_a_setting() -> None:
    raw = json.dumps({"type": "track", "userId": "test", "event": "x"}).encode()
    found = read(raw, Arrival(NOW, bounds=Bounds(placeholders=frozenset())))[0]
    assert isinstance(found, Event)
    assert found.user == "test"


def test_the_path_says_what_the_call_is_and_the_call_may_not_disagree() -> None:
    found = reads(kind="page", userId="ann")[0]
    assert isinstance(found, Event)
    assert found.name == names.PAGE_VIEWED
    with pytest.raises(EventError, match="sent as page, but says it is track"):
        reads(kind="page", type="track", userId="ann")


# Clocks


def test_an_event_without_an_instant_happened_on_arrival() -> None:
    found = event(timestamp="", sentAt=None)
    assert (found.at, found.stated_at, found.sent_at) == (NOW, None, None)


def test_a_wrong_client_clock_is_corrected_by_its_own_sending() -> None:
    found = event(timestamp=(NOW + 24 * HOUR) / 1000, sentAt=(NOW + 25 * HOUR) / 1000)
    assert (found.at, found.stated_at, found.sent_at) == (NOW - HOUR, NOW + 24 * HOUR, NOW + 25 * HOUR)


def test_the_batch_says_when_it_was_sent_unless_the_call_does() -> None:
    assert event(timestamp=NOW - 5, sent_at=NOW).at == NOW - 5
    assert event(timestamp=NOW - 5, sentAt=NOW - 3, sent_at=NOW).at == NOW - 2
    assert event(originalTimestamp=NOW - 5, timestamp=NOW - 9, sentAt=NOW).at == NOW - 5


def test_nothing_happens_after_it_arrived_or_before_1970() -> None:
    assert event(timestamp=NOW + HOUR).at == NOW
    assert event(timestamp=NOW, sentAt=NOW - HOUR).at == NOW
    assert event(timestamp="1970-01-01T00:00:00Z", sentAt=NOW + HOUR).at == 0


@given(st.integers(0, 2 * NOW), st.none() | st.integers(0, 2 * NOW))
def test_at_lies_between_1970_and_arrival_whatever_the_clocks_say(stated: int, sent: int | None) -> None:
    found = event(timestamp=stated, sentAt=sent)
    assert 0 <= found.at <= found.received_at == NOW


# Ids


def test_an_id_is_made_from_what_happened_if_none_was_sent() -> None:
    made = event(timestamp=NOW - 5, properties={"v": 1})
    assert made.id.startswith("made:")
    assert made.id == event(timestamp=NOW - 5, properties={"v": 1}, messageId="", sentAt=NOW + 7).id
    assert event(messageId=123).id == "123"


@pytest.mark.parametrize(
    "other",
    [{"userId": "bob"}, {"event": "Other"}, {"timestamp": NOW - 6}, {"properties": {"v": 2}}, {"context": {"a": 1}}],
)
def test_made_ids_differ_where_what_happened_differs(other: dict[str, object]) -> None:
    first = {"timestamp": NOW - 5, "properties": {"v": 1}}
    assert event(**first).id != event(**first | other).id
