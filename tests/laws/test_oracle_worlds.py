"""The oracle in worlds at random, and its checker on faults that were planted."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.laws.files import files_of
from tests.laws.living import Pair, drive
from tests.laws.told import NOON, Story, a_journey, a_message, a_playbook, cap, quiet, receipts_of
from tests.laws.worlds import DAY, HOUR, MINUTE, world_of, worlds
from tests.oracle.checker import violations
from tests.oracle.oracle import Oracle


def broken(world, host, **planted):
    books = {**host.books, **planted}
    return violations(
        world["playbook"],
        host.history,
        books["decisions"],
        books["endings"],
        books["attempts"],
        receipts_of(host.history),
        goals=books["goals"],
        emits=books["emits"],
    )


@pytest.mark.parametrize("block", range(8))
def test_the_oracle_keeps_every_promise_in_random_worlds(block):
    for seed in range(block * 50, block * 50 + 50):
        world = world_of(seed)
        host = drive(world, Oracle(world["playbook"]))
        assert broken(world, host) == [], seed


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds(most=14))
def test_the_oracle_keeps_every_promise_in_worlds_that_shrink(world):
    assert broken(world, drive(world, Oracle(world["playbook"]))) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds(most=14))
def test_more_ticks_decide_nothing_else(world):
    host = drive({**world, "ticks": "seldom"}, Oracle(world["playbook"]))
    oracle, again = Oracle(world["playbook"]), {kind: [] for kind in ("decisions", "endings")}
    for item in host.history:
        now = item["now"]
        for name in sorted(oracle.users):
            for part in (now - HOUR, now - MINUTE, now):
                if part >= oracle.users[name]["clock"] and item.get("user") == name and item["kind"] != "publication":
                    out = oracle.feed({"kind": "tick", "user": name, "now": part})
                    for kind in again:
                        again[kind] += out[kind]
        out = oracle.feed(item)
        for kind in again:
            again[kind] += out[kind]
    bare = {kind: [{k: v for k, v in one.items() if k != "index"} for one in host.books[kind]] for kind in again}
    assert again == bare


def test_an_oracle_agrees_with_itself_when_paired():
    for seed in range(20):
        world = world_of(seed)
        drive(world, Pair(Oracle(world["playbook"]), Oracle(world["playbook"])))


def test_a_playbook_can_be_written_as_files():
    files = files_of(world_of(1)["playbook"])
    assert {"opportune.yaml", "features.yaml"} < set(files)
    assert any(name.startswith("journeys/") for name in files)


def faulty(*policies, exits=(), events=(("Cart Updated", 0),), **changes):
    """A story in which one message went out, and its world as the checker wants it."""
    journeys = [a_journey("cart", {"send": "offer"}, exits=list(exits))]
    story = Story(a_playbook(*policies, journeys=journeys, **changes))
    for name, at in events:
        story.event(name, at)
        if name == "Cart Updated":
            story.sent(at)
    return story


def said_of(story, **planted):
    books = {**story.books, **planted}
    return [
        sentence.split(":")[0]
        for sentence in violations(
            story.playbook,
            story.history,
            books["decisions"],
            books["endings"],
            books["attempts"],
            receipts_of(story.history),
            goals=books["goals"],
        )
    ]


def test_the_checker_finds_a_lost_and_a_doubled_ending():
    story = faulty()
    assert said_of(story) == []
    assert "receipt" in said_of(story, endings=[])
    assert "books" in said_of(story, endings=story.books["endings"] * 2)


def test_the_checker_finds_a_silence_without_its_code():
    story = faulty(messages=[a_message(worth=0)], events=())
    story.event("Cart Updated", 0)
    assert said_of(story) == []
    assert "books" in said_of(story, decisions=[{**d, "code": ""} for d in story.books["decisions"]])


def test_the_checker_finds_a_second_message_for_one_cause():
    story = faulty(events=(("Cart Updated", 0), ("Cart Updated", HOUR)))
    first, second = story.books["decisions"]
    assert "cause" in said_of(story, decisions=[first, {**second, "entry": first["entry"]}])


@pytest.mark.parametrize(
    ("policy", "word"),
    [
        (cap(1, 2 * HOUR), "cap"),
        (cap(1, "day"), "cap"),
        (quiet("11:00", "14:00"), "quiet"),
        ({"policy": "minimum_gap", "within": 2 * HOUR, "channels": None, "topics": None}, "cap"),
        ({"policy": "fatigue", "at_most": 1, "within": DAY, "ignored": None}, "cap"),
        ({"policy": "holdout", "share": 1_000_000}, "holdout"),
    ],
)
def test_the_checker_finds_what_a_policy_would_have_stopped(policy, word):
    story = faulty(events=(("Cart Updated", 0), ("Cart Updated", HOUR)))
    story.playbook = {**story.playbook, "policies": [policy]}
    assert word in said_of(story)


def test_the_checker_finds_sends_without_consent_or_address_and_after_a_stop():
    story = faulty(events=(("Cart Updated", 0),))
    story.playbook = {**story.playbook, "consent": {}}
    assert "right" in said_of(story)
    story = faulty(events=(("Unsubscribed", 0),))
    story.event("Cart Updated", 1)
    attempt = {
        "decision": story.books["decisions"][0]["id"],
        "user": "ann",
        "message": "offer",
        "channel": "email",
        "at": NOON + 1,
    }
    assert "right" in said_of(story, attempts=[{**attempt, "expires": NOON + 2, "variant": "default", "index": 3}])


def test_the_checker_finds_what_was_said_after_an_exit_and_beyond_the_deadline():
    story = faulty(events=(("Order Completed", 0), ("Cart Updated", HOUR)))
    story.playbook = {**story.playbook, "journeys": [a_journey(exits=[{"on": "Order Completed"}])]}
    assert said_of(story) == []
    assert "exit" in said_of(story, decisions=[{**d, "entry": NOON - 1} for d in story.books["decisions"]])
    assert "deadline" in said_of(story, attempts=[{**a, "at": a["at"] + DAY} for a in story.books["attempts"]])


def test_the_checker_finds_a_goal_counted_twice():
    story = faulty()
    goal = {"user": "ann", "journey": "cart", "key": "", "entry": NOON, "at": NOON}
    assert "goal" in said_of(story, goals=[goal, goal])
