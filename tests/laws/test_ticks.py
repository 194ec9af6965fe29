"""Who looks when decides nothing: ticks, batches and memories put to rest in between leave every decision the same."""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import cycle

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.engine import react
from opportune.events.event import Event, Input, Tick, log_clock
from opportune.journeys.memory import Memory, at_rest, awake, fresh
from opportune.playbook.compiling import compiled
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision, Ending, digest_of, digest_of_ending
from opportune.testing.world import Answer, World
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant
from opportune.wiring.shard import Shard, Turn
from tests.stories.shop import shop

JOURNEYS = {
    "cart": (
        "journey: cart\nkey: n\nenter: {on: Cart Updated}\nexit: [{on: Order Completed, where: n >= 1}]\n"
        "reentry: {cooldown: 5 hours}\n"
        "steps:\n  - wait: 45 minutes\n  - send: reminder\n"
        "  - wait: {until: Email Opened, at_most: 1 hour}\n    on_timeout:\n      - send: second\n"
    ),
    "browse": (
        "journey: browse\nenter: {on: Product Viewed}\nsteps:\n  - send: third\n    not_sent: end\n  - send: second\n"
    ),
    "win_back": "journey: win_back\nenter: {inactive_for: 6 hours}\nsteps:\n  - send: third\n",
}
MESSAGES = {
    "reminder": "channels: [in_app, push, email]\nworth: 2\nuseful_for: 12 hours",
    "second": "channels: [sms]\nworth: coalesce(n, 2) / 2\nuseful_for: 1 day",
    "third": "channels: [email, push]\nworth: 0.9\nuseful_for: 3 hours\nvariants: {a: third.liquid, b: third.liquid}",
}
POLICIES = (
    "holdout: {share: 10%}",
    'quiet_hours: {from: "21:00", to: "08:00"}',
    "frequency_cap: {at_most: 2, within: 1 day}",
    "minimum_gap: {span: 3 hours}",
    "fatigue: {at_most: 3, within: 2 days, ignored: 2}",
    "in_session: {idle: 30 minutes, speak_on: [in_app]}",
)
NAMES = [
    *("Cart Updated", "Cart Updated", "Product Viewed", "Page Viewed", "Order Completed"),
    *("Email Opened", "Unsubscribed", "Consent Given"),
]
ANSWERS: list[Answer] = ["sent", "sent", "sent", "failed", "unknown", "lapsed"]


@cache
def playbook() -> Compiled:
    return compiled(shop(*POLICIES, journeys=JOURNEYS, messages=MESSAGES))


@st.composite
def histories(draw: st.DrawFn) -> list[Input]:
    """The log of a small world: what two users do, what is answered, and a tick at every deadline."""
    answers = draw(st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=5))
    turns = cycle([*answers, ANSWERS[0]])
    world = World(
        shop(*POLICIES, journeys=JOURNEYS, messages=MESSAGES),
        start="2026-10-24T18:00Z",
        answers=lambda attempt: next(turns),
        delay=draw(st.sampled_from([0, SECOND, 50 * SECOND])),
    )
    users = [
        world.user(name, zone=zone, phone="+4930123456", push_token="p")
        for name, zone in (("ann", "Europe/Berlin"), ("bob", ""))
    ]
    for _ in range(draw(st.integers(4, 16))):
        user = draw(st.sampled_from(users))
        late = draw(st.sampled_from([0, 0, 0, MINUTE, 5 * HOUR, 4 * DAY]))
        user.does(draw(st.sampled_from(NAMES)), at=world.now - late, n=draw(st.integers(1, 2)))
        world.until(world.now + draw(st.sampled_from([0, 1, MINUTE, 44 * MINUTE, HOUR, 7 * HOUR])))
    world.passes(days=4)
    return world.log


def numbered(log: Iterable[Input]) -> list[Input]:
    """The same entries in places of their own."""
    return [msgspec.structs.replace(each, seq=place) for place, each in enumerate(log, 1)]


def lived(log: Sequence[Input], batches: Iterable[int] = (1,)) -> tuple[int, int, dict[str, bytes]]:
    """What was decided, how it ended, and the memories, when the log comes in batches of these sizes."""
    shard, place, turn = Shard(playbook()), 0, Turn()
    decisions: list[Decision] = []
    endings: list[Ending] = []
    sizes = list(batches)
    while place < len(log):
        size = sizes[len(decisions) % len(sizes)]
        turn = shard.feed(log[place : place + size])
        assert turn.poison == []
        decisions += turn.decisions
        endings += turn.endings
        place += size
    return digest(decisions, endings) + (dict(shard.memories),)


