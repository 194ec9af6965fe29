"""Ids that turn out to be one user, in chains and back again, beside one user who did it all.

Whatever was folded by several ids reads as if one had done it, in order of arrival; what either was sent or refused
holds for both; of two runs the older lives; and an id that is its own again begins anew.
"""

from collections import defaultdict

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from opportune.events.event import Event, Merged
from opportune.features.fold import new_profile
from opportune.features.scope import Scope
from opportune.features.sessions import last_active
from opportune.features.traits import trait_at
from opportune.journeys.run import Run
from opportune.messages.candidate import Candidate
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.decision import Ending
from opportune.policies.shipped import SHIPPED
from opportune.testing.world import World
from opportune.units import DAY, HOUR, MINUTE, Instant
from tests.laws.machines.running import run

IDS = ("ann", "device", "phone", "tablet")
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always, push: always}\npolicies:\n"
    '  - quiet_hours: {from: "21:00", to: "08:00"}\n  - frequency_cap: {at_most: 2, within: 7 days}\n',
    "features.yaml": "carts: COUNT_IF(event = 'Cart Updated')\n"
    "lately: COUNT_IF(event = 'Cart Updated') OVER LAST '2 hours'\n"
    "spent: SUM(value) FILTER (WHERE event = 'Cart Updated')\n"
    "newest: LAST(value) FILTER (WHERE event = 'Cart Updated')\n"
    "visit: COUNT_IF(event = 'Cart Updated') OVER SESSION\n",
    "journeys/now.yaml": "journey: now\nkey: n\nenter: {on: Cart Updated}\nexit: {on: Order Completed}\n"
    "steps:\n  - send: mail\n  - wait: 2 hours\n  - send: push\n",
    "journeys/later.yaml": "journey: later\nkey: n\nenter: {on: Cart Updated}\nexit: {on: Order Completed}\n"
    "steps:\n  - wait: 1 hour\n  - send: push\n",
    **{
        f"messages/{name}.yaml": f"message: {name}\nchannels: [{channel}]\ntopic: cart\nuseful_for: 12 hours\n"
        for name, channel in (("mail", "email"), ("push", "push"))
    },
    **{f"messages/{name}.liquid": f"subject: {name}\n---\n{{{{ unsubscribe_url }}}}\n" for name in ("mail", "push")},
}
PLAYBOOK = playbook_from(FILES, policies=SHIPPED)
COMPILED = compiled(PLAYBOOK)
FEATURES = ("carts", "lately", "spent", "newest", "visit")
START: Instant = 1_780_347_600_000 - 3 * HOUR
"""2026-06-01T18:00Z: some hours before the night."""
Place = tuple[str, str]
"""Journey and key."""
carts = st.fixed_dictionaries({"n": st.integers(1, 2), "value": st.sampled_from([1, 2, 2.5])})


