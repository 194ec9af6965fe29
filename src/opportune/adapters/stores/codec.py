"""How log rows are packed: all inputs of one commit as one compressed blob, and the set of users in it."""

from collections.abc import Sequence
from typing import Final

import zstandard
from msgspec import msgpack

from opportune.draws import hash_of
from opportune.events.event import Erased, Event, Input, Merged, Published, Tick

_encoder: Final = msgpack.Encoder()
_decoder: Final = msgpack.Decoder(tuple[Input, ...])
WIDTH: Final = 8
"""Bytes of one user's hash in a log row's set."""


def pack(inputs: Sequence[Input]) -> bytes:
    """The inputs in order, as a compressed blob."""
    return compressed(_encoder.encode(inputs))


def unpack(blob: bytes) -> tuple[Input, ...]:
    """What ``pack`` was given."""
    return _decoder.decode(expanded(blob))


def compressed(plain: bytes) -> bytes:
    """Zstandard at its quickest level."""
    return zstandard.compress(plain, 1)


def expanded(blob: bytes) -> bytes:
    """What was compressed."""
    return zstandard.decompress(blob)


def users_of(entry: Input) -> tuple[str, ...]:
    """Whom an input is about."""
    match entry:
        case Event():
            return (entry.user,)
        case Merged():
            return (entry.user, entry.absorbed)
        case Tick() | Published() | Erased():
            return ()


def user_hash(user: str) -> bytes:
    """Eight bytes that stand for the user in a log row's set; two users may share them."""
    return hash_of("user", user)[:WIDTH]


def user_set(inputs: Sequence[Input]) -> bytes:
    """The sorted hashes of all users in these inputs."""
    return b"".join(sorted({user_hash(user) for entry in inputs for user in users_of(entry)}))
