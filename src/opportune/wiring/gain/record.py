"""The messages of an engine whose moment ``send_time`` chose, user by user, with what came of them.

All that was decided counts, whether or not it went out in the end: what is bought before a late slot comes calls a
message off, so those that went out late are not like those that went out early. A message that was planned anew counts
once, with the choice that was made first: later ones hang on what that was.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct, msgpack

from opportune.draws import hash_of
from opportune.playbook.as_published import as_published
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Decision
from opportune.policies.send_time import SendTime
from opportune.policies.shipped import SHIPPED
from opportune.policies.timing import Slot, Timing
from opportune.policies.verbs import Policy
from opportune.ports import History
from opportune.training.gain import Send, Side
from opportune.units import DAY, MINUTE, Instant, Micros, Millis
from opportune.wiring.gain.looks import Looks

WITHIN: Final[Millis] = 2 * DAY
"""An open counts up to so long after the message went out."""
SEEN_ON: Final = frozenset({"email", "push"})
"""Channels on which every open can be seen."""


class Wanted(Struct, frozen=True):
    """Which decisions count; None: all of them."""

    journey: str | None = None
    message: str | None = None
    since: Instant | None = None
    """Those made at this instant or later."""


class Counts(Struct):
    """What the record holds, and what of it is left out, and why."""

    decided: dict[str, int] = {}
    """Messages that could have gone out and been opened by now, by side."""
    sent: dict[str, int] = {}
    """Those of them that went out, or may have."""
    users: dict[str, int] = {}
    """By side, whoever was decided for."""
    both: int = 0
    """Users who were on both sides, and are left out."""
    waiting: int = 0
    """Messages that are too young to know what comes of them."""
    learned: dict[str, int] = {}
    """Messages to treated users by why their slot was chosen."""


class _Kept(Struct, array_like=True, gc=False):
    """One decision, until all of its user's are known."""

    run: bytes
    step: int
    due: Instant
    at: Instant
    """When it went out; 0 where it did not."""
    ended: Instant
    is_ready: bool
    because: str
    send: Send


