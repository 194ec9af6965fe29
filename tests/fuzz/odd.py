"""Values that parsers stumble over, and JSON grown from choices."""

import json
from typing import TypeAlias

from tests.fuzz.choices import Choices

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"

NUMBERS: tuple[int | float, ...] = (
    0, 1, -1, 2, 7, 59, 60, 256, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**19, 10**40,
    99_999_999_999, 100_000_000_000, 253_402_300_799_999, 253_402_300_800_000, 1_700_000_000, 1_700_000_000_000,
    0.1, -0.0, 0.5, 1e15, 1e16, 1e22, 1.7e308, -1.7e308, 1e-308, 5e-324, 1e302, 1e303, 9.007199254740993e15,
)  # fmt: skip
TEXTS = (
    "", " ", "\t", "a", "A", "0", "1", "true", "null", "undefined", "NaN", "Infinity", "é" * 30, "é" * 300,
    "x" * 600, "\0",
    "\r\n", "\n", "\u2028", "\u202e", "\ud800", "\udc00x", "😀", "e\u0301", "İ", "ß", "ﬀ", "'", '"', "\\", "%", "_",
    "--",
    "${x}", "{{ x }}", "{% x %}", "<b>", "a.b", "a..b", ".", "$", "[0]", "2026-11-22", "2026-11-22T10:00:00Z",
    "2026-02-30", "9999-12-31T23:59:59-23:59", "0001-01-01", "1969-12-31", "-1", "1e400", "٣", "²", "1_0", "0x10", "+1",
    "Europe/Berlin", "europe/berlin", "../etc", "Factory", "ann@example.com", "ann@example.com\r\nBcc: bob@example.com",
    "a@b", '"a b"@example.com', "user", "email", "sms", "in_app", "*", "decision", "__class__", "constructor",
)  # fmt: skip
KEYS = (
    *("userId", "anonymousId", "previousId", "groupId", "messageId", "event", "name", "category", "type", "timestamp"),
    *("originalTimestamp", "sentAt", "properties", "traits", "context", "integrations", "channel", "writeKey", "batch"),
    *("consent", "timezone", "email", "value", "cart_id", "revenue", "topic", "decision", "messages_paused_until"),
    *("messages_per_week", "source", "proof", "kind", "reason", "products", "currency", "seconds", "status", "url"),
    *("at", "code", "bounce", "machine", "user", "a", "b", "", "a.b", "é", "message", "campaign", "ip", "page"),
)
NAMES = (
    *("Cart Updated", "Order Completed", "Logged In", "Consent Given", "Consent Withdrawn", "Unsubscribed"),
    *("Suppressed", "Unsuppressed", "Email Bounced", "Email Complained", "Email Opened", "Email Clicked", "Identified"),
    *(
        "Message Sent",
        "Message Failed",
        "Message Unknown",
        "In-App Shown",
        "Page Viewed",
        "Article Read",
        "cart updated",
    ),
    *("Message Delivered", "Message Bounced", "SMS Clicked", "Push Opened", "Product Viewed", "Attempt Lapsed", "x"),
)
TYPES = ("track", "identify", "page", "screen", "group", "alias", "Track", "", "tracks")


def value(choices: Choices, depth: int = 4) -> Json:
    """Any JSON value, mostly an odd one."""
    match choices.below(9 if depth else 6):
        case 0 | 1:
            return choices.one(NUMBERS)
        case 2 | 3:
            return choices.one(TEXTS)
        case 4:
            return choices.one((None, True, False))
        case 5:
            return choices.text()
        case 6:
            return choices.some(lambda: value(choices, depth - 1), 4)
        case _:
            return mapping(choices, depth - 1)


def mapping(choices: Choices, depth: int = 4) -> dict[str, Json]:
    """An object whose names are mostly those that something looks for."""
    pairs = choices.some(
        lambda: (choices.one(KEYS) if not choices.flag(9) else choices.text(), value(choices, depth)), 6
    )
    return dict(pairs)


def call(choices: Choices) -> dict[str, Json]:
    """A call of an analytics client that is right, but for the odd thing in it."""
    made: dict[str, Json] = {"type": choices.one(TYPES[:6]), "userId": choices.one(("ann", "bob", "u1", "0", 7))}
    if made["type"] in ("track", "page", "screen"):
        made |= {"event": choices.one(NAMES), "properties": mapping(choices)}
    else:
        made |= {"traits": mapping(choices), "groupId": "g1", "previousId": "anon-1"}
    if choices.flag(3):
        made["context"] = mapping(choices)
    if choices.flag(3):
        made["anonymousId"] = choices.one(("anon-1", "anon-2"))
    for _ in range(choices.below(4)):
        made[choices.one(KEYS)] = value(choices)
    return made


def written(tree: Json, choices: Choices) -> bytes:
    """The tree as bytes, now and then with a fault that no tree can have."""
    text = json.dumps(tree, ensure_ascii=choices.flag())
    match choices.below(16):
        case 1:
            text = text.replace('": ', '": 1, "userId": ', 1)
        case 2:
            text = text.replace("1.7e+308", "9" * 5_000)
        case 3:
            text = "\ufeff" + text
        case 4:
            text = text.replace("null", '{"a":' * 40 + "1" + "}" * 40, 1)
        case 5:
            text = text.replace("0.1", "NaN").replace("0.5", "-Infinity")
        case _:
            pass
    return text.encode("utf-8", "surrogatepass")