class Merges(RuleBasedStateMachine):
    """Four ids; any of them may be found to be another."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(PLAYBOOK, start=START, delay=MINUTE // 2)
        self.done: dict[str, list[Event]] = defaultdict(list)
        """By living id: all that its user did and was told, under whatever id."""
        self.withdrawn: dict[str, set[str]] = defaultdict(set)
        self.suppressed: dict[str, set[str]] = defaultdict(set)
        self.decided: dict[str, set[str]] = defaultdict(set)
        """The decisions about each."""
        self.read = self.known = self.tried = 0
        for name in IDS:
            self.world.user(name, push_token="p")
        self._note()

    @rule(name=st.sampled_from(IDS), cart=carts, late=st.sampled_from([0, 0, 0, 20 * MINUTE, 3 * HOUR]))
    def fills_a_cart(self, name: str, cart: dict[str, object], late: int) -> None:
        self._does(name, "Cart Updated", cart, late)

    @rule(name=st.sampled_from(IDS), cart=carts, span=st.sampled_from([3 * MINUTE, HOUR, 20 * HOUR]))
    def is_written_to(self, name: str, cart: dict[str, object], span: int) -> None:
        """A cart, and time for what follows."""
        self._does(name, "Cart Updated", cart)
        self.time_passes(span)

    @rule(name=st.sampled_from(IDS), n=st.integers(1, 2), late=st.sampled_from([0, 0, HOUR]))
    def buys(self, name: str, n: int, late: int) -> None:
        self._does(name, "Order Completed", {"n": n}, late)

    @rule(name=st.sampled_from(IDS), value=st.integers(1, 3))
    def states(self, name: str, value: int) -> None:
        self._does(name, "Identified", {"colour": value})

    @rule(name=st.sampled_from(IDS), channel=st.sampled_from(["email", "push"]), is_given=st.booleans())
    def says_yes_or_no(self, name: str, channel: str, is_given: bool) -> None:
        self._does(name, "Consent Given" if is_given else "Consent Withdrawn", {"channel": channel})
        words = self.withdrawn[self.world.resolved(name)]
        words.discard(channel) if is_given else words.add(channel)

    @precondition(lambda self: self.world.now > START + HOUR)
    @rule(name=st.sampled_from(IDS))
    def complains(self, name: str) -> None:
        self._does(name, "Email Marked as Spam", {})
        self.suppressed[self.world.resolved(name)].add("email")

    @rule(span=st.sampled_from([1, MINUTE, 31 * MINUTE, HOUR, 6 * HOUR, 2 * DAY]))
    def time_passes(self, span: int) -> None:
        self.world.until(self.world.now + span)
        self._note()

    @rule(kept=st.sampled_from(IDS), absorbed=st.sampled_from(IDS))
    def two_are_one(self, kept: str, absorbed: str) -> None:
        """What follows is compared with what both had before."""
        kept, absorbed = self.world.resolved(kept), self.world.resolved(absorbed)
        if kept == absorbed:
            return
        before = [(name, list(self.world._shard.memory(name).runs)) for name in (kept, absorbed)]
        done = {name: self._done_with(name) for name in (kept, absorbed)}
        ended = set(self.world.endings)
        bought = {
            name: [each for each in self.done[name] if each.name == "Order Completed"] for name in (kept, absorbed)
        }
        turn = self.world.feed([Merged(kept, absorbed, self.world.now, next(self.world._seq))])
        self.world._absorbed_by[absorbed] = kept
        for memory in (self.done, self.decided, self.withdrawn, self.suppressed):
            self._join(memory, kept, absorbed)
        self.done[kept].sort(key=lambda event: event.seq)
        self._note()
        endings = [self.world.endings[each] for each in set(self.world.endings) - ended]
        self._runs_are_joined(kept, dict(before), bought, endings, done)
        assert not turn.unmerged

    @precondition(lambda self: self.world._absorbed_by)
    @rule(data=st.data())
    def one_is_its_own_again(self, data: st.DataObject) -> None:
        """It was said as a userId: what it did before stays where it went, and it begins anew."""
        name = data.draw(st.sampled_from(sorted(self.world._absorbed_by)))
        self.world.until(self.world.now + 1)  # decisions of both its lives would have one name at one instant
        self.world.feed([Merged(name, name, self.world.now, next(self.world._seq))])
        for id, heir in list(self.world._absorbed_by.items()):
            if heir == name:  # those it had absorbed stay with whoever has their memory
                self.world._absorbed_by[id] = self.world._absorbed_by[name]
        del self.world._absorbed_by[name]
        self.done[name], self.decided[name] = [], set()
        self.withdrawn[name], self.suppressed[name] = set(), set()
        memory = self.world._shard.memory(name)
        assert not memory.runs and not memory.ledger.sent and not memory.ledger.pending and not memory.profile.traits

    def _join(self, memory: dict, kept: str, absorbed: str) -> None:  # type: ignore[type-arg]
        gone = memory.pop(absorbed, None)
        if gone:
            memory[kept] = memory[kept] | gone if isinstance(gone, set) else memory[kept] + gone

    def _does(self, name: str, event: str, properties: dict[str, object], late: int = 0) -> None:
        self.world.feed([self.world.event(name, event, properties, at=self.world.now - late)])
        self._note()

    def _note(self) -> None:
        """What the log and the decisions have to say since."""
        for entry in self.world.log[self.read :]:
            if isinstance(entry, Event):
                self.done[entry.user].append(entry)
        self.read = len(self.world.log)
        for decision in self.world.decisions[self.known :]:
            self.decided[self.world.resolved(decision.user)].add(decision.id)
        self.known = len(self.world.decisions)

    def _runs_are_joined(
        self,
        kept: str,
        before: dict[str, list[Run]],
        bought: dict[str, list[Event]],
        endings: list[Ending],
        done: dict[str, set[Place]],
    ) -> None:
        """Of each journey and key the run that entered first lives, unless the other id has done what ends it.

        Beside one that the other id is done with it may end, too, as re-entry says.
        """
        lives: dict[Place, Run] = {}
        for name, runs in before.items():
            (other,) = set(before) - {name}
            for each in runs:
                if any(event.at >= each.entry and self._key(event) == each.key for event in bought[other]):
                    continue
                known = lives.get((each.journey, each.key))
                if known is None or each.entry < known.entry:
                    lives[each.journey, each.key] = each
        found = {(each.journey, each.key): each.entry for each in self.world._shard.memory(kept).runs}
        stopped = {each.decision for each in endings if each.code not in ("merged", "exited")}
        for place, each in [
            (place, each) for place, each in lives.items() if not any(place in known for known in done.values())
        ]:
            is_stopped = place not in found and each.decision in stopped
            assert found.get(place) == each.entry or is_stopped, (each, found, endings)
        were = {(each.journey, each.key) for runs in before.values() for each in runs}
        assert set(found) <= were.union(*done.values())  # what an exit or a merge ends may let begin what it kept out

    def _done_with(self, name: str) -> set[Place]:
        memory = self.world._shard.memory(name)
        going = {(each.journey, each.key) for each in memory.runs}
        return {(each.journey, each.key) for each in memory.pasts if each.before is not None} - going

    def _key(self, event: Event) -> str:
        return str(msgspec.json.decode(event.properties)["n"])

    @invariant()
    def it_reads_as_if_one_had_done_it(self) -> None:
        for name in self._living():
            whole, memory = new_profile(), self.world._shard.memory(name)
            clock = 0
            for event in self.done[name]:
                properties = msgspec.json.decode(event.properties)
                clock = max(clock, event.received_at)
                COMPILED.fold.apply(whole, event, properties, {}, clock)
            now = self.world.now
            for at in (now, now - 30 * MINUTE, now - 3 * HOUR):
                for feature in FEATURES:
                    found = COMPILED.readers[feature](Scope(memory.profile, at))
                    assert found == COMPILED.readers[feature](Scope(whole, at)), (name, feature)
                assert trait_at(memory.profile, "colour", at) == trait_at(whole, "colour", at)
            assert last_active(memory.profile) == last_active(whole)

    @invariant()
    def what_either_refused_or_was_sent_holds(self) -> None:
        for name in self._living():
            memory, now = self.world._shard.memory(name), self.world.now
            view = COMPILED.view(memory, now)
            for message in COMPILED.messages.values():
                (channel,) = message.channels
                refused = COMPILED.pipeline.is_refused(Candidate(message, channel, now, now + DAY), view)
                is_no = channel in self.withdrawn[name] | self.suppressed[name]
                assert (refused is not None) == is_no, (name, channel, refused)
            sent = {each.id for each in memory.ledger.sent}
            endings = [self.world.endings[each] for each in self.decided[name] if each in self.world.endings]
            lately = {each.decision for each in endings if each.outcome == "sent" and each.at > now - 7 * DAY}
            assert lately <= sent
            assert sent <= self.decided[name]
            runs = {(each.journey, each.key, each.entry) for each in memory.runs}
            for each in memory.ledger.pending:
                assert each.recalled or (each.journey, each.key, each.entry) in runs, "said for a run that has ended"
            open_ones = {each.id for each in memory.ledger.pending}
            assert open_ones == self.decided[name] - {each.decision for each in endings}

    @invariant()
    def nothing_more_is_said_once_two_were(self) -> None:
        """However they came together."""
        for attempt in self.world.attempts[self.tried :]:
            name = self.world.resolved(attempt.user)
            endings = [self.world.endings[each] for each in self.decided[name] if each in self.world.endings]
            week = [each for each in endings if each.outcome == "sent" and attempt.at - 7 * DAY < each.at < attempt.at]
            assert len(week) <= 1
        self.tried = len(self.world.attempts)

    def _living(self) -> list[str]:
        return [name for name in IDS if self.world.resolved(name) == name]


def test_several_ids_of_one_user_come_to_what_one_would() -> None:
    run(Merges, examples=250, steps=25)
