"""Who may speak to the engine: write keys only bring events, admin keys ask and act.

A key is 32 random bytes that nobody keeps: what is known of it is its name, its kind and its SHA-256, which is enough
because nobody can guess 32 random bytes.
"""

import hmac
import secrets
from collections.abc import Callable, Iterable
from hashlib import sha256
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.units import SECOND, Instant

Kind: TypeAlias = Literal["write", "admin"]
PREFIXES: Final[dict[Kind, str]] = {"write": "ok_w_", "admin": "ok_a_"}
"""How a key that we made begins."""
READ_EVERY: Final = SECOND
"""A key that was revoked is refused after this span at the latest."""
MOST_SEEN: Final = 1_024


class Key(Struct, frozen=True):
    """What is known of one key."""

    name: str
    kind: Kind
    hash: bytes


def made(kind: Kind) -> str:
    """A new key of this kind, for whoever will use it."""
    return PREFIXES[kind] + secrets.token_urlsafe(32)


def hash_of_key(text: str) -> bytes:
    """What may be kept of a key."""
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def named(kind: Kind, texts: Iterable[str]) -> tuple[Key, ...]:
    """Keys that an operator stated as texts: ``write-1``, ``write-2`` and so on."""
    return tuple(Key(f"{kind}-{count}", kind, hash_of_key(text)) for count, text in enumerate(texts, 1))


class Keys:
    """The keys that are admitted now."""

    def __init__(self, stated: Iterable[Key], *, stored: Callable[[], Iterable[Key]], now: Callable[[], Instant]):
        """``stored`` is asked again at most every second; what ``stated`` holds stays."""
        self._stated = tuple(stated)
        self._stored = stored
        self._now = now
        self._read_at: Instant | None = None
        self._known: tuple[Key, ...] = ()
        self._seen: dict[bytes, Key] = {}

    @classmethod
    def of_texts(
        cls,
        write: Iterable[str] = (),
        admin: Iterable[str] = (),
        *,
        stored: Callable[[], Iterable[Key]] = tuple,
        now: Callable[[], Instant] = lambda: 0,
    ) -> "Keys":
        """Keys that an operator stated as texts, beside those that are stored."""
        return cls((*named("write", write), *named("admin", admin)), stored=stored, now=now)

    def admits(self, stated: str, kind: Kind) -> str | None:
        """The name of this key if it is one of that kind; None if it is not."""
        key = self._key(stated)
        return key.name if key is not None and key.kind == kind else None

    def kind_of(self, stated: str) -> Kind | None:
        """What this key is good for; None if it is not known."""
        key = self._key(stated)
        return None if key is None else key.kind

    def has(self, kind: Kind) -> bool:
        """Whether there is any key of this kind."""
        self._refresh()
        return any(key.kind == kind for key in self._known)

    def _key(self, stated: str) -> Key | None:
        self._refresh()
        asked = hash_of_key(stated)
        seen = self._seen.get(asked)
        if seen is not None:
            return seen
        found: Key | None = None
        for key in self._known:  # all of them, so that the time taken tells nothing
            if hmac.compare_digest(key.hash, asked):
                found = key
        if found is not None:
            if len(self._seen) >= MOST_SEEN:
                self._seen.clear()
            self._seen[asked] = found
        return found

    def _refresh(self) -> None:
        now = self._now()
        if self._read_at is None or not 0 <= now - self._read_at < READ_EVERY:
            known = (*self._stated, *self._stored())
            if known != self._known:
                self._known, self._seen = known, {}
            self._read_at = now
