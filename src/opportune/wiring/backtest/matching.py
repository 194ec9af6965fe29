"""Which decision of one playbook answers to which of another one: they have the same cause.

The same decision (same id) comes first. Then the same step of the same run; then, for a step may have moved, the same
message of the same run; then, for a trigger may have changed and begins runs at other instants, the same message of the
same journey and key less than two weeks apart. Among several the earliest of both sides belong together.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.messages.message import Message
from opportune.policies.decision import Decision, Ending
from opportune.policies.obstacles import code_of
from opportune.units import DAY, Instant, Millis
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.said import GONE_OUT

NEAR: Final[Millis] = 14 * DAY
SENT: Final = "sent"
PLANNED: Final = "planned"
"""Not ended when the past did."""
NOTHING: Final = "-"
"""Nothing was decided for the cause."""
Change: TypeAlias = Literal["same", "silent", "more", "fewer", "otherwise", "earlier", "later"]


class Decided(Struct, frozen=True, gc=False):
    """One decision with its ending."""

    decision: Decision
    ending: Ending | None

    @property
    def state(self) -> str:
        """``sent`` (that it may have been sent counts), ``planned``, or the code of its silence."""
        if self.ending is None:
            return PLANNED
        return SENT if self.ending.outcome in GONE_OUT else code_of(self.decision, self.ending)

    @property
    def at(self) -> Instant:
        """When it went out; of a silence, when it was decided."""
        is_out = self.ending is not None and self.ending.outcome in GONE_OUT
        return self.ending.at if self.ending is not None and is_out else self.decision.due

    @property
    def says(self) -> tuple[str, str, str]:
        """Message, channel and wording."""
        chosen = self.decision.chosen
        return self.decision.message, chosen.channel if chosen else "", chosen.variant if chosen else ""


class Pair(Struct, frozen=True, gc=False):
    """What both playbooks decided for one cause; at least one of them did."""

    old: Decided | None
    new: Decided | None

    @property
    def _first(self) -> Decision:
        found = self.old or self.new
        assert found is not None
        return found.decision

    @property
    def id(self) -> str:
        """That of its first decision."""
        return self._first.id

    @property
    def user(self) -> str:
        """Whose it is."""
        return self._first.user

    @property
    def journey(self) -> str:
        """Whose step it is."""
        return self._first.journey

    @property
    def shift(self) -> Millis:
        """How much later the new one goes out; 0 unless both go out."""
        both = self.old is not None and self.new is not None and self.old.state == self.new.state == SENT
        return self.new.at - self.old.at if both and self.old and self.new else 0

    @property
    def what(self) -> Change:
        """What is different for the user; ``silent`` if neither goes out."""
        is_out = [each is not None and each.state == SENT for each in (self.old, self.new)]
        if not any(is_out):
            return "silent"
        if not all(is_out):
            return "fewer" if is_out[0] else "more"
        if self.old and self.new and self.old.says != self.new.says:
            return "otherwise"
        return "same" if not self.shift else "later" if self.shift > 0 else "earlier"


Cause: TypeAlias = Callable[[Decided], Hashable]
CAUSES: Final[tuple[tuple[Cause, Millis | None], ...]] = (
    (lambda each: each.decision.id, None),
    (lambda each: (each.decision.journey, each.decision.key, each.decision.entry, each.decision.step), None),
    (lambda each: (each.decision.journey, each.decision.key, each.decision.entry, each.decision.message), None),
    (lambda each: (each.decision.journey, each.decision.key, each.decision.message), NEAR),
)
"""What two decisions of one cause have in common, the surest first, and how near they have to be."""


def pairs_of(
    old: Lived, new: Lived, old_messages: Mapping[str, Message], new_messages: Mapping[str, Message]
) -> list[Pair]:
    """All decisions of one user on either side that users would hear of, each in one pair."""
    olds, news = _heard(old, old_messages), _heard(new, new_messages)
    pairs: list[Pair] = []
    for cause, near in CAUSES:
        if not olds or not news:
            break
        found = _matched(olds, news, cause, near)
        pairs += found
        gone = {id(each) for pair in found for each in (pair.old, pair.new)}
        olds = [each for each in olds if id(each) not in gone]
        news = [each for each in news if id(each) not in gone]
    return pairs + [Pair(each, None) for each in olds] + [Pair(None, each) for each in news]


def _heard(lived: Lived, messages: Mapping[str, Message]) -> list[Decided]:
    """By instant, then by id."""
    found = [
        Decided(each, lived.endings.get(each.id))
        for each in lived.decisions
        if messages[each.message].kind != "internal"
    ]
    return sorted(found, key=lambda each: (each.at, each.decision.id))


def _matched(olds: Iterable[Decided], news: Iterable[Decided], cause: Cause, near: Millis | None) -> list[Pair]:
    waiting: dict[Hashable, list[Decided]] = {}
    for new in news:
        waiting.setdefault(cause(new), []).append(new)
    pairs = []
    for old in olds:
        rivals = waiting.get(cause(old), [])
        place = next((place for place, new in enumerate(rivals) if near is None or abs(new.at - old.at) < near), None)
        if place is not None:
            pairs.append(Pair(old, rivals.pop(place)))
    return pairs
