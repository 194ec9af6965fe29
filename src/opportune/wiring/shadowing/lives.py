"""Everybody's past so far under one playbook, at rest between entries: memories as bytes, and what was decided.

What was decided is kept in pieces, one for each stretch of the log in which something was, so that a stretch costs
what happened in it, and not what the user has lived so far.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct, msgpack

from opportune.events.event import Event, Merged
from opportune.policies.compiled import Compiled
from opportune.units import Instant
from opportune.wiring.backtest.entry import at_of
from opportune.wiring.backtest.life import Happened, Life
from opportune.wiring.backtest.lived import Lived, Parked

_encoder: Final = msgpack.Encoder()
_decoder: Final = msgpack.Decoder(Lived)
_BEYOND: Final = 1 << 62
"""Above every place that a memory has seen."""


class AtRest(Struct, gc=False):
    """One user between two stretches of the log."""

    memory: bytes
    wake: Instant | None
    names: tuple[str, ...]
    first: Instant
    """When the first entry came that is about this user, and the newest."""
    last: Instant
    events: int = 0
    late: int = 0
    pieces: tuple[bytes, ...] = ()
    """What was decided and noticed, in pieces; empty as long as nothing was."""

    def lived(self, user: str) -> Lived:
        """All of it in one piece."""
        whole = Lived(user, self.names)
        for piece in map(_decoder.decode, self.pieces):
            _add(whole, piece)
        whole.events, whole.late = self.events, self.late
        return whole


class Lives:
    """Takes a log in any stretches and can say at any time what became of everybody; memory grows with users."""

    def __init__(self, playbook: Compiled) -> None:
        self._playbook = playbook
        self._life = Life(playbook)
        self._rests: dict[str, AtRest] = {}
        self._whole = set[str]()
        """Users who are awake with all that became of them, and not only what is new."""

    @property
    def users(self) -> Iterable[str]:
        """Everybody of whom something was heard."""
        return self._rests.keys()

    @property
    def span(self) -> tuple[Instant, Instant] | None:
        """When the first and the newest entry came, of all that still count; None if there are none."""
        if not self._rests:
            return None
        rests = self._rests.values()
        return min(each.first for each in rests), max(each.last for each in rests)

    def take(self, entries: Iterable[Happened]) -> None:
        """The next stretch of the log, in its order."""
        for entry in entries:
            if isinstance(entry, Event):
                self._wake(entry.user)
            else:
                self._bring_together(entry)
            self._life.take(entry)
            self._heard(entry)
        self._park()

    def forget(self, users: Iterable[str]) -> None:
        """As if nothing had ever been heard of these."""
        for user in users:
            self._rests.pop(user, None)

    def until(self, at: Instant) -> Iterator[Lived]:
        """What became of everybody by this instant; nothing here changes by it."""
        for user in sorted(self._rests):
            rest = self._rests[user]
            lived = rest.lived(user)
            if rest.wake is not None and rest.wake <= at:
                life = Life(self._playbook, first=_BEYOND)
                life.resume(Parked(rest.memory, rest.wake, lived))
                (lived,) = life.until(at)
            yield lived

    def _wake(self, user: str) -> None:
        rest = self._rests.get(user)
        if rest is not None and not self._life.knows(user):
            self._life.resume(Parked(rest.memory, rest.wake, Lived(user, rest.names)))

    def _bring_together(self, said: Merged) -> None:
        """Both with all that became of them, for it is one user's from now on."""
        for user in {said.user, said.absorbed}:
            if user in self._whole:
                continue
            if self._life.knows(user):
                self._park([user])
            rest = self._rests.get(user)
            if rest is not None:
                self._life.resume(Parked(rest.memory, rest.wake, rest.lived(user)))
            self._whole.add(user)

    def _heard(self, entry: Happened) -> None:
        at = at_of(entry)
        known = [self._rests.get(entry.user)]
        if isinstance(entry, Merged):
            known.append(self._rests.pop(entry.absorbed, None))
            self._whole.discard(entry.absorbed)
            self._whole.add(entry.user)
        spans = [(each.first, each.last) for each in known if each is not None]
        first, last = min([at, *(each[0] for each in spans)]), max([at, *(each[1] for each in spans)])
        rest = self._rests.get(entry.user)
        if rest is None:
            self._rests[entry.user] = AtRest(b"", None, (entry.user,), first, last)
        else:
            rest.first, rest.last = first, last

    def _park(self, users: Iterable[str] | None = None) -> None:
        """Puts these to rest, or all who are awake."""
        for parked in self._life.park(users):
            user, lived = parked.lived.user, parked.lived
            rest = self._rests[user]
            if user in self._whole:
                self._whole.discard(user)
                rest.events, rest.late, rest.pieces = 0, 0, ()
            rest.memory, rest.wake, rest.names = parked.memory, parked.wake, lived.names
            rest.events += lived.events
            rest.late += lived.late
            if _says_more(lived):
                rest.pieces = (*rest.pieces, _encoder.encode(lived))


def _says_more(lived: Lived) -> bool:
    """Than how many events there were."""
    return bool(
        lived.decisions or lived.endings or lived.goals or lived.others or lived.noticed or lived.poison or lived.looped
    )


def _add(whole: Lived, piece: Lived) -> None:
    whole.decisions += piece.decisions
    whole.endings |= piece.endings
    whole.goals += piece.goals
    whole.others += piece.others
    whole.noticed |= piece.noticed
    whole.poison += piece.poison
    whole.looped += piece.looped
