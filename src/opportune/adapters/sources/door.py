"""Who may ask and act: holders of an admin key; as long as there is none, programs of this machine.

Where the world may come in through a proxy there must be a key, for many a proxy says nothing of whom it speaks for.

Every passing is written down, with the key's name, the address and what was asked, and with a keyed hash in place of
whom it was about.
"""

import logging
from collections.abc import Callable
from typing import Final

from opportune.adapters.sources.http import Scope
from opportune.adapters.sources.http_body import stated_key
from opportune.adapters.sources.keys import Keys
from opportune.adapters.sources.peers import Guesses, is_near, peer_of
from opportune.errors import EventError

_audit: Final = logging.getLogger("opportune.audit")
NO_KEY: Final = "this machine"
"""Stands for a key's name where nobody needs one."""


class Door:
    """Lets holders of an admin key pass."""

    def __init__(
        self, keys: Keys, guesses: Guesses, *, hidden: Callable[[str], str], is_published: bool = False
    ) -> None:
        """``hidden`` gives what stands in the audit for a user's id: enough to know it again, not enough to tell it.

        ``is_published``: the engine is reached from elsewhere, so that who connects here may be a proxy.
        """
        self._keys, self._guesses, self._hidden = keys, guesses, hidden
        self._is_published = is_published

    def pass_by(self, scope: Scope) -> str:
        """The name of the key with which this request passes.

        Raises EventError ``unknown_key``, ``wrong_key_kind`` or ``admin_key_needed``; Overloaded for a wrong key
        if too many came from its address. A right one always passes.
        """
        try:
            stated = stated_key(dict(scope["headers"]))
        except EventError:
            self._guesses.note(peer_of(scope))
            raise
        if stated is None:
            return self._without_key(scope)
        name = self._keys.admits(stated, "admin")
        if name is not None:
            return name
        if self._keys.kind_of(stated) == "write":
            self.note(scope, "a write key", "was refused")
            raise EventError("wrong_key_kind", "authorization: this is a write key, it only brings events")
        self._guesses.note(peer_of(scope))
        self.note(scope, "an unknown key", "was refused")
        raise EventError(
            "unknown_key", "authorization: not an admin key; 'opportune key add NAME --kind admin' makes one"
        )

    def _without_key(self, scope: Scope) -> str:
        if self._keys.has("admin"):
            raise EventError("unknown_key", "authorization: missing; send 'Bearer ' and an admin key")
        if self._is_published or not is_near(scope):
            reason = "there is no admin key, so only programs of the engine's machine may ask"
            if self._is_published:
                reason = "there is no admin key, and with a public url whoever comes from here may be a proxy"
            raise EventError("admin_key_needed", f"{reason}; 'opportune key add NAME --kind admin' makes one")
        return NO_KEY

    def note(self, scope: Scope, who: str, did: str, about: str = "") -> None:
        """Writes down what was asked or done."""
        whom = f" about {self._hidden(about)}" if about else ""
        _audit.info("%s from %s: %s %s%s", who, peer_of(scope), scope["method"], did, whom)
