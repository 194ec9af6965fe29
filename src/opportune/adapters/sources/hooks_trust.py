"""Who may tell us what became of our messages: whoever signs with a secret of ours, or has an admin key."""

from typing import Literal, Protocol

from msgspec import Struct

from opportune.adapters.signatures import ID, SENT_AT, SIGNATURE, Secrets
from opportune.adapters.sources.http import Scope
from opportune.adapters.sources.http_body import Headers, stated_key
from opportune.adapters.sources.peers import Guesses, peer_of
from opportune.errors import EventError
from opportune.units import Instant


class KnowsKeys(Protocol):
    """Says what a key is good for."""

    def kind_of(self, stated: str) -> Literal["write", "admin"] | None:
        """None if it is not known."""
        ...


class Trust(Struct, frozen=True):
    """Keys and secrets; without any of them nobody is believed."""

    keys: KnowsKeys
    secrets: Secrets
    guesses: Guesses

    def has_key(self, scope: Scope, headers: Headers) -> bool:
        """Whether the call comes with an admin key, and not with a signature, which only its body can prove.

        Raises EventError for any other key, and for a call that has neither: ``bad_signature``, ``wrong_key_kind``;
        Overloaded for a wrong key if too many came from its address.
        """
        if b"authorization" in headers:
            kind = self.keys.kind_of(stated_key(headers) or "")
            if kind is None:
                self.guesses.note(peer_of(scope))
                raise EventError("bad_signature", "the key is not known: send an admin key as Basic user, or sign")
            if kind != "admin":
                raise EventError("wrong_key_kind", "a write key only brings events: send an admin key, or sign")
            return True
        if not (SIGNATURE in headers and ID in headers and SENT_AT in headers):
            reason = "unsigned: sign as Standard Webhooks say, or send an admin key as Basic user"
            raise EventError("bad_signature", reason)
        return False

    def signed_id(self, headers: Headers, body: bytes, now: Instant) -> str:
        """The id of a call that is signed; raises EventError ``bad_signature`` if it is not, or not of today."""
        fault = self.secrets.fault(headers, body, now)
        if fault is not None:
            reason = f"{fault}: sign id.timestamp.body with a secret we both know, within 5 minutes"
            raise EventError("bad_signature", reason)
        return headers[ID].decode("latin-1")
