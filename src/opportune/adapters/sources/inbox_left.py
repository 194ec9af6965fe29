"""What clients have in hand whose streams have ended, so that whoever comes back is told what changed since."""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

MOST: Final = 10_000
"""Streams that have ended of which is remembered what they had told."""


class Held(Struct, frozen=True):
    """What clients that ended a stream at the same message have in hand."""

    all_have: frozenset[str]
    some_have: frozenset[str]


class Left:
    """By the id of the token and the last message told; the oldest are forgotten."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, str], Held] = OrderedDict()

    def note(self, stated: str, last: str, told: Iterable[str]) -> None:
        """A stream ended at message ``last``, with these in its client's hand."""
        now = frozenset(told)
        held = self._held.pop((stated, last), Held(now, now))
        self._held[stated, last] = Held(held.all_have & now, held.some_have | now)
        if len(self._held) > MOST:
            self._held.popitem(last=False)

    def held(self, stated: str, last: str) -> Held:
        """What a client has in hand whose stream ended there; nothing if that is not remembered."""
        return self._held.get((stated, last), Held(frozenset(), frozenset()))
