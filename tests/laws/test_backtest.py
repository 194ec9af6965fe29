"""A past comes to the same however it is lived: by one memory in RAM or by a shard, in one piece or in many.

Worlds at random: messages, caps, quiet hours, late events, stops, merges; of each only what users did is lived.
"""

import json
from collections import deque
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.events.event import Event, Merged, Tick
from opportune.playbook.compiling import compiled
from opportune.sending.attempt import Attempt
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt, event_of
from opportune.wiring.backtest.calls import said_in, usual
from opportune.wiring.backtest.life import lives_of
from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.running import Work, backtest
from opportune.wiring.mapping import Columns
from opportune.wiring.sample import sample_texts
from opportune.wiring.shard import Shard
from tests.laws.subject import event_of as as_event
from tests.laws.subject import playbook_in
from tests.laws.worlds import DAY, world_of

WORLDS, CHUNK = 600, 50
NOW = 1_900_000_000_000


def inputs_of(world):
    """What users of this world did, resolved and numbered as in a log."""
    found, heirs, numbers = [], {}, count(1)

    def heir(user):
        while user in heirs:
            user = heirs[user]
        return user

    for item in world["script"]:
        if item["kind"] == "event":
            found.append(as_event({**item, "user": heir(item["user"])}, next(numbers)))
        elif item["kind"] == "merge":
            user, absorbed = heir(item["user"]), heir(item["from"])
            found.append(Merged(user, absorbed, item["now"], next(numbers)))
            heirs[absorbed] = user
    return found


class ByShard:
    """The same past by a shard: with a wheel, memories at rest, and each attempt answered at its own instant."""

    def __init__(self, playbook):
        self.shard, self.numbers = Shard(playbook), count(1)
        self.decisions, self.endings, self.goals, self.late, self.poison = {}, {}, [], 0, []

    def feed(self, entry):
        waiting = deque([entry])
        while waiting:
            turn = self.shard.feed([msgspec.structs.replace(waiting.popleft(), seq=next(self.numbers))])
            self.decisions |= {each.id: plain(each) for each in turn.decisions}
            self.endings |= {each.decision: each for each in turn.endings}
            self.goals += turn.goals
            self.late += len(turn.late)
            self.poison += [each.reason for each in turn.poison]
            for call in turn.calls:
                if isinstance(call, Attempt):
                    at = max(call.at, self.shard.memory(call.user).clock)
                    waiting.append(event_of(Claim(call, 1), Receipt("sent", "accepted"), at))

    def wait(self, until):
        while (wake := self.shard.wheel.first()) is not None and wake <= until:
            self.feed(Tick(wake))

    def live(self, inputs, until):
        for entry in inputs:
            self.wait(entry.received_at if isinstance(entry, Event) else entry.now)
            self.feed(entry)
        self.wait(until)
        return self


def plain(decision):
    """Without its place in the log, which each host numbers for itself."""
    return msgspec.structs.replace(decision, seq=0, made=0)


def damaged(inputs, seed):
    """Every fourth event cannot be read."""
    return [
        msgspec.structs.replace(each, properties=b"{") if isinstance(each, Event) and (place + seed) % 4 == 0 else each
        for place, each in enumerate(inputs)
    ]


def difference(seed, *, is_damaged=False):
    """What a shard and the short way say differently of this world; None if nothing."""
    world = world_of(seed, publications=False)
    playbook, inputs = compiled(playbook_in(world["playbook"])), inputs_of(world)
    inputs = damaged(inputs, seed) if is_damaged else inputs
    until = max(each.received_at if isinstance(each, Event) else each.now for each in inputs) + 3 * DAY
    lives = lives_of(playbook, inputs, until=until)
    other = ByShard(playbook).live(inputs, until)
    mine = (
        {each.id: plain(each) for lived in lives for each in lived.decisions},
        {key: ending for lived in lives for key, ending in lived.endings.items()},
        sorted(map(str, (goal for lived in lives for goal in lived.goals))),
        sum(lived.late for lived in lives),
        sum(lived.events for lived in lives),
        sorted(reason for lived in lives for reason in lived.poison),
    )
    theirs = (
        other.decisions,
        other.endings,
        sorted(map(str, other.goals)),
        other.late,
        sum(isinstance(each, Event) for each in inputs),
        sorted(other.poison),
    )
    return None if mine == theirs else (mine, theirs)


@pytest.mark.parametrize("first", range(0, WORLDS, CHUNK))
def test_one_memory_in_ram_makes_of_a_past_what_a_shard_makes_of_it(first):
    assert {seed: said for seed in range(first, first + CHUNK) if (said := difference(seed)) is not None} == {}


