"""A small world for stories: users who do things, a clock that only the story moves, and everything that was decided.

>>> world = World(load("my_playbook"))
>>> ann = world.user("ann", zone="America/New_York", consents=["email"])
>>> ann.does("Cart Updated", cart_id="c1", value=80)
>>> world.passes(hours=1)
>>> [mail.message for mail in ann.received]
['cart_reminder']
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Literal, TypeAlias

import msgspec

from opportune.events import names
from opportune.events.event import Event, Input, Merged, Published, Tick
from opportune.features.backfill import anew
from opportune.journeys.memory import Memory
from opportune.journeys.run import GoalReached
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision, Ending
from opportune.sending.attempt import Attempt, Recall
from opportune.units import DAY, HOUR, MINUTE, ONE, SECOND, Instant, Micros, Millis, Scalar
from opportune.wiring.backfilling import Staging
from opportune.wiring.shard import Shard, Turn

Answer: TypeAlias = Literal["sent", "failed", "unknown", "lapsed", "none"]
"""What a channel makes of an attempt; ``none``: nothing is heard of it."""
RECEIPTS: dict[Answer, str] = {
    "sent": names.MESSAGE_SENT,
    "failed": names.MESSAGE_FAILED,
    "unknown": names.MESSAGE_UNKNOWN,
    "lapsed": names.ATTEMPT_LAPSED,
}
MONDAY_NOON: Instant = 1_780_315_200_000
"""2026-06-01T12:00Z, a Monday: where a world begins unless told otherwise."""


class World:
    """One playbook, its users and a virtual clock; deterministic, nothing leaves it."""

    def __init__(
        self,
        playbook: Playbook,
        *,
        start: str | Instant = MONDAY_NOON,
        answers: Callable[[Attempt], Answer] = lambda attempt: "sent",
        delay: Millis = SECOND,
    ) -> None:
        """``answers`` says what the channel makes of each attempt, ``delay`` after it was claimed."""
        self.playbook = playbook
        self.now: Instant = instant(start)
        self.log: list[Input] = []
        self.decisions: list[Decision] = []
        self.endings: dict[str, Ending] = {}
        self.goals: list[GoalReached] = []
        self.looped: list[str] = []
        """Names of events that were not emitted, because too many emitted events had led to them."""
        self.attempts: list[Attempt] = []
        self.recalls: list[Recall] = []
        self._versions = {playbook.hash: playbook}
        self._backfills: dict[int, dict[str, bytes]] = {}
        self._shard = Shard(compiled(playbook), publications=self._compiled)
        self._shard.backfills = self._backfilled
        self._answers = answers
        self._delay = delay
        self._seq = count(1)
        self._ids = count(1)
        self._receipts: list[tuple[Instant, Attempt, Answer]] = []
        self._seen: set[str] = set()
        self._absorbed_by: dict[str, str] = {}

    def user(self, name: str, *, zone: str = "", consents: Iterable[str] = (), **traits: Scalar) -> "User":
        """A user with these traits; with an e-mail address, and consent on these channels."""
        user = User(self, name)
        stated: dict[str, object] = {"email": f"{name}@example.com", **traits}
        if zone:
            stated["timezone"] = zone
        self.feed([self.event(name, names.IDENTIFIED, stated)])
        for channel in consents:
            user.does(names.CONSENT_GIVEN, channel=channel)
        return user

    def passes(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Time passes; what falls due meanwhile happens at its own instant."""
        self.until(self.now + round(days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND))

    def until(self, at: str | Instant) -> None:
        """Time passes up to this instant."""
        end = instant(at)
        while True:
            wake = self._shard.wheel.first()
            receipt = min((each[0] for each in self._receipts), default=None)
            if receipt is not None and receipt <= end and (wake is None or receipt < wake):
                self._answer(receipt)
            elif wake is not None and wake <= end:
                self.now = max(self.now, wake)
                self.feed([Tick(self.now, next(self._seq))])
            else:
                break
        self.now = max(self.now, end)

    def feed(self, inputs: Sequence[Input]) -> Turn:
        """Hands entries to the log; duplicates by id have no effect."""
        fresh = []
        for each in inputs:
            if not isinstance(each, Event) or each.id not in self._seen:
                fresh.append(each)
            if isinstance(each, Event):
                self._seen.add(each.id)
        self.log += fresh
        turn = self._shard.feed(fresh)
        assert not turn.poison, turn.poison
        self.log += self._shard.told(turn, lambda: next(self._seq))
        self.decisions += turn.decisions
        self.goals += turn.goals
        self.looped += [name for _, _, name in turn.looped]
        for ending in turn.endings:
            assert ending.decision not in self.endings, f"decision {ending.decision} ended twice"
            self.endings[ending.decision] = ending
        for call in turn.calls:
            if isinstance(call, Attempt):
                self.attempts.append(call)
                self._receipts.append((self.now + self._delay, call, self._answers(call)))
            else:
                self.recalls.append(call)
        return turn

    def publish(
        self,
        playbook: Playbook,
        *,
        share: Micros = ONE,
        stable: Playbook | None = None,
        paused: Iterable[str] = (),
        zones: str = "",
    ) -> None:
        """From now on this playbook decides; runs under way keep their steps, or go where it says.

        With a ``share`` it decides for so many users, and for the others ``stable``, or else the one before.
        """
        others = (stable or self.playbook).hash if share < ONE else ""
        self._versions[playbook.hash] = self.playbook = playbook
        seq, features = next(self._seq), [each for known in self._versions.values() for each in known.remembered]
        asked = anew(self._shard.playbook.fold, self._compiled(playbook.hash).fold, features)
        if asked is not None:
            staging = Staging(asked)
            staging.take(self.log)
            self._backfills[seq] = dict(staging.rows(now=self.now))
        self.feed([Published(playbook.hash, self.now, seq, share, others, tuple(sorted(paused)), zones)])

    def merge(self, kept: "User", absorbed: "User") -> None:
        """The two turn out to be one; what either does from now on is done by the one."""
        self.feed([Merged(self.resolved(kept.name), self.resolved(absorbed.name), self.now, next(self._seq))])
        self._absorbed_by[self.resolved(absorbed.name)] = self.resolved(kept.name)

    def resolved(self, name: str) -> str:
        """The id under which this user is known since the last merge."""
        while name in self._absorbed_by:
            name = self._absorbed_by[name]
        return name

    def known(self, name: str) -> "User":
        """The user of this name, of whom the world has heard already."""
        return User(self, name)

    def memory(self, user: "User") -> Memory:
        """What is remembered of the user."""
        return self._shard.memory(self.resolved(user.name))

    def why(self, user: "User", message: str) -> "Story":
        """What became of the newest decision about this message to this user."""
        name = self.resolved(user.name)
        about = [each for each in self.decisions if self.resolved(each.user) == name and each.message == message]
        assert about, f"nothing was ever decided about {message!r} for {user.name!r}"
        return Story(about[-1], self.endings.get(about[-1].id))

    def event(
        self, user: str, name: str, properties: Mapping[str, object], *, at: Instant | None = None, id: str = ""
    ) -> Event:
        """An event of this user as the log would keep it."""
        number = next(self._ids)
        return Event(
            id=id or f"event-{number}",
            user=self.resolved(user),
            name=name,
            at=self.now if at is None else at,
            received_at=self.now,
            seq=next(self._seq),
            properties=msgspec.json.encode(properties),
        )

    def _answer(self, at: Instant) -> None:
        place = min(range(len(self._receipts)), key=lambda each: self._receipts[each][0])
        _, attempt, answer = self._receipts.pop(place)
        self.now = max(self.now, at)
        recalled = {each.decision for each in self.recalls}
        if attempt.decision in recalled or (answer == "sent" and self.now >= attempt.expires):
            answer = "lapsed"
        if answer != "none":
            self.feed([self.event(attempt.user, RECEIPTS[answer], {"decision": attempt.decision, "code": "refused"})])

    def _backfilled(self, seq: int, users: Collection[str]) -> Iterable[tuple[str, bytes]]:
        return self._backfills.get(seq, {}).items()

    def _compiled(self, name: str) -> Compiled:
        others = [each for each in self._versions.values() if each.hash != name]
        return compiled(self._versions[name], others)