class Record:
    """Reads a file once, and gives its users as often as they are asked for; memory grows with decisions and opens."""

    def __init__(
        self,
        history: History,
        wanted: Wanted = Wanted(),  # noqa: B008 - frozen
        *,
        policies: Mapping[str, type[Policy]] = SHIPPED,
        progress: Callable[[int], None] = lambda count: None,
    ) -> None:
        self._history, self._wanted, self._policies = history, wanted, policies
        self._playbooks: dict[str, Playbook | None] = {}
        self._by_user: dict[str, bytearray] = {}
        self._pack, self._unpack = msgpack.Encoder().encode, msgpack.Decoder(_Kept).decode
        self.shares: set[Micros] = set()
        """The shares that controls were drawn with."""
        self.counts = Counts()
        self.unit = ""
        """Of the value of goals."""
        self._looks = Looks(history)
        self._goals = {
            self._run(goal.user, goal.journey, goal.key, goal.entry): (goal.at, goal.value or 0)
            for goal in history.goals()
        }
        for count, decision in enumerate(history.decisions(), 1):
            self._add(decision)
            if count % 1_000 == 0:
                progress(count)
        self._tally()

    def users(self) -> Iterator[tuple[str, list[Send]]]:
        """Each user with all sends of theirs that count, in order of ids; without those who were on both sides."""
        for user in sorted(self._by_user):
            kept, _ = self._messages(user)
            if len({each.send.side for each in kept}) == 1:
                sends = list(self._with_goals(kept))
                if sends:
                    yield user, sends

    def _add(self, decision: Decision) -> None:
        if decision.timing is None or decision.chosen is None or not self._is_wanted(decision):
            return
        timing, ending = decision.timing, self._history.ending(decision.id)
        playbook = self._playbook(decision.playbook)
        journey = None if playbook is None else playbook.journeys.get(decision.journey)
        send = send_of(decision, timing, has_goal=journey is not None and journey.goal is not None)
        if send is None:
            return
        if playbook is not None and decision.due >= (self._wanted.since or 0):
            self.unit = playbook.value
            self.shares |= {each.control for each in playbook.policies if isinstance(each, SendTime)}
        last = max(each.at for each in timing.slots)
        at = ending.at if ending is not None and ending.outcome in ("sent", "unknown") else 0
        if all(each.channel in SEEN_ON for each in timing.slots):
            send.opened = bool(at) and self._looks.human(decision.id, at, at + WITHIN)
            send.unsure = bool(at) and self._looks.unsure(decision.id, at, at + WITHIN)
        is_ready = ending is not None and max(last, at) + WITHIN <= self._looks.clock
        run = self._run(decision.user, decision.journey, decision.key, decision.entry)
        ended = 0 if ending is None else ending.at
        packed = self._pack(_Kept(run, decision.step, decision.due, at, ended, is_ready, timing.because, send))
        held = self._by_user.setdefault(self._looks.root(decision.user), bytearray())
        held += len(packed).to_bytes(2, "big") + packed

    def _is_wanted(self, decision: Decision) -> bool:
        wanted = self._wanted
        return wanted.journey in (None, decision.journey) and wanted.message in (None, decision.message)

    def _run(self, user: str, journey: str, key: str, entry: Instant) -> bytes:
        return hash_of(self._looks.root(user), journey, key, entry)[:8]

    def _playbook(self, name: str) -> Playbook | None:
        if name not in self._playbooks:
            files = self._history.publication(name)
            found = None if files is None else as_published(files, name, policies=self._policies)
            self._playbooks[name] = found
        return self._playbooks[name]

    def _messages(self, user: str) -> tuple[list[_Kept], int]:
        """Those of this user that can be told of, each as it was chosen first and came out last; how many wait."""
        raw, place, steps = self._by_user[user], 0, dict[tuple[bytes, int], list[_Kept]]()
        while place < len(raw):
            end = place + 2 + int.from_bytes(raw[place : place + 2], "big")
            kept = self._unpack(raw[place + 2 : end])
            steps.setdefault((kept.run, kept.step), []).append(kept)
            place = end
        found, since = [each for step in steps.values() for each in _chosen_first(step)], self._wanted.since
        wanted = [each for each in found if since is None or each.due >= since]
        ready = [each for each in wanted if each.is_ready]
        return ready, len(wanted) - len(ready)

    def _with_goals(self, kept: list[_Kept]) -> Iterator[Send]:
        """A goal counts once, for the last of these messages of its run that was decided before it."""
        newest: dict[bytes, _Kept] = {}
        for each in sorted(kept, key=_due):
            goal = self._goals.get(each.run)
            if goal is not None and goal[0] >= each.due:
                newest[each.run] = each
        for each in kept:
            send = each.send
            if send.reached is not None and newest.get(each.run) is each:
                send.reached, send.value = True, self._goals[each.run][1]
            yield send

    def _tally(self) -> None:
        counts = self.counts
        for user in self._by_user:
            kept, waiting = self._messages(user)
            counts.waiting += waiting
            sides = {each.send.side for each in kept}
            counts.both += len(sides) > 1
            for side in sides if len(sides) == 1 else ():
                counts.users[side] = counts.users.get(side, 0) + 1
                counts.decided[side] = counts.decided.get(side, 0) + len(kept)
                counts.sent[side] = counts.sent.get(side, 0) + sum(each.at > 0 for each in kept)
                for each in kept if side == "treated" else ():
                    counts.learned[each.because] = counts.learned.get(each.because, 0) + 1


def _chosen_first(step: Iterable[_Kept]) -> Iterator[_Kept]:
    """The decisions of one step of a run as messages: one that did not go out and was decided again is one with it."""
    first: _Kept | None = None
    before: _Kept | None = None
    for each in sorted(step, key=_due):
        if first is None or before is None or before.at or not 0 <= each.due - before.ended <= MINUTE:
            first = each
            yield first
        else:
            first.at, first.is_ready = each.at, each.is_ready
            first.send.opened, first.send.unsure = each.send.opened, each.send.unsure
        before = each


def _due(kept: _Kept) -> Instant:
    return kept.due


def send_of(decision: Decision, timing: Timing, *, has_goal: bool) -> Send | None:
    """The send with what its record says of the choice; None if it was in none of the slots on record."""
    if decision.chosen is None:
        return None
    slot = _slot(timing.slots, decision.chosen.at, decision.chosen.channel)
    best, baseline = (_slot(timing.slots, at, timing.channel) for at in (timing.best, timing.baseline))
    if slot is None or best is None or baseline is None:
        return None
    aim = best if timing.basis == "learned" else baseline
    side: Side = "control" if timing.arm == "control" else "treated"
    return Send(
        side, slot.at == best.at, slot is aim, slot is baseline,
        slot.chance, aim.chance, baseline.chance, slot.opened, aim.opened, baseline.opened,
        None, reached=False if has_goal else None,
    )  # fmt: skip


def _slot(slots: Iterable[Slot], at: Instant, channel: str) -> Slot | None:
    return next((each for each in slots if each.at == at and each.channel == channel), None)