def digest(decisions: Iterable[Decision], endings: Iterable[Ending]) -> tuple[int, int]:
    return sum(map(digest_of, decisions)) % 2**128, sum(map(digest_of_ending, endings)) % 2**128


@settings(max_examples=25)
@given(histories(), st.data())
def test_ticks_decide_nothing(log: list[Input], data: st.DataObject) -> None:
    """Only the last tick is left, or many are put in."""
    fewer = [each for each in log if not isinstance(each, Tick)]
    end = max(map(log_clock, log))
    more: list[Input] = []
    for each in log:
        before = log_clock(more[-1]) if more else log_clock(each)
        if data.draw(st.booleans()):
            more.append(Tick(data.draw(st.integers(before, log_clock(each)))))
        more.append(each)
    looks = [lived(numbered([*entries, Tick(end)]))[:2] for entries in (log, fewer, more)]
    assert looks[0] == looks[1] == looks[2]


@settings(max_examples=25)
@given(histories(), st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_the_size_of_batches_decides_nothing(log: list[Input], sizes: list[int]) -> None:
    whole = lived(log, [len(log)])
    assert lived(log) == whole
    assert lived(log, sizes) == whole


@settings(max_examples=25)
@given(histories())
def test_a_memory_put_to_rest_and_woken_anywhere_goes_on_alike(log: list[Input]) -> None:
    """And what is at rest is the same bytes, whichever way it came there."""
    for user in ("ann", "bob"):
        mine = [each for each in log if isinstance(each, Tick) or (isinstance(each, Event) and each.user == user)]
        live, rested = fresh(user), fresh(user)
        for entry in mine:
            assert isinstance(entry, (Event, Tick))
            first = react(playbook(), live, entry)
            rested = awake(at_rest(rested))
            second = react(playbook(), rested, entry)
            assert first.decisions == second.decisions
            assert first.endings == second.endings
            assert first.calls == second.calls
            assert first.wake == second.wake
            assert at_rest(live) == at_rest(rested)
            assert_books_balance(live)


@settings(max_examples=25)
@given(histories())
def test_a_playbook_read_again_at_each_step_decides_alike(log: list[Input]) -> None:
    """Generated folds, conditions and first looks against the definitions themselves."""
    plain = compiled(shop(*POLICIES, journeys=JOURNEYS, messages=MESSAGES), is_plain=True)
    first, second = Shard(plain), Shard(playbook())
    assert first.feed(log) == second.feed(log)
    assert first.memories == second.memories


@settings(max_examples=25)
@given(histories())
def test_one_users_history_decides_nothing_for_another(log: list[Input]) -> None:
    alone = [each for each in log if not isinstance(each, Event) or each.user == "ann"]
    decisions = [each for each in Shard(playbook()).feed(log).decisions if each.user == "ann"]
    assert digest(decisions, ()) == digest(Shard(playbook()).feed(alone).decisions, ())


@settings(max_examples=100)
@given(histories())
def test_no_promise_is_broken_in_any_history(log: list[Input]) -> None:
    """No cap exceeded at the instants providers took them, one message for one cause, one ending each."""
    shard = Shard(playbook())
    turn = shard.feed(log)
    endings = {each.decision: each for each in turn.endings}
    assert len(endings) == len(turn.endings)
    assert set(endings) <= {each.id for each in turn.decisions}
    assert len({each.id for each in turn.decisions}) == len(turn.decisions)
    for user in ("ann", "bob"):
        ats = sorted(
            endings[each.id].at
            for each in turn.decisions
            if each.user == user and each.id in endings and endings[each.id].outcome in ("sent", "unknown")
        )
        assert_spaced(ats, most=2, span=DAY)
        assert_spaced(ats, most=1, span=3 * HOUR)
        causes = [
            (each.journey, each.key, each.entry, each.step)
            for each in turn.decisions
            if each.user == user and sent(each, endings)
        ]
        assert len(set(causes)) == len(causes)
        assert_books_balance(shard.memory(user))


def sent(decision: Decision, endings: dict[str, Ending]) -> bool:
    return decision.id in endings and endings[decision.id].outcome in ("sent", "unknown")


def assert_spaced(ats: Sequence[Instant], *, most: int, span: int) -> None:
    for first, beyond in zip(ats, ats[most:], strict=False):
        assert beyond - first >= span


def assert_books_balance(memory: Memory) -> None:
    """Every run waits for an instant, or for a decision that is open."""
    pending = {each.id for each in memory.ledger.pending}
    for run in memory.runs:
        assert (run.due is not None) or run.decision in pending
    assert len(pending) == len(memory.ledger.pending)
