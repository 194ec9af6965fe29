"""How log rows are packed: all inputs of one commit as one compressed blob, and the set of users in it."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, Generic, TypeVar

import zstandard
from msgspec import MsgspecError, msgpack

from opportune.errors import Unavailable
from opportune.events.event import Event, Input, Merged

Held = TypeVar("Held")
MOST_EXPANDED: Final = 512 * 1024 * 1024
"""Bytes of one blob; what claims to hold more is damaged, for no commit is so large."""


class Form(Generic[Held]):
    """How something lies in the file; raises Unavailable for bytes that cannot be it."""

    def __init__(self, kind: type[Held]) -> None:
        self._decoder = msgpack.Decoder(kind)

    def decode(self, raw: bytes) -> Held:
        """What these bytes say."""
        try:
            return self._decoder.decode(raw)
        except (MsgspecError, UnicodeDecodeError) as fault:
            raise _damaged(fault) from None


_encoder: Final = msgpack.Encoder()
_inputs: Final = Form(tuple[Input, ...])
_USER: Final = blake2b(b"4:user", digest_size=16)
_ID: Final = blake2b(b"2:id", digest_size=16)
WIDTH: Final = 8
"""Bytes of one user's hash in a log row's set."""


def pack(inputs: Sequence[Input]) -> bytes:
    """The inputs in order, as a compressed blob."""
    return compressed(_encoder.encode(inputs))


def unpack(blob: bytes) -> tuple[Input, ...]:
    """What ``pack`` was given; raises Unavailable if the blob is damaged."""
    return _inputs.decode(expanded(blob))


def compressed(plain: bytes) -> bytes:
    """Zstandard at its quickest level."""
    return zstandard.compress(plain, 1)


def expanded(blob: bytes) -> bytes:
    """What was compressed; raises Unavailable if the blob is damaged."""
    try:
        if zstandard.frame_content_size(blob) > MOST_EXPANDED:
            raise _damaged("it claims to be larger than anything that is kept")
        return zstandard.decompress(blob)
    except zstandard.ZstdError as fault:
        raise _damaged(fault) from None


def _damaged(fault: object) -> Unavailable:
    return Unavailable(f"the file holds something that is damaged ({fault}); start again from a backup")


def users_of(entry: Input) -> tuple[str, ...]:
    """Whom an input is about."""
    if isinstance(entry, Event):
        return (entry.user,)
    return (entry.user, entry.absorbed) if isinstance(entry, Merged) else ()


def user_hash(user: str) -> bytes:
    """Eight bytes that stand for the user in a log row's set; two users may share them."""
    return name_hash(_USER, user)[:WIDTH]


def user_set(inputs: Sequence[Input]) -> bytes:
    """The sorted hashes of all users in these inputs."""
    users = {entry.user for entry in inputs if isinstance(entry, Event)}
    users.update(entry.absorbed for entry in inputs if isinstance(entry, Merged))
    users.update(entry.user for entry in inputs if isinstance(entry, Merged))
    return b"".join(sorted({user_hash(user) for user in users}))


def id_hash(event_id: str) -> bytes:
    """Sixteen bytes that stand for an event's id."""
    return name_hash(_ID, event_id)


def name_hash(begun: "blake2b", name: str) -> bytes:
    """What ``hash_of`` says of the name after the word with which ``begun`` was begun: for those who ask very often."""
    raw = name.encode("utf-8", "surrogatepass")
    hashed = begun.copy()
    hashed.update(b"%d:%b" % (len(raw), raw))
    return hashed.digest()
