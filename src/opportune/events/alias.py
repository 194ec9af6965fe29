"""Two ids that a client says are one user."""

from typing import Final

from msgspec import Struct

from opportune.units import Instant

WITH_IDENTIFY: Final = "alias:"
"""How the id of an alias begins that an identify call said; that call's own id follows."""


class Alias(Struct, frozen=True, gc=False):
    """``previous`` was an earlier id of ``user``. A host resolves it: it may know both, one or neither of them.

    It may come many times, and in circles; saying it again must change nothing.
    """

    id: str
    previous: str
    user: str
    at: Instant
    received_at: Instant
    is_trusted: bool = False
    """An operator says it, who may join users that are known as such as well."""
