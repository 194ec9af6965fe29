"""Slate after slate for one user, beside a model that works each out from lists.

Rivals want to speak at once, some are planned for the morning, some are displaced, some are never answered. What is
heard is worth most and more than silence; what gives way was only planned, and was outbid; every loser is told why; no
window of a cap ever holds too many; and every decision ends once.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from opportune.engine import react
from opportune.events.event import Event, Tick
from opportune.events.names import ATTEMPT_LAPSED, MESSAGE_FAILED, MESSAGE_SENT, MESSAGE_UNKNOWN
from opportune.features.local_time import WallTime
from opportune.features.profile import Stated
from opportune.features.scope import Scope
from opportune.journeys.memory import fresh
from opportune.journeys.plan import Value
from opportune.journeys.run import Run
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.playbook.compiling import compiled
from opportune.policies.arbitration import Arbitration
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import proposal_of
from opportune.policies.decision import Decision, Ending
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.pipeline import Pipeline
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.verbs import Policy, Score
from opportune.policies.view import View
from opportune.sending.attempt import Attempt
from opportune.sending.reaction import Reaction, reaction_to
from opportune.sending.speaking import speak
from opportune.units import DAY, HOUR, MINUTE, ONE, Instant, Micros
from tests.laws.machines.cap_model import Limit, Thing
from tests.laws.machines.running import run
from tests.laws.machines.slate_model import Answer, Night, Planned, Wish, World, answers
from tests.laws.slates import EVERYTHING_ALLOWED
from tests.stories.shop import shop

START: Instant = 1_780_347_600_000
"""2026-06-01T21:00Z."""
LIKED = {"push": 100_000, "sms": -100_000}
PLAYBOOK = compiled(shop())
UNDER_WAY = 2 * MINUTE
"""How long after its claim a message may reach the user."""
OUTCOMES = {"sent": MESSAGE_SENT, "not_sent": MESSAGE_FAILED, "unknown": MESSAGE_UNKNOWN, "lapsed": ATTEMPT_LAPSED}
MOST_ROUNDS = 8


class Liking(Score, frozen=True, tag="liking"):
    """Some channels are liked better than others."""

    reads = ("channel",)

    def worth(self, candidate: Candidate, view: View) -> Micros:
        """What the channel adds."""
        return LIKED.get(candidate.channel, 0)


nights = st.builds(
    Night,
    st.sampled_from([21 * 60, 22 * 60 + 30]),
    st.sampled_from([8 * 60, 9 * 60 + 15]),
    st.sampled_from([("sms",), ("push",), ("sms", "push")]),
)
limited = st.sampled_from([(), (), ("email", "push"), ("email", "sms")])
caps = st.builds(
    Limit,
    code=st.just("frequency_cap"),
    most=st.integers(1, 2),
    within=st.sampled_from([12 * HOUR, DAY, DAY]),
    channels=limited,
)
gaps = st.builds(
    Limit, code=st.just("minimum_gap"), most=st.just(1), within=st.sampled_from([HOUR, 12 * HOUR]), channels=limited
)
LATE_NIGHTS = [Night(21 * 60, 8 * 60, ("sms",)), Night(21 * 60, 9 * 60 + 15, ("push",))]
TWO_IN_THE_WAY = [
    *LATE_NIGHTS,
    Limit("minimum_gap", 1, 12 * HOUR, ("email", "sms")),
    Limit("frequency_cap", 1, DAY, ("email", "push")),
]
"""At night a text and a push may be planned, and both would have to give way to a mail."""
ONE_OF_TWO_IN_THE_WAY = [*LATE_NIGHTS, Limit("frequency_cap", 2, DAY)]
rulebooks = st.one_of(
    st.just(TWO_IN_THE_WAY),
    st.just(ONE_OF_TWO_IN_THE_WAY),
    st.tuples(nights, caps, st.lists(st.one_of(nights, caps, gaps), max_size=3)).map(
        lambda drawn: [drawn[0], drawn[1], *drawn[2]]
    ),
)
"""A night for some channels and a cap at least: so that much is planned, and something else may be said before."""
wants = st.tuples(
    st.sampled_from([5, 6, 6, 11, 12, 1, 0, -1]).map(lambda tenths: tenths * ONE // 10),
    st.sampled_from([50, 50, 60]),
    st.sampled_from([("email",), ("sms",), ("push",)] * 3 + [("sms", "push"), ("push", "email")]),
    st.sampled_from([2 * DAY, 14 * HOUR, 30 * MINUTE, 2 * DAY]),
    st.sampled_from(["plain"] * 6 + ["must", "must obey", "uncounted"]),
)
Want = tuple[Micros, int, tuple[str, ...], int, str]


def policy_of(known: Night | Limit) -> Policy:
    """The rule as the playbook would have it."""
    if isinstance(known, Night):
        return QuietHours(start=WallTime(known.start), end=WallTime(known.end), channels=known.channels)
    assert isinstance(known.within, int)
    if known.code == "minimum_gap":
        return MinimumGap(span=known.within, channels=known.channels)
    return FrequencyCap(at_most=known.most, within=known.within, channels=known.channels)


class Worths(Mapping[str, Value]):
    """Formulas that say what a wish was made with."""

    def __init__(self) -> None:
        self.known: dict[str, Micros] = {"nothing": 0}

    def __getitem__(self, message: str) -> Value:
        worth = self.known[message]

        def formula(scope: Scope) -> float:
            return worth / ONE

        return formula

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


class Arbitrations(RuleBasedStateMachine):
    """One user, a few rules, and wishes that come together."""

    def __init__(self) -> None:
        super().__init__()
        self.now, self.number = START, 0
        self.memory = fresh("ann")
        stated = {"email": "ann@example.com", "phone": "+49 30 123456", "push_token": "p"}
        self.memory.profile.traits = {name: [Stated(START - DAY, 1, value)] for name, value in stated.items()}
        self.wishes: dict[str, Wish] = {}
        """By run; each run wishes for one thing."""
        self.rounds: dict[str, int] = {}
        """How often each run's wish was decided again."""
        self.messages: dict[str, Message] = {}
        self.worths = Worths()
        self.things: dict[str, Thing] = {}
        """By run: what may reach the user, or has. Named by its decision, once that is known."""
        self.was: dict[str, Planned] = {}
        """What is claimed, as it was planned."""
        self.decisions: dict[str, Decision] = {}
        self.endings: dict[str, Ending] = {}
        self.expected: dict[str, str] = {}
        """How decisions end in the input at hand: the code of each."""
        self.claims: list[str] = []
        """The runs whose decisions are claimed in the input at hand."""
        self.reached: list[tuple[Instant, Wish, str]] = []

    @initialize(
        known=rulebooks,
        margin=st.sampled_from([0, 200_000, ONE]),
        has_liking=st.booleans(),
    )
    def begins(self, known: list[Night | Limit], margin: Micros, has_liking: bool) -> None:
        self.rules, self.margin, self.liking = tuple(known), margin, LIKED if has_liking else {}
        listed: list[Policy] = [*map(policy_of, known), Arbitration(displace_margin=margin)]
        pipeline = Pipeline(listed + ([Liking()] if has_liking else []), grants=EVERYTHING_ALLOWED, worths=self.worths)
        self.playbook: Compiled = replace(PLAYBOOK, pipeline=pipeline, messages=self.messages, ledger_span=8 * DAY)

    @rule(wanted=st.one_of(wants.map(lambda want: [want]), st.lists(wants, min_size=2, max_size=3)))
    def several_want_to_speak(self, wanted: list[Want]) -> None:
        """Rivals are one slate; those that must be said are none's rivals, and come first."""
        wishes = [self._wish(*each) for each in wanted]
        proposals = [proposal_of(self._run(wish), self.messages[wish.message], self.now) for wish in wishes]
        told = self._settled(wishes)
        out = reaction_to(self.memory)
        speak(self.playbook, proposals, self.now, out)
        self._compare(out, told)

    @rule(span=st.sampled_from([0, 1, MINUTE, 2 * MINUTE, HOUR, 11 * HOUR]))
    def time_passes(self, span: int) -> None:
        """What is planned is claimed at its instant, or decided again there."""
        self._until(self.now + span)

    @rule(later=st.sampled_from([0, 30 * MINUTE]))
    def the_next_evening_comes(self, later: int) -> None:
        """Once more there is much to be planned."""
        self._until(self.now + (START - self.now - 1) % DAY + 1 + later)

    def _until(self, end: Instant) -> None:
        while (due := min((each.last for each in self._planned()), default=end + 1)) <= end:
            self.now = due
            told = self._at_its_instant([each for each in self._planned() if each.last == due])
            self._compare(react(self.playbook, self.memory, self._tick()), told)
        self.now = end
        self._compare(react(self.playbook, self.memory, self._tick()), [])

    @precondition(lambda self: self._claimed())
    @rule(data=st.data(), outcome=st.sampled_from(sorted(OUTCOMES)))
    def a_provider_answers(self, data: st.DataObject, outcome: str) -> None:
        """Within two minutes of the claim, though it may be heard much later."""
        run_of = data.draw(st.sampled_from(self._claimed()))
        claimed = self.things[run_of]
        at = data.draw(st.sampled_from([claimed.first, min(self.now, claimed.last)]))
        self.number += 1
        properties = msgspec.json.encode({"decision": claimed.name, "code": "refused"})
        answer = Event(
            f"r{self.number}", "ann", OUTCOMES[outcome], at, self.now, self.number, properties=properties
        )  # fmt: skip
        told: list[Answer] = []
        if outcome == "lapsed":
            again = replace(self.was[run_of], first=self.now, last=self.now)
            self.things[run_of] = again
            told = self._at_its_instant([again])
        elif outcome == "not_sent":
            del self.things[run_of]
            self.expected[claimed.name] = "refused"
        else:
            self.things[run_of] = claimed.out(at)
            self.expected[claimed.name] = outcome
            self.reached.append((at, self.wishes[run_of], claimed.channel))
        self._compare(react(self.playbook, self.memory, answer), told)

    def _wish(self, worth: Micros, priority: int, channels: tuple[str, ...], useful_for: int, kind: str) -> Wish:
        self.number += 1
        name = f"m{self.number * 7 % 10}-{self.number}"
        must, obeys, counts = kind.startswith("must"), kind != "must", kind != "uncounted"
        self.messages[name] = Message(
            name=name, channels=channels, topic="news", kind="transactional" if must else "marketing",
            useful_for=useful_for, priority=priority, obeys=obeys, counts=counts,
        )  # fmt: skip
        self.worths.known[name] = worth
        wish = Wish(
            f"j{self.number:04}", name, channels, worth, priority, self.now + useful_for,
            must=must, obeys=obeys, counts=counts, liking=self.liking,
        )  # fmt: skip
        self.wishes[wish.run], self.rounds[wish.run] = wish, 0
        return wish

    def _run(self, wish: Wish) -> Run:
        entered = Run(wish.run, "none", "", self.now, 0, self.now, None)
        self.memory.runs.append(entered)
        return entered

    def _tick(self) -> Tick:
        self.number += 1
        return Tick(self.now, self.number)

    def _planned(self) -> list[Planned]:
        return [each for each in self.things.values() if isinstance(each, Planned)]

    def _claimed(self) -> list[str]:
        open_ones = (name for name, each in self.things.items() if each.is_noticed is None)
        return sorted(name for name in open_ones if not isinstance(self.things[name], Planned))

    def _world(self, *, but: str = "") -> World:
        return World(self.now, self.rules, [each for each in self.things.values() if each.name != but], self.margin)

    def _settled(self, wishes: list[Wish]) -> list[Answer]:
        """What the model says to these, slate by slate, and what that leaves behind."""
        slates = [[wish] for wish in sorted(wishes, key=lambda each: each.run) if wish.must]
        slates += [rivals] if (rivals := [wish for wish in wishes if not wish.must]) else []
        told = []
        for slate in slates:
            for answer in answers(self._world(), slate):
                told.append(answer)
                wish, place = answer.wish, answer.place
                if place is None:
                    continue
                for run_of, each in list(self.things.items()):
                    if each.name in place.ends:
                        assert isinstance(self.things.pop(run_of), Planned)
                        self.expected[each.name] = "displaced"
                self.things[wish.run] = Planned(
                    wish.run, place.at, place.at, place.channel, "news", wish.counts, not wish.must, None, place.worth
                )
                if place.at == self.now:
                    self._claim(wish.run)
        return told

    def _at_its_instant(self, due: list[Planned]) -> list[Answer]:
        """Those nobody objects to are claimed, one after the other; the others are rivals once more."""
        again: list[Wish] = []
        by_name = {each.name: run_of for run_of, each in self.things.items()}
        for run_of in sorted(by_name[each.name] for each in due):
            planned, wish = self.things[run_of], self.wishes[run_of]
            against = self._world(but=planned.name).against(wish, planned.channel, self.now)
            if self.now < wish.deadline and not against:
                self._claim(run_of)
                continue
            del self.things[run_of]
            self.expected[planned.name] = "too_late" if self.now >= wish.deadline else against[0][0].code
            self.rounds[run_of] += 1
            if self.now < wish.deadline and self.rounds[run_of] <= MOST_ROUNDS:
                again.append(wish)
        return self._settled(again)

    def _claim(self, run_of: str) -> None:
        known = self.things[run_of]
        assert isinstance(known, Planned)
        self.was[run_of] = known
        self.claims.append(run_of)
        self.things[run_of] = Thing(
            known.name, self.now, self.now + UNDER_WAY, known.channel, "news", known.counts, False, None
        )

    def _compare(self, out: Reaction, told: list[Answer]) -> None:
        """What the engine did with one input is what the model says."""
        made = {each.journey: each for each in out.decisions}
        assert len(made) == len(out.decisions)
        for answer in told:
            decision = made.pop(answer.wish.run, None)
            if decision is None:
                assert answer.place is None and self.rounds[answer.wish.run], "no wish is left unanswered"
                continue
            self._compare_one(answer, decision)
        assert not made, "nobody else is answered"
        attempts = [each.decision for each in out.calls if isinstance(each, Attempt)]
        assert sorted(attempts) == sorted(self.things[run_of].name for run_of in self.claims)
        ended = {each.decision: each.code for each in out.endings}
        assert len(ended) == len(out.endings) and not set(ended) & set(self.endings), "a decision ends once"
        assert ended == self.expected
        self._outbid(out)
        self.endings |= {each.decision: each for each in out.endings}
        self.expected, self.claims = {}, []

    def _compare_one(self, answer: Answer, decision: Decision) -> None:
        assert decision.id not in self.decisions
        self.decisions[decision.id] = decision
        chosen = decision.chosen
        said = (decision.code, decision.until, None if chosen is None else (chosen.channel, chosen.at, decision.worth))
        place = answer.place
        meant = None if place is None else (place.channel, place.at, place.worth)
        assert said == (answer.code, answer.until, meant), answer.wish
        if place is None:
            self.expected[decision.id] = answer.code
        else:
            thing = self.things[answer.wish.run]
            self.things[answer.wish.run] = replace(thing, name=decision.id)
            if answer.wish.run in self.was:
                self.was[answer.wish.run] = replace(self.was[answer.wish.run], name=decision.id)

    def _outbid(self, out: Reaction) -> None:
        """What was heard is worth more than silence, and by the margin more than all that gave way in this input."""
        heard = [each for each in out.decisions if each.chosen is not None and not self.wishes[each.journey].must]
        gone = [self.decisions[each.decision] for each in out.endings if each.code == "displaced"]
        assert all(each.worth > 0 for each in heard)
        assert len(heard) <= 1 or not gone or any(self.wishes[each.journey].must for each in out.decisions)
        if len(out.decisions) == 1 and heard and gone:
            assert heard[0].worth * ONE > sum(each.worth for each in gone) * (ONE + self.margin)

    @invariant()
    def the_books_balance(self) -> None:
        """Every decision is open or has ended, and the engine's reservations are those of the model."""
        pending = {each.id: each for each in self.memory.ledger.pending}
        assert set(self.decisions) == set(self.endings) | set(pending)
        assert not set(self.endings) & set(pending)
        for run_of in self._claimed():
            assert pending[self.things[run_of].name].state == "claimed"
        planned = {each.name: (each.last, each.channel, each.worth) for each in self._planned()}
        assert planned == {
            each.id: (each.at, each.channel, each.worth) for each in pending.values() if each.state == "planned"
        }
        assert len(self.memory.runs) == len(pending), "a run lives as long as its decision is open"

    @invariant()
    def no_window_has_held_too_many(self) -> None:
        """Of what obeys and counts, by the instants at which it reached the user."""
        for limit in (each for each in self.rules if isinstance(each, Limit)):
            assert isinstance(limit.within, int)
            ats = sorted(
                at
                for at, wish, channel in self.reached
                if wish.obeys and wish.counts and (not limit.channels or channel in limit.channels)
            )
            for first, last in zip(ats, ats[limit.most :], strict=False):
                assert last - first >= limit.within


def test_slate_after_slate_comes_out_as_the_model_says() -> None:
    run(Arbitrations, examples=120, steps=25)
