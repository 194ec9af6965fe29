"""Stops where they bite: in the engine, on what is planned, under way, and asked for again.

The words are held against the same model; what a stop must do is read off the calls and endings alone.
"""

from collections.abc import Mapping
from functools import cache

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from opportune.events import names
from opportune.playbook.definition import Playbook
from opportune.sending.attempt import Attempt
from opportune.testing.world import World
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant, Millis
from tests.laws.machines.consent_model import EVERY, Rights, Word
from tests.laws.machines.running import run
from tests.stories.shop import NIGHT, shop

START: Instant = 1_792_756_800_000
NEVER: Millis = 10_000 * DAY
"""Whatever is answered, recalled attempts too, the machine answers."""
CHANNELS = {"mail": "email", "note": "push", "code": "email"}
TOPICS = {"mail": "news", "note": "cart", "code": "cart"}
agoes = st.sampled_from([0, 0, SECOND, HOUR, 4 * DAY])
some_channel = st.sampled_from(["email", "push", EVERY])


@cache
def playbook() -> Playbook:
    journeys = {
        name: f"journey: {name}\nkey: n\nenter: {{on: {name.title()}}}\nsteps:\n  - send: {name}\n" for name in CHANNELS
    }
    messages = {
        name: f"channels: [{channel}]\ntopic: {TOPICS[name]}\nuseful_for: 30 hours"
        + ("\nkind: transactional" if name == "code" else "")
        for name, channel in CHANNELS.items()
    }
    return shop(NIGHT, journeys=journeys, messages=messages, consent="{email: {trait: yes, topics: all}, push: always}")