@pytest.mark.parametrize("first", range(1_000, 1_000 + WORLDS // 3, CHUNK))
def test_what_the_engine_cannot_take_is_passed_over_as_a_shard_passes_over_it(first):
    said = {seed: difference(seed, is_damaged=True) for seed in range(first, first + CHUNK)}
    assert {seed: each for seed, each in said.items() if each is not None} == {}


def test_worlds_say_something():
    lives = []
    for seed in range(60):
        world = world_of(seed, publications=False)
        inputs = inputs_of(world)
        lives += lives_of(compiled(playbook_in(world["playbook"])), inputs, until=inputs[-1].received_at + DAY)
    assert sum(len(each.decisions) for each in lives) > 100
    assert any(each.late for each in lives) and any(len(each.names) > 1 for each in lives)


# Any number of pieces, partitions and workers

PEOPLE = st.sampled_from(["ann", "bob", "cat", "dev1", "dev2"])
INSTANTS = st.integers(0, 20 * 24 * 60).map(
    lambda minute: f"2026-03-{1 + minute // 1440:02}T{minute // 60 % 24:02}:{minute % 60:02}:00.000Z"
)


@st.composite
def calls(draw):
    kind = draw(st.sampled_from(["track", "track", "track", "track", "identify", "alias", "nonsense"]))
    call = {"type": kind, "messageId": f"m{draw(st.integers(0, 60))}", "timestamp": draw(INSTANTS)}
    user = draw(PEOPLE)
    if kind == "track":
        call |= {draw(st.sampled_from(["userId", "userId", "anonymousId"])): user}
        call |= {"event": draw(st.sampled_from(["Cart Updated", "Order Completed", "Pricing Viewed"]))}
        call |= {"properties": {"cart_id": draw(st.sampled_from("ab")), "value": draw(st.integers(0, 200))}}
    elif kind == "identify":
        call |= {"userId": user, "traits": {"email": f"{user}@example.com"}}
        call |= draw(st.sampled_from([{}, {"anonymousId": "dev1"}, {"anonymousId": "dev2"}]))
    elif kind == "alias":
        call |= {"previousId": user, "userId": draw(PEOPLE)}
    return json.dumps(call)


class Everything:
    """All that was lived, by user."""

    def __init__(self):
        self.lived = {}

    def add(self, lived):
        assert lived[0].user not in self.lived
        self.lived[lived[0].user] = [msgspec.json.encode(each, order="deterministic") for each in lived]

    def merge(self, other):
        assert not self.lived.keys() & other.lived.keys()
        self.lived |= other.lived


def everything(playbooks, span):
    return Everything()


def outcome(path, **work):
    past = Past(now=NOW, files=(path,), **work.pop("past", {}))
    found = backtest({"sample": sample_texts()}, past, everything, Work(**{"workers": 1, **work}))
    return found.span, found.events, found.users, found.refused, found.examples, found.fold.lived


@settings(max_examples=60)
@given(st.lists(calls(), min_size=1, max_size=60), st.integers(1, 9), st.integers(60, 2_000))
def test_pieces_and_partitions_change_nothing(lines, partitions, piece):
    with TemporaryDirectory() as folder:
        path = Path(folder) / "past.ndjson"
        path.write_text("\n".join([*lines, json.dumps({"userId": "zoe", "event": "Seen", "at": "2026-03-09"})]) + "\n")
        assert outcome(path, partitions=partitions, piece=piece) == outcome(path, partitions=1)


# The short way of a call


LOOSE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64) | st.floats() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=2) | st.dictionaries(st.text(max_size=3), each, max_size=2),
    max_leaves=4,
)
FIELDS = {
    "type": st.sampled_from(["track", "identify", "page", "tracks", "", None]),
    "messageId": st.sampled_from(["m1", "", "receipt-1", "\u0007", None, 7]),
    "userId": st.sampled_from(["ann", "", "null", " ", 7, None]),
    "anonymousId": st.sampled_from(["dev", "ann", ""]),
    "event": st.sampled_from(["Cart Updated", "Message Sent", "User Merged", "", " ", None, 3]),
    "timestamp": st.sampled_from(
        ["2026-03-01T12:00:00.000Z", "2026-03-01T12:00:00Z", "2026-02-30T12:00:00.000Z", "2026-03-01T24:00:00.000Z",
         "2026-03-01T12:00:60.000Z", "2026-03-01T12:00:00.12²Z", "1969-01-01T00:00:00.000Z", "2099-01-01", "", 5, None,
         "2026-03-01T12:00:00.000+01:00"]
    ),
    "originalTimestamp": st.sampled_from(["2026-03-01T11:00:00.000Z", ""]),
    "sentAt": st.sampled_from(["2026-03-01T12:30:00.000Z"]),
    "receivedAt": st.sampled_from(["2026-03-01T12:31:00.000Z", "soon"]),
    "properties": st.dictionaries(st.sampled_from(["value", "decision", "a"]), LOOSE, max_size=3) | LOOSE,
    "traits": st.dictionaries(st.sampled_from(["email", "a"]), LOOSE, max_size=2) | LOOSE,
    "context": st.dictionaries(st.sampled_from(["timezone", "traits"]), LOOSE, max_size=2) | LOOSE,
    "name": st.sampled_from(["x", 3]),
    "else": LOOSE,
}  # fmt: skip
USUAL = {
    "type": "track", "messageId": "m1", "userId": "ann", "event": "Cart Updated",
    "timestamp": "2026-03-01T12:00:00.000Z", "properties": {"value": 1.50},
}  # fmt: skip


@st.composite
def usual_calls(draw):
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=3, unique=True))
    call = USUAL | {name: draw(FIELDS[name]) for name in names}
    for name in draw(st.lists(st.sampled_from(sorted(USUAL)), max_size=1)):
        call.pop(name, None)
    return json.dumps(call, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@settings(max_examples=800)
@given(usual_calls())
def test_the_short_way_of_a_call_says_what_an_import_says(line):
    event = usual(line, 4, NOW)
    if event is not None:
        assert list(said_in(msgspec.json.decode(line), Columns(), place=4, now=NOW)) == [event]


def test_a_usual_call_goes_the_short_way():
    assert usual(json.dumps(USUAL).encode(), 4, NOW) is not None
    assert usual(json.dumps(USUAL | {"type": "identify", "traits": {"a": 1}, "event": None}).encode(), 4, NOW)
