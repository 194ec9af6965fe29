"""What leaves the one file when its log is cut at a base, for those who write it elsewhere first."""

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Final

from opportune.adapters.stores.codec import Form
from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Input
from opportune.policies.decision import Decision, Ending

_ending: Final = Form(Ending)
_OVER: Final = "SELECT body FROM endings WHERE place <= (SELECT endings FROM base_heads WHERE seq = ?) ORDER BY place"


class Leaving(SqliteHistory):
    """The log up to the base at this place, and the decisions that were over by then, with their endings."""

    def __init__(self, path: Path, place: int) -> None:
        super().__init__(path)
        self._place = place

    def log(self, after: int = 0) -> Iterator[Input]:
        """All inputs up to the base with ``seq`` above ``after``, in order."""
        return takewhile(lambda entry: entry.seq <= self._place, super().log(after))

    def decisions(self, after: int = 0) -> Iterator[Decision]:
        """The decisions that were over by then, in the order in which they ended."""
        return filter(None, (self.decision(ending.decision) for ending in self.endings()))

    def endings(self, after: int = 0) -> Iterator[Ending]:
        """How they ended, in order of the commits."""
        return (_ending.decode(body) for (body,) in self._read.execute(_OVER, (self._place,)))