class Stops(RuleBasedStateMachine):
    """One user of one engine, who changes his mind while messages wait and are under way."""

    @initialize(opted_in=st.booleans())
    def begin(self, opted_in: bool) -> None:
        self.world = World(playbook(), start=START, answers=lambda attempt: "none", delay=NEVER)
        self.ann = self.world.user("ann", push_token="p", yes=opted_in)
        self.opted_in = opted_in
        self.rights = Rights()
        self.pause: Instant = 0
        self.number = self.attempted = 0
        self.open: dict[str, Attempt] = {}

    @rule(message=st.sampled_from(sorted(CHANNELS)))
    def something_happens(self, message: str) -> None:
        """What may be said at all is said at once, or when night and pause are over; the rest never."""
        self.number += 1
        self.ann.does(message.title(), n=self.number)
        decision = self.world.decisions[-1]
        assert (decision.message, decision.due) == (message, self.world.now)
        why = self.objection(message)
        if why is not None:
            assert decision.chosen is None and decision.code == why
        elif message == "code":
            assert decision.chosen is not None and decision.chosen.at == self.world.now
        else:
            free = self.first_free()
            assert (decision.chosen is None) == (free >= self.world.now + 30 * HOUR)
            assert decision.chosen is None or decision.chosen.at == free
        self.look()

    def objection(self, message: str) -> str | None:
        """Why this may not be said for good."""
        if self.rights.is_suppressed(CHANNELS[message]):
            return "suppressed"
        word = self.rights.word_on(CHANNELS[message], TOPICS[message])
        granted = self.opted_in if CHANNELS[message] == "email" else True
        return "no_consent" if message != "code" and not (granted if word is None else word) else None

    def first_free(self) -> Instant:
        """The first instant by day, in UTC, after the pause."""
        at = max(self.world.now, self.pause)
        minute = at % DAY // MINUTE
        return at if 480 <= minute < 1260 else (at + 3 * HOUR) // DAY * DAY + 8 * HOUR

    @rule(
        name=st.sampled_from([names.CONSENT_GIVEN, names.CONSENT_WITHDRAWN]),
        channel=some_channel,
        topic=st.sampled_from(["news", "cart", EVERY]),
        ago=agoes,
        is_history=st.sampled_from([False, False, False, True]),
    )
    def says(self, name: str, channel: str, topic: str, ago: Millis, is_history: bool) -> None:
        is_given, at = name == names.CONSENT_GIVEN, self.world.now - ago
        self.rights.hear([Word(channel, topic, is_given, at, self.following(), False, is_history)])
        self.happens(name, {"channel": channel, "topic": topic}, ago, is_history)
        self.look(is_stop=not is_given and not is_history)

    @rule(channel=some_channel, is_given=st.booleans(), ago=agoes)
    def repeats_in_a_context(self, channel: str, is_given: bool, ago: Millis) -> None:
        self.rights.hear([Word(channel, EVERY, is_given, self.world.now - ago, self.following(), True)])
        self.happens("Page Viewed", {}, ago, False, {"consent": {channel: is_given}})
        self.look(is_stop=not is_given)

    @rule(channel=some_channel, ago=agoes, is_history=st.sampled_from([False, False, True]))
    def is_suppressed(self, channel: str, ago: Millis, is_history: bool) -> None:
        self.rights.suppress(channel, self.world.now - ago)
        self.happens(names.SUPPRESSED, {"channel": channel}, ago, is_history)
        self.look(is_stop=not is_history)

    @rule(channel=some_channel, ago=agoes, is_history=st.sampled_from([False, False, True]))
    def may_be_written_to_again(self, channel: str, ago: Millis, is_history: bool) -> None:
        self.rights.unsuppress(channel, self.world.now - ago, is_history=is_history)
        self.happens(names.UNSUPPRESSED, {"channel": channel}, ago, is_history)
        self.look()

    @rule(span=st.sampled_from([0, HOUR, 2 * DAY]))
    def asks_for_peace(self, span: Millis) -> None:
        self.pause = self.world.now + span
        self.ann.does(names.IDENTIFIED, messages_paused_until=self.pause)
        self.look()

    @rule(opted_in=st.booleans())
    def opts(self, opted_in: bool) -> None:
        self.opted_in = opted_in
        self.ann.does(names.IDENTIFIED, yes=opted_in)
        self.look()

    @rule(span=st.sampled_from([0, 1, MINUTE, HOUR, 9 * HOUR, DAY]))
    def time_passes(self, span: Millis) -> None:
        self.world.until(self.world.now + span)
        self.look()

    @precondition(lambda self: self.open)
    @rule(which=st.integers(0, 9), is_lapsed=st.booleans())
    def answered(self, which: int, is_lapsed: bool) -> None:
        """What was recalled and lapsed is over, with the code that recalled it; what was not is asked again."""
        decision = list(self.open)[which % len(self.open)]
        attempt = self.open.pop(decision)
        recalled = [each.code for each in self.world.recalls if each.decision == decision]
        self.ann.does(names.ATTEMPT_LAPSED if is_lapsed else names.MESSAGE_SENT, decision=decision)
        self.world.until(self.world.now)
        ending = self.world.endings.get(decision)
        if is_lapsed and recalled:
            assert ending is not None and (ending.outcome, ending.code) == ("not_sent", recalled[0])
        elif is_lapsed and self.objection(attempt.message) is not None:
            assert ending is not None and ending.outcome != "sent"
        elif not is_lapsed:
            assert ending is not None and ending.outcome == "sent"
        self.look()

    def happens(
        self,
        name: str,
        properties: Mapping[str, object],
        ago: Millis,
        is_history: bool,
        context: Mapping[str, object] | None = None,
    ) -> None:
        event = self.world.event("ann", name, properties, at=self.world.now - ago)
        raw = msgspec.json.encode(context or {})
        self.world.feed([msgspec.structs.replace(event, is_history=is_history, context=raw)])

    def following(self) -> int:
        self.number += 1
        return self.number

    def look(self, *, is_stop: bool = False) -> None:
        """Everything that was handed over since was allowed; after a stop nothing is open that is not."""
        for attempt in self.world.attempts[self.attempted :]:
            assert self.objection(attempt.message) is None, attempt
            assert attempt.message == "code" or self.pause <= attempt.at
            assert not [each for each in self.world.recalls if each.decision == attempt.decision], "recalled, and again"
            self.open[attempt.decision] = attempt
        self.attempted = len(self.world.attempts)
        for pending in self.world.memory(self.ann).ledger.pending if is_stop else ():
            if (why := self.objection(pending.message)) is not None:
                assert pending.state == "claimed", "planned ones end at once"
                recalls = [each.code for each in self.world.recalls if each.decision == pending.id]
                assert recalls == [pending.recalled] and recalls[0] in ("suppressed", "no_consent"), why

    @invariant()
    def nothing_is_recalled_twice(self) -> None:
        if hasattr(self, "world"):
            recalled = [each.decision for each in self.world.recalls]
            assert len(recalled) == len(set(recalled))


def test_a_stop_ends_what_is_planned_recalls_what_is_under_way_and_lets_nothing_out() -> None:
    run(Stops, examples=80, steps=40)
