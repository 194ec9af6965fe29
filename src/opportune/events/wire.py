"""From what analytics clients put on the wire (Segment, RudderStack) to events; one bad call costs only itself.

``integrations`` and ``channel`` are ignored: which messages go out is for the playbook to say. Empty text stands for
an absent value everywhere, and an id that is an integer is read as its digits.
"""

from difflib import get_close_matches
from functools import lru_cache
from typing import Literal, TypeAlias

from msgspec import UNSET, Raw, Struct, UnsetType, json

from opportune.draws import hash_of
from opportune.errors import EventError
from opportune.events import names
from opportune.events.alias import WITH_IDENTIFY, Alias
from opportune.events.batch import DEFAULT, Bounds
from opportune.events.event import Event
from opportune.events.identity import stated_id, stated_name, stated_user
from opportune.events.instants import Stated, instant_of
from opportune.events.strict_json import check, decoded
from opportune.units import Instant

Read: TypeAlias = Event | Alias
Kind: TypeAlias = Literal["track", "identify", "page", "screen", "group", "alias"]
KINDS: tuple[Kind, ...] = ("track", "identify", "page", "screen", "group", "alias")
MADE_ID = "made:"
"""How an id begins that the sender did not give."""
GROUP_TRAIT = "group_id"
"""The trait of a user that keeps the newest group."""
GROUP_TRAITS = "group_"
"""How the traits of a user begin that keep those of the group."""

_BY_NAME: dict[str, Kind] = {kind: kind for kind in KINDS}
_ABSENT = Raw(b"")
_Id: TypeAlias = str | int | None


class Arrival(Struct, frozen=True):
    """What is known of a call before it is read."""

    received_at: Instant
    sent_at: Stated | None = None
    """The client's clock when it sent the batch, if the call itself does not say."""
    kind: Kind | None = None
    """What the path says the call is; a batch leaves it to each call."""
    bounds: Bounds = DEFAULT


class Call(Struct, rename="camel", gc=False):
    """What of a call is read; everything else in it is passed over."""

    type: str | None | UnsetType = UNSET
    user_id: _Id = None
    anonymous_id: _Id = None
    previous_id: _Id = None
    group_id: _Id = None
    message_id: _Id = None
    event: str | None = None
    name: str | None = None
    category: str | None = None
    timestamp: Stated | None = None
    original_timestamp: Stated | None = None
    sent_at: Stated | None = None
    properties: Raw = _ABSENT
    traits: Raw = _ABSENT
    context: Raw = _ABSENT


class _Traits(Struct, gc=False):
    traits: Raw = _ABSENT


class _Ours(Struct, gc=False):
    decision: Raw = _ABSENT


_call = json.Decoder(Call)
_traits = json.Decoder(_Traits)
_ours = json.Decoder(_Ours)
_fields = json.Decoder(dict[str, Raw])


def read(raw: bytes, arrival: Arrival) -> tuple[Read, ...]:
    """What one call says: an event, an alias, or for an identify that links two ids both, the alias first.

    ``at`` is ``received_at`` less what passed on the client's clock between the event and its sending, never before
    1970 nor after ``received_at``. Raises EventError if the call is refused; its text names the field.
    """
    if len(raw) > arrival.bounds.call_bytes:
        raise EventError("too_large", f"a call is at most {arrival.bounds.call_bytes} bytes, not {len(raw)}")
    check(raw, depth=arrival.bounds.depth)
    if raw[:1] != b"{":
        raise EventError("not_an_object", f"expected an object, not {raw[:20].decode('utf-8', 'replace')!r}")
    call = decoded(raw, _call)
    kind = _kind(call.type, arrival.kind)
    if kind == "alias":
        return (_alias(call, arrival),)
    known, anonymous = _identities(call, arrival.bounds)
    user = known or anonymous
    if user is None:
        raise EventError("missing_user", "userId: missing or empty; send userId or anonymousId")
    at, stated_at, sent_at = _instants(call, arrival)
    name, properties, context = _happening(call, kind)
    event = Event(
        _stated_id(call) or _made_id(user, name, stated_at or at, properties + context),
        user,
        name,
        at,
        arrival.received_at,
        properties=properties,
        context=context,
        stated_at=stated_at,
        sent_at=sent_at,
        is_anonymous=known is None,
    )
    if kind == "identify" and anonymous is not None and anonymous != user:
        return Alias(f"{WITH_IDENTIFY}{event.id}", anonymous, user, at, arrival.received_at), event
    return (event,)


def _kind(stated: str | None | UnsetType, by_path: Kind | None) -> Kind:
    if stated is UNSET and by_path is not None:
        return by_path
    kind = _BY_NAME.get(stated) if isinstance(stated, str) else None
    if kind is not None:
        if by_path not in (None, kind):
            raise EventError("unknown_type", f"type: the call was sent as {by_path}, but says it is {kind}")
        return kind
    if not isinstance(stated, str) or not stated:
        raise EventError("unknown_type", f"type: missing, it must be one of {', '.join(KINDS)}")
    nearest = get_close_matches(stated.lower(), KINDS, 1)
    remedy = f"did you mean {nearest[0]}?" if nearest else f"it must be one of {', '.join(KINDS)}"
    raise EventError("unknown_type", f"type: unknown type {stated[:40]}; {remedy}")