class User:
    """Somebody in a world."""

    def __init__(self, world: World, name: str) -> None:
        self.world = world
        self.name = name

    def does(self, event: str, *, at: str | Instant | None = None, id: str = "", **properties: object) -> None:
        """The user does this now; ``at`` an earlier instant: it is heard of only now."""
        when = None if at is None else instant(at)
        self.world.feed([self.world.event(self.name, event, properties, at=when, id=id)])

    @property
    def received(self) -> list[Attempt]:
        """The messages that reached this user, in order."""
        world, name = self.world, self.world.resolved(self.name)
        newest = {each.decision: each for each in world.attempts if world.resolved(each.user) == name}
        sent = {each.decision for each in world.endings.values() if each.outcome == "sent"}
        return [each for each in world.attempts if each.decision in sent and newest.get(each.decision) is each]


class Story:
    """One decision and how it ended."""

    def __init__(self, decision: Decision, ending: Ending | None) -> None:
        self.decision = decision
        self.ending = ending

    @property
    def code(self) -> str:
        """How it ended; while it is open ``planned``."""
        return "planned" if self.ending is None else self.ending.code

    @property
    def until(self) -> Instant | None:
        """When it will go out, or when the reason for silence might be gone."""
        chosen = self.decision.chosen
        return self.decision.until if chosen is None else chosen.at


def instant(when: str | Instant) -> Instant:
    """An instant as such, or from ISO 8601 text with an offset or Z."""
    if isinstance(when, str):
        return round(datetime.fromisoformat(when).timestamp() * SECOND)
    return when
