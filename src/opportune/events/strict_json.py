"""JSON that means one thing: what a body must keep to before anything of it is believed."""

import json
import re
from typing import TypeAlias, TypeVar

from msgspec import DecodeError, ValidationError
from msgspec.json import Decoder, Encoder

from opportune.errors import EventError

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"
Value = TypeVar("Value")

_LEAST, _MOST = -(2**63), 2**63 - 1
_BLANKS = b" \t\r\n"
_SHAPE = bytes.maketrans(b"123456789[", b"000000000{")
"""Every digit as 0 and every opening bracket alike: what is left is where keys, texts and values stand."""
_LONG_NUMBER = b"0" * 19
"""An integer with fewer digits lies within 64 bits."""
_HALF_PAIR = re.compile(
    rb"\\u[dD][89aAbB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89aAbB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
_NO_NUMBER = re.compile(rb"[\s:,\[](?:NaN|-?Infinity)\b")
_AT = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_any_json: Decoder[Json] = Decoder()
_written = Encoder().encode


def check(raw: bytes, *, depth: int) -> None:
    """Raises EventError unless ``raw`` is one JSON value that everybody reads alike.

    That is: valid text, finite numbers, integers within 64 bits, no key twice in one object, and objects and lists
    nested at most ``depth`` deep.
    """
    checked(raw, depth=depth)


def checked(raw: bytes, *, depth: int) -> Json:
    """The value that was checked so."""
    tree = decoded(raw, _any_json)
    shape = raw.translate(_SHAPE, _BLANKS)
    if _LONG_NUMBER in shape or shape.count(b"{") > depth or shape != _written(tree).translate(_SHAPE, _BLANKS):
        _check_slowly(raw, tree, depth)  # else it has as many keys as its tree, and no other number or depth
    return tree


def _check_slowly(raw: bytes, tree: Json, depth: int) -> None:
    keys = _keys(tree, depth) if type(tree) is dict or type(tree) is list else 0
    if raw.translate(None, _BLANKS).count(b'":') != keys:  # every key ends so; some text does, too
        json.loads(raw, object_pairs_hook=unique)


def unique(pairs: list[tuple[str, Value]]) -> dict[str, Value]:
    """The pairs as an object; raises EventError ``duplicate_key`` if a key comes twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise EventError("duplicate_key", f"{twice!r:.80}: the key stands twice in one object, give it once")
    return found


def decoded(raw: bytes, decoder: Decoder[Value]) -> Value:
    """What the decoder reads there; its refusals become EventErrors that name place and remedy."""
    try:
        return decoder.decode(raw)
    except ValidationError as refusal:
        raise _mistyped(str(refusal)) from None
    except UnicodeDecodeError as refusal:
        raise EventError(
            "bad_text", f"text is not UTF-8: {refusal.object[refusal.start :][:4]!r}; encode it so"
        ) from None
    except DecodeError as refusal:
        raise _malformed(raw, str(refusal)) from None
    except RecursionError:
        raise _too_deep() from None


def _keys(tree: dict[str, Json] | list[Json], depth: int) -> int:
    """How many keys the tree holds in all."""
    if not depth:
        raise _too_deep()
    count = len(tree) if type(tree) is dict else 0
    for value in tree.values() if type(tree) is dict else tree:
        if type(value) is dict or type(value) is list:
            count += _keys(value, depth - 1)
        elif type(value) is int and not _LEAST <= value <= _MOST:
            raise EventError("number_out_of_range", f"{value}: an integer must lie within 64 bits; write it as text")
    return count


def _too_deep() -> EventError:
    return EventError("too_deep", "objects and lists are nested too deep, 32 levels are allowed")


def _mistyped(refusal: str) -> EventError:
    found = _AT.fullmatch(refusal)
    assert found is not None  # every part of the pattern may be empty
    reason, place = found[1], (found[2] or "body").replace("[...]", "") or "a value"
    if "out of range" in reason:
        return EventError("number_out_of_range", f"{place}: number out of range; write it as text")
    return EventError("wrong_type", f"{place}: {reason[:1].lower()}{reason[1:].replace('`', '')}")


def _malformed(raw: bytes, refusal: str) -> EventError:
    if _HALF_PAIR.search(raw):
        return EventError(
            "bad_text", "text holds a lone surrogate, half of a pair like \\ud83d\\ude00; send both or none"
        )
    if _NO_NUMBER.search(raw):
        return EventError("not_json", "NaN and Infinity are not JSON; send null or leave the property out")
    return EventError("not_json", f"body is not JSON: {refusal.removeprefix('JSON is malformed: ')}")
