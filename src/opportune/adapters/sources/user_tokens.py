"""Tokens by which a browser or an app reads one user's inbox and nothing else, for a day at most.

They are sealed: whoever sees one learns neither whose it is nor until when it is good.
"""

from collections.abc import Callable
from typing import Final

from msgspec import MsgspecError, Struct, msgpack

from opportune.adapters.sealing import Sealer
from opportune.errors import EventError
from opportune.units import DAY, SECOND, Instant

PURPOSE: Final = "user-token"
MOST_SECONDS: Final = DAY // SECOND


class Grant(Struct, frozen=True, array_like=True):
    """Whose inbox, and until when (not included)."""

    user: str
    expires_at: Instant
    made_at: Instant | None = None

    @property
    def made(self) -> Instant:
        """When it was made; where that is not said, the earliest it may have been."""
        return self.expires_at - DAY if self.made_at is None else self.made_at


_decoder: Final = msgpack.Decoder(Grant)


def user_token(secret: bytes, user: str, expires_at: Instant, *, made_at: Instant | None = None) -> str:
    """For a backend that shares the engine's secret and makes its tokens itself; good until ``expires_at``.

    ``secret`` is the content of the file beside the store, the instants are milliseconds since 1970 UTC. Without
    ``made_at``, when it is made, a token of an id that changed hands within a day before shows nothing.
    """
    return Sealer(secret, PURPOSE).seal(msgpack.encode(Grant(user, expires_at, made_at)))


class UserTokens:
    """Makes and reads user tokens."""

    def __init__(self, sealer: Sealer, *, now: Callable[[], Instant]) -> None:
        """``sealer`` must be one for ``PURPOSE``."""
        self._sealer = sealer
        self._now = now

    def made(self, user: str, seconds: int) -> tuple[str, Grant]:
        """A token for this user that is good for so many seconds, and what it grants."""
        now = self._now()
        grant = Grant(user, now + seconds * SECOND, now)
        return self._sealer.seal(msgpack.encode(grant)), grant

    def granted(self, token: str) -> Grant:
        """What the token grants now.

        Raises EventError ``bad_token`` if it is not one of ours, ``token_expired`` if it was good once. A token that
        claims to be good for more than a day from now was not meant to be made, and is none.
        """
        text = self._sealer.opened(token)
        try:
            grant = None if text is None else _decoder.decode(text)
        except MsgspecError:
            grant = None
        now = self._now()
        if grant is None or grant.expires_at > now + DAY:
            raise EventError("bad_token", "token: missing or not one of ours; ask POST /v1/user-tokens for one")
        if grant.expires_at <= now:
            raise EventError("token_expired", "token: was good once; ask POST /v1/user-tokens for a new one")
        return grant
