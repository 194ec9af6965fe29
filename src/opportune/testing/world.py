"""A small world for stories: users who do things, a clock that only the story moves, and everything that was decided.

>>> world = World.of("my_playbook")
>>> ann = world.user("ann", zone="America/New_York", consents=["email"])
>>> ann.does("Cart Updated", cart_id="c1", value=80)
>>> world.passes(hours=1)
>>> assert ann.got("cart_reminder")
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from opportune.errors import StoryError
from opportune.events import names
from opportune.events.event import Event, Input, Merged, Published, Tick
from opportune.features.backfill import anew
from opportune.journeys.memory import Memory
from opportune.journeys.run import GoalReached
from opportune.journeys.step import Send
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.playbook.folder import load
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision, Ending
from opportune.sending.attempt import Attempt, Recall
from opportune.testing.instants import instant as instant
from opportune.testing.story import Story as Story
from opportune.testing.user import User as User
from opportune.testing.words import events_known, look_at_event, look_at_message, look_at_zone
from opportune.units import DAY, HOUR, MINUTE, ONE, SECOND, Instant, Micros, Millis, Scalar
from opportune.wiring.around import Around
from opportune.wiring.backfilling import Staging
from opportune.wiring.installed import installed
from opportune.wiring.plain_words import instant_of
from opportune.wiring.sentences import sentences_of
from opportune.wiring.shard import Shard, Turn
from opportune.wiring.waiting import waiting_of

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
    """One playbook, its users and a virtual clock; deterministic, nothing leaves it.

    Raises StoryError for what cannot be: a name nobody knows, or time that goes back.
    """

    def __init__(
        self,
        playbook: Playbook,
        *,
        start: str | datetime | Instant = MONDAY_NOON,
        answers: Callable[[Attempt], Answer] = lambda attempt: "sent",
        delay: Millis = SECOND,
        is_strict: bool = False,
    ) -> None:
        """``answers`` says what the channel makes of each attempt, ``delay`` after it was claimed.

        An event whose name nothing looks at is warned of if it is close to one that something does; if ``is_strict``
        it is refused, however it reads.
        """
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
        self._is_strict = is_strict
        self._known = events_known(playbook)

    @classmethod
    def of(
        cls, folder: str | Path, *, start: str | datetime | Instant = MONDAY_NOON, is_strict: bool = False
    ) -> "World":
        """A world of the playbook in this folder; raises PlaybookError with all that is wrong with it."""
        return cls(load(folder, policies=installed()), start=start, is_strict=is_strict)

    def user(self, name: str, *, zone: str = "", consents: Iterable[str] = (), **traits: Scalar) -> User:
        """A user with these traits; with an e-mail address, and consent on these channels."""
        user = User(self, name)
        stated: dict[str, object] = {"email": f"{name}@example.com", **traits}
        if zone:
            look_at_zone(name, zone)
            stated["timezone"] = zone
        self.feed([self.event(name, names.IDENTIFIED, stated)])
        for channel in consents:
            user.consents(channel)
        return user

    def passes(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> None:
        """Time passes; what falls due meanwhile happens at its own instant."""
        span = round(days * DAY + hours * HOUR + minutes * MINUTE + seconds * SECOND)
        if span < 0:
            raise StoryError(f"passes: time goes on only, not by {span} ms; begin another world with start=")
        self.until(self.now + span)

    def until(self, at: str | datetime | Instant) -> None:
        """Time passes up to this instant."""
        end = instant(at)
        if end < self.now:
            there, here = (instant_of(self.playbook.zone, each) for each in (end, self.now))
            raise StoryError(f"until: it is {here} already, and {there} is over; begin another world with start=")
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
        self._known |= events_known(playbook)
        seq, features = next(self._seq), [each for known in self._versions.values() for each in known.remembered]
        asked = anew(self._shard.playbook.fold, self._compiled(playbook.hash).fold, features)
        if asked is not None:
            staging = Staging(asked)
            staging.take(self.log)
            self._backfills[seq] = dict(staging.rows(now=self.now))
        self.feed([Published(playbook.hash, self.now, seq, share, others, tuple(sorted(paused)), zones)])

    def merge(self, kept: User, absorbed: User) -> None:
        """The two turn out to be one; what either does from now on is done by the one."""
        self.feed([Merged(self.resolved(kept.name), self.resolved(absorbed.name), self.now, next(self._seq))])
        self._absorbed_by[self.resolved(absorbed.name)] = self.resolved(kept.name)

    def resolved(self, name: str) -> str:
        """The id under which this user is known since the last merge."""
        while name in self._absorbed_by:
            name = self._absorbed_by[name]
        return name

    def known(self, name: str) -> User:
        """The user of this name, of whom the world has heard already."""
        return User(self, name)

    def memory(self, user: User) -> Memory:
        """What is remembered of the user."""
        return self._shard.memory(self.resolved(user.name))

    def why(self, user: User, message: str) -> Story:
        """What became of the newest decision about this message to this user; true if it was sent.

        Raises AssertionError, with what is being waited for, if there is none.
        """
        about = self._about(user, message)
        if not about:
            raise AssertionError(" ".join(self._undecided(user, message)))
        return self._story(about[-1])

    def got(self, user: User, message: str, *, at_least: int = 1) -> Story:
        """True if the message reached the user at least so often; else it is about the newest that did not."""
        about = self._about(user, message)
        sent = [each for each in about if self._was_sent(each)]
        lead = "" if at_least == 1 else f"{message} has reached {user.name} {len(sent)} of {at_least} times."
        shown = sent if len(sent) >= at_least else [each for each in about if each not in sent] or sent
        if not shown:
            return Story(None, None, list(self._undecided(user, message)), is_true=at_least < 1, lead=lead)
        newest, is_true = shown[-1], len(sent) >= at_least
        return Story(newest, self.endings.get(newest.id), self._sentences(newest), is_true=is_true, lead=lead)

    def look_at_event(self, name: str) -> None:
        """Warns of a name of an event that is probably not meant, or refuses it."""
        look_at_event(name, self._known, is_strict=self._is_strict)

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

    def _about(self, user: User, message: str) -> list[Decision]:
        look_at_message(message, {name for each in self._versions.values() for name in each.messages})
        return [each for each in self.decisions if each.message == message and self._is(user, each.user)]

    def _is(self, user: User, name: str) -> bool:
        return self.resolved(name) == self.resolved(user.name)

    def _story(self, decision: Decision) -> Story:
        ending = self.endings.get(decision.id)
        return Story(decision, ending, self._sentences(decision), is_true=self._was_sent(decision))

    def _sentences(self, decision: Decision) -> list[str]:
        owner = self.resolved(decision.user)
        of_user = [each for each in self.decisions if self.resolved(each.user) == owner]
        around = Around(of_user, self.endings, self._versions.get(decision.playbook))
        address = next((each.address for each in self.attempts if each.decision == decision.id), None)
        return sentences_of(decision, self.endings.get(decision.id), address, around)

    def _was_sent(self, decision: Decision) -> bool:
        ending = self.endings.get(decision.id)
        return ending is not None and ending.outcome == "sent"

    def _undecided(self, user: User, message: str) -> Iterator[str]:
        """Why nothing was decided yet: what its journeys wait for."""
        yield f"nothing was ever decided about {message!r} for {user.name!r}."
        name, plans = self.resolved(user.name), self._shard.playbook.plans.newest
        speaking = {
            journey
            for journey, plan in plans.items()
            if any(isinstance(step, Send) and step.message == message for step in plan.journey.steps)
        }
        yield from (each.sentence for each in waiting_of(self._shard, name) if each.journey in speaking)

    def _backfilled(self, seq: int, users: Collection[str]) -> Iterable[tuple[str, bytes]]:
        return self._backfills.get(seq, {}).items()

    def _compiled(self, name: str) -> Compiled:
        others = [each for each in self._versions.values() if each.hash != name]
        return compiled(self._versions[name], others)
