"""What some users would get of one journey: their memories live up to its instants, and are forgotten.

Nothing is kept or sent; users are asked one by one, so that many processes can ask.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
from msgspec import Struct

from opportune.errors import Unavailable
from opportune.events.event import Published, Tick
from opportune.playbook.as_published import as_published
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision
from opportune.policies.planned import Capacity
from opportune.policies.timing import Timing
from opportune.units import Instant
from opportune.wiring.in_force import in_force
from opportune.wiring.installed import installed
from opportune.wiring.shard import Shard


class Span(Struct, frozen=True):
    """The instants in which a journey begins for everybody."""

    start: Instant
    end: Instant
    """The last of them."""
    named: Instant
    """What the plan is called by: the broadcast's own instant, or where the plan begins."""


class Wish(Struct, frozen=True, gc=False):
    """What one user would get."""

    user: str
    bucket: str
    """The name that draws use."""
    message: str
    code: str
    """``chosen``, or why silence."""
    channel: str = ""
    at: Instant = 0
    timing: Timing | None = None
    """What was chosen between."""


class Some(Struct, frozen=True):
    """Users to be asked, and the capacity that holds for them."""

    memories: dict[str, bytes]
    backfills: dict[str, bytes]
    capacity: Capacity


class Asking(Struct, frozen=True):
    """What everybody who asks must know."""

    folder: Path
    texts: Mapping[str, str]
    """Of the playbook that is planned for, as if it was published now."""
    published: Mapping[str, Mapping[str, str]]
    """Texts by hash of all versions that users may be in."""
    said: Published
    """The publication in force."""
    journey: str
    span: Span
    now: Instant
    seq: int
    """The newest place of the log."""

    def begin(self, writer: int) -> Callable[[Some], list[Wish]]:
        """Who asks, whichever process it is."""
        return _Asker(self).asked


class _Asker:
    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        policies = installed()
        self._versions = {
            name: as_published(dict(texts), name, policies=policies) for name, texts in asking.published.items()
        }
        self._playbook = playbook_from(asking.texts, policies=policies)
        self._before = in_force(asking.said, lambda name: self._compiled(self._versions[name]))
        self._ready: tuple[Capacity, Compiled] | None = None

    def asked(self, some: Some) -> list[Wish]:
        """What each of them gets whom the journey begins for; raises Unavailable where one cannot be asked."""
        asking, ready = self._asking, self._with(some.capacity)
        shard = Shard(self._before, publications=lambda name: ready, memories=some.memories)
        shard.backfills = lambda seq, users: [(user, some.backfills[user]) for user in users if user in some.backfills]
        published = Published(ready.hash, asking.now, asking.seq + 1)
        turn = shard.feed([published, Tick(asking.span.end, asking.seq + 2)])
        if turn.poison:
            raise Unavailable(f"user {turn.poison[0].user!r} cannot be planned for: {turn.poison[0].reason}")
        found: dict[str, Wish] = {}
        for each in turn.decisions:
            if each.journey == asking.journey and each.due >= asking.span.start and each.user not in found:
                found[each.user] = _wish(each, shard.memory(each.user).bucket)
        return list(found.values())

    def _with(self, capacity: Capacity) -> Compiled:
        if self._ready is None or self._ready[0] != capacity:
            playbook = msgspec.structs.replace(self._playbook, capacity=capacity)
            self._ready = capacity, self._compiled(playbook)
        return self._ready[1]

    def _compiled(self, playbook: Playbook) -> Compiled:
        return compiled(playbook, list(self._versions.values()))


def _wish(decision: Decision, bucket: str) -> Wish:
    chosen = decision.chosen
    if chosen is None:
        return Wish(decision.user, bucket, decision.message, decision.code, timing=decision.timing)
    return Wish(decision.user, bucket, decision.message, decision.code, chosen.channel, chosen.at, decision.timing)