def _identities(call: Call, bounds: Bounds) -> tuple[str | None, str | None]:
    """The user whom the call names, and the anonymous id."""
    anonymous = stated_user(call.anonymous_id, "anonymousId", bounds.placeholders)
    return stated_user(call.user_id, "userId", bounds.placeholders), anonymous


def _alias(call: Call, arrival: Arrival) -> Alias:
    placeholders = arrival.bounds.placeholders
    user = stated_user(call.user_id, "userId", placeholders)
    previous = stated_user(call.previous_id, "previousId", placeholders)
    previous = previous or stated_user(call.anonymous_id, "anonymousId", placeholders)
    if user is None or previous is None:
        lacking = "userId" if user is None else "previousId"
        raise EventError("missing_user", f"{lacking}: missing or empty; an alias needs userId and previousId")
    if user == previous:
        raise EventError("self_alias", f"previousId: {previous!r} is the userId itself; an alias joins two ids")
    at, stated_at, _ = _instants(call, arrival)
    alias = _stated_id(call) or _made_id(user, previous, stated_at or at, b"")
    return Alias(alias, previous, user, at, arrival.received_at)


def _instants(call: Call, arrival: Arrival) -> tuple[Instant, Instant | None, Instant | None]:
    """When it happened by our clock, by the client's, and when the client says that it sent."""
    received_at = arrival.received_at
    stated_at = _instant(call.original_timestamp, "originalTimestamp")
    if stated_at is None:
        stated_at = _instant(call.timestamp, "timestamp")
    sent_at = _instant(call.sent_at, "sentAt")
    if sent_at is None:
        sent_at = _of_batch(arrival.sent_at)
    if stated_at is None:
        return received_at, None, sent_at
    at = stated_at if sent_at is None else received_at - (sent_at - stated_at)
    return max(0, min(at, received_at)), stated_at, sent_at


def _instant(value: Stated | None, place: str) -> Instant | None:
    if value is None or value == "":
        return None
    at = instant_of(value, place)
    if at < 0:
        raise EventError("bad_instant", f"{place}: too old, {value!r} lies before 1970")
    return at


@lru_cache(maxsize=256, typed=True)  # the calls of a batch share it
def _of_batch(sent_at: Stated | None) -> Instant | None:
    return _instant(sent_at, "sentAt")


def _happening(call: Call, kind: Kind) -> tuple[str, bytes, bytes]:
    """The name of the event, its properties and its context; what a call says beside them is put among them."""
    context = _object(call.context, "context")
    match kind:
        case "track":
            return *_tracked(call), context
        case "identify":
            traits = _object(call.traits, "traits")
            return names.IDENTIFIED, traits if traits != b"{}" else _traits_in(context), context
        case "group":
            return _grouped(call, context)
        case _:
            said = {"name": call.name, "category": call.category}
            properties = _with(
                {key: _text(text) for key, text in said.items() if text}, _object(call.properties, "properties")
            )
            return names.PAGE_VIEWED if kind == "page" else names.SCREEN_VIEWED, properties, context


def _grouped(call: Call, context: bytes) -> tuple[str, bytes, bytes]:
    """The group and its traits are properties; in the context they are traits of the user, as ``group_...``."""
    group = stated_id(call.group_id, "groupId")
    if group is None:
        raise EventError("missing_group", "groupId: missing, a group call needs it")
    of_group = decoded(_object(call.traits, "traits"), _fields)
    said = {f"{GROUP_TRAITS}{name}": value for name, value in of_group.items() if bytes(value)[:1] not in (b"{", b"[")}
    traits = _with(said | {GROUP_TRAIT: _text(group)}, _traits_in(context))
    stated = json.encode(decoded(context, _fields) | {"traits": Raw(traits)})
    return names.GROUPED, json.encode({"groupId": _text(group)} | of_group), stated


def _tracked(call: Call) -> tuple[str, bytes]:
    name, properties = stated_name(call.event, "event"), _object(call.properties, "properties")
    if name in names.INTERNAL:
        raise EventError("reserved_name", f"event: {name!r} is a name of the engine's own events; choose another")
    if name == names.MESSAGE_SENT and decoded(properties, _ours).decision != _ABSENT:
        raise EventError(
            "reserved_name", f"properties.decision: only the engine says so of {name!r}; leave it out for other sends"
        )
    return name, properties


def _traits_in(context: bytes) -> bytes:
    return _object(decoded(context, _traits).traits, "context.traits")


def _object(raw: Raw, place: str) -> bytes:
    """The object that stands there, an empty one if there is none."""
    text = bytes(raw)
    if text[:1] == b"{":
        return text
    if text in (b"", b"null"):
        return b"{}"
    raise EventError("wrong_type", f"{place}: expected an object, not {text[:40].decode('utf-8', 'replace')}")


def _with(said: dict[str, Raw], properties: bytes) -> bytes:
    """The properties with what was said beside them; a property of the same name stays."""
    return json.encode(said | decoded(properties, _fields)) if said else properties


def _text(text: str) -> Raw:
    return Raw(json.encode(text))


def _stated_id(call: Call) -> str | None:
    stated = stated_id(call.message_id, "messageId")
    if stated is not None and stated.startswith(names.OWN_IDS):
        own = " or ".join(repr(each) for each in names.OWN_IDS)
        raise EventError("reserved_id", f"messageId: ids that begin with {own} are the engine's own; choose another")
    return stated


def _made_id(user: str, name: str, at: Instant, body: bytes) -> str:
    return MADE_ID + hash_of(user, name, at, body.decode()).hex()
