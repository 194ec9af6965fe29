"""Consent, suppression and pauses beside a model that keeps every word and is written from the kernel's page alone.

Words come on time, late, out of contexts, traits and imported history; whatever was withdrawn stays so until the user
says yes again, through every restart.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from opportune.events import names
from opportune.events.event import Event
from opportune.features.evolve import changes_rights, evolve
from opportune.features.fold import Fold
from opportune.features.scope import Scope
from opportune.features.traits import PAUSE_TRAIT
from opportune.journeys.memory import at_rest, awake, fresh
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.consent import ConsentGate, Grant
from opportune.policies.pause import PausedGate
from opportune.policies.suppression import SuppressionGate
from opportune.policies.view import View
from opportune.units import DAY, HOUR, SECOND, Instant, Millis
from tests.laws.machines.consent_model import EVERY, Rights, Word
from tests.laws.machines.running import run
from tests.laws.slates import named_zone

START: Instant = 1_792_756_800_000
CHANNELS = ("email", "push", "sms", "in_app")
TOPICS = ("news", "cart")
GRANTS = (
    Grant("in_app", always=True),
    Grant("email", trait="email_opt_in"),
    Grant("push", trait="push_ok", topics=("news",)),
)
TRAITS = {"email": ("email_opt_in", TOPICS), "push": ("push_ok", ("news",))}
YES = (True, 1, "true", "YES", " 1 ")
NO = (False, 0, "no", "", None, "on", 2)
FOLD = Fold([], watches=[], lateness=3 * DAY, idle=HOUR)
MINUTES_AHEAD = timezone(timedelta(hours=2))

some_channel = st.sampled_from([*CHANNELS, EVERY, None])
some_topic = st.sampled_from([*TOPICS, EVERY, None])
agoes = st.sampled_from([0, 0, 1, SECOND, HOUR, 5 * DAY])
contexts = st.dictionaries(st.sampled_from([*CHANNELS, EVERY]), st.sampled_from([True, False, True, "no"]), max_size=2)
Stated = Mapping[str, Any]


def without_none(properties: Stated) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}


class Words(RuleBasedStateMachine):
    """One user's ledger and traits, and whom the gates let through after every word."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.number = START, 0
        self.memory = fresh("ann")
        self.rights = Rights()
        self.traits: dict[str, list[tuple[Instant, int, Any]]] = {}

    @rule(span=st.sampled_from([1, SECOND, HOUR, DAY, 4 * DAY]))
    def time_passes(self, span: Millis) -> None:
        self.now += span

    @rule()
    def restart(self) -> None:
        """What is known is what is at rest."""
        self.memory = awake(at_rest(self.memory))

    @rule(
        name=st.sampled_from([names.CONSENT_GIVEN, names.CONSENT_WITHDRAWN, names.CONSENT_GIVEN, names.UNSUBSCRIBED]),
        channel=some_channel,
        topic=some_topic,
        ago=agoes,
        is_history=st.sampled_from([False, False, True]),
        context=st.just({}) | contexts,
    )
    def says(
        self, name: str, channel: str | None, topic: str | None, ago: Millis, is_history: bool, context: Stated
    ) -> None:
        default = "email" if name == names.UNSUBSCRIBED else EVERY
        said = (channel or default, topic or EVERY, name == names.CONSENT_GIVEN)
        self.happens(name, {"channel": channel, "topic": topic}, ago, is_history, context, said)

    @rule(context=contexts, ago=agoes, is_history=st.booleans())
    def repeats_in_a_context(self, context: Stated, ago: Millis, is_history: bool) -> None:
        self.happens("Page Viewed", {}, ago, is_history, context)

    @rule(channel=st.sampled_from(sorted(TRAITS)), value=st.sampled_from([*YES, *NO]), ago=agoes)
    def states_a_trait(self, channel: str, value: object, ago: Millis) -> None:
        self.happens(names.IDENTIFIED, {TRAITS[channel][0]: value}, ago, False, {})
        self.traits.setdefault(TRAITS[channel][0], []).append((self.now - ago, self.number, value))

    @rule(
        until=st.sampled_from([-HOUR, 0, 1, HOUR, 30 * DAY]),
        form=st.sampled_from(["ms", "seconds", "z", "offset", "bare", "none", "soon", "true", "before"]),
        ago=agoes,
    )
    def asks_for_peace(self, until: Millis, form: str, ago: Millis) -> None:
        value, meant = written(self.now + until, form)
        self.happens(names.IDENTIFIED, {PAUSE_TRAIT: value}, ago, False, {})
        self.traits.setdefault(PAUSE_TRAIT, []).append((self.now - ago, self.number, meant))

    @rule(
        name=st.sampled_from([names.SUPPRESSED, names.EMAIL_BOUNCED, names.EMAIL_COMPLAINED]),
        channel=some_channel,
        kind=st.sampled_from(["hard", "soft", None]),
        ago=agoes,
        is_history=st.booleans(),
    )
    def is_stopped(self, name: str, channel: str | None, kind: str | None, ago: Millis, is_history: bool) -> None:
        self.happens(name, {"channel": channel, "type": kind}, ago, is_history, {})
        if name == names.SUPPRESSED:
            self.rights.suppress(channel or EVERY, self.now - ago)
        elif name == names.EMAIL_COMPLAINED or kind != "soft":
            self.rights.suppress("email", self.now - ago)

    @rule(channel=some_channel, ago=agoes, is_history=st.booleans())
    def may_be_written_to_again(self, channel: str | None, ago: Millis, is_history: bool) -> None:
        self.happens(names.UNSUPPRESSED, {"channel": channel}, ago, is_history, {})
        self.rights.unsuppress(channel or EVERY, self.now - ago, is_history=is_history)

    def happens(
        self,
        name: str,
        properties: Stated,
        ago: Millis,
        is_history: bool,
        context: Stated,
        said: tuple[str, str, bool] | None = None,
    ) -> None:
        """Folds the event, and tells the model its words."""
        self.number += 1
        at = self.now - ago
        kept = properties if name == names.IDENTIFIED else without_none(properties)
        raw, around = msgspec.json.encode(kept), msgspec.json.encode({"consent": context} if context else {})
        event = Event(f"e{self.number}", "ann", name, at, self.now, self.number, raw, around, is_history=is_history)
        scope = evolve(FOLD, self.memory.profile, self.memory.ledger, event, self.now)
        words = [
            Word(channel, EVERY, is_given, at, self.number, True, is_history)
            for channel, is_given in context.items()
            if isinstance(is_given, bool)
        ]
        words += [] if said is None else [Word(*said, at, self.number, False, is_history)]
        self.rights.hear(words)
        stops = {names.SUPPRESSED, names.EMAIL_BOUNCED, names.EMAIL_COMPLAINED}
        assert changes_rights(scope) == (name in stops or any(not each.is_given for each in words))

    def trait(self, name: str) -> object:
        """The newest by its own instant; of one instant the newest by arrival."""
        return max(self.traits.get(name, [(0, 0, None)]), key=lambda each: each[:2])[2]

    def has_consent(self, channel: str, topic: str) -> bool:
        word = self.rights.word_on(channel, topic)
        if word is not None:
            return word
        trait, topics = TRAITS.get(channel, ("", ()))
        value = self.trait(trait)
        return channel == "in_app" or (topic in topics and any(value == yes and value is not None for yes in YES))

    @invariant()
    def the_gates_say_what_the_words_say(self) -> None:
        scope = Scope(self.memory.profile, self.now)
        view = View(self.now, "ann", "salt", self.memory.ledger, scope, (named_zone("UTC"),), None)
        peace = self.trait(PAUSE_TRAIT) or 0
        assert isinstance(peace, int)
        for channel in CHANNELS:
            for topic in TOPICS:
                message = Message(name="m", channels=CHANNELS, topic=topic)
                candidate = Candidate(message, channel, self.now, self.now + DAY)
                refused = ConsentGate(grants=GRANTS).objection(candidate, view)
                assert (refused is None) == self.has_consent(channel, topic), (channel, topic)
                assert refused is None or (refused.code, refused.until) == ("no_consent", None)
                unlifted = self.rights.unlifted(channel, topic)
                assert refused is not None or unlifted is None, (channel, topic, unlifted)
            gone = SuppressionGate().objection(candidate, view)
            assert (gone is not None) == self.rights.is_suppressed(channel)
            assert gone is None or (gone.code, gone.until) == ("suppressed", None)
        gate = PausedGate()
        for at in {self.now, max(self.now, peace - 1), max(self.now, peace)}:
            candidate = Candidate(message, "email", at, at + DAY)
            paused = gate.objection(candidate, view)
            assert (paused is not None) == (at < peace)
            assert paused is None or (paused.code, paused.until) == ("paused", peace)
            assert gate.stays(paused, candidate, view) == (None if paused is None else peace)


def written(at: Instant, form: str) -> tuple[object, Instant | None]:
    """A way to write the instant, and what is meant by it; None if that says nothing."""
    second = at // SECOND
    moment = datetime.fromtimestamp(second, UTC)
    match form:
        case "ms":
            return at, at
        case "seconds":
            return second, second * SECOND
        case "z":
            return f"{moment:%Y-%m-%dT%H:%M:%S}.{at % SECOND:03}Z", at
        case "offset":
            return moment.astimezone(MINUTES_AHEAD).isoformat(), second * SECOND
        case "bare":
            return f"{moment:%Y-%m-%d %H:%M:%S}", second * SECOND
        case "none":
            return None, None
        case "true":
            return True, None
        case "before":
            return -5, None
        case _:
            return form, None


def test_what_was_withdrawn_stays_so_until_a_later_yes_whenever_the_words_come() -> None:
    run(Words, examples=100, steps=40)
