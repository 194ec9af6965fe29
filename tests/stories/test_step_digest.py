"""Digests: many triggers, one mail."""

from itertools import permutations

from opportune.playbook.reading import playbook_from
from opportune.testing.world import World
from opportune.units import HOUR, MINUTE

DIGEST = """
journey: news
key: thread
enter: {on: Comment Written, where: length > 3}
steps:
  - digest: {for: 1 hour, collect: [title], most: 4}
  - send: summary
"""
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "messages/summary.yaml": "message: summary\ntopic: news\nchannels: [email]\n",
    "messages/summary.liquid": "subject: {{ collected.count | default: 1 }}\n---\n"
    "{{ collected.title | default: '-' }} {{ unsubscribe_url }}\n",
}


def world_of(journey: str = DIGEST) -> World:
    return World(playbook_from({**FILES, "journeys/news.yaml": journey}), delay=0)


def test_five_triggers_within_the_span_are_told_in_one_mail() -> None:
    world = world_of()
    ann, begun = world.user("ann"), world.now
    for number in range(5):
        ann.does("Comment Written", thread="t1", length=9, title=f"no {number}")
        world.passes(minutes=5)
    ann.does("Comment Written", thread="t2", length=9, title="elsewhere")
    ann.does("Comment Written", thread="t1", length=2, title="too short")
    world.passes(days=1)
    assert [(mail.at - begun, mail.values) for mail in ann.received] == [
        (HOUR, {"collected.count": 5, "collected.title": "no 0, no 1, no 2, no 3"}),
        (HOUR + 25 * MINUTE, {"collected.count": 1, "collected.title": "elsewhere"}),
    ]


def test_it_ends_sooner_once_it_is_quiet() -> None:
    world = world_of(DIGEST.replace("most: 4", "quiet: 10 minutes"))
    ann, begun = world.user("ann"), world.now
    for _ in range(3):
        ann.does("Comment Written", thread="t1", length=9)
        world.passes(minutes=8)
    world.passes(days=1)
    assert [mail.at - begun for mail in ann.received] == [26 * MINUTE]


def test_the_order_of_arrival_does_not_matter() -> None:
    told = set()
    for order in permutations([10, 20, 30]):
        world = world_of()
        ann, begun = world.user("ann"), world.now
        ann.does("Comment Written", thread="t1", length=9, title="first")
        world.passes(minutes=40)
        for minute in order:
            ann.does("Comment Written", thread="t1", length=9, title=f"at {minute}", at=begun + minute * MINUTE)
        ann.does("Comment Written", thread="t1", length=9, title=3, at=begun + 30 * MINUTE)
        world.passes(days=1)
        told |= {(mail.at - begun, str(mail.values)) for mail in ann.received}
    values = {"collected.count": 5, "collected.title": "first, at 10, at 20, 3"}
    assert told == {(HOUR, str(values))}


def test_nor_does_it_which_of_the_triggers_is_heard_of_first() -> None:
    told = set()
    for order in permutations([0, 10, 20, 30]):
        world = world_of()
        ann, begun = world.user("ann"), world.now
        world.passes(minutes=40)
        for minute in order:
            ann.does("Comment Written", thread="t1", length=9, title=f"at {minute}", at=begun + minute * MINUTE)
        world.passes(days=1)
        told |= {(mail.at - begun, str(mail.values)) for mail in ann.received}
    assert told == {(HOUR, str({"collected.count": 4, "collected.title": "at 0, at 10, at 20, at 30"}))}


def test_the_next_trigger_begins_a_digest_of_its_own() -> None:
    world = world_of()
    ann = world.user("ann")
    for hour in range(3):
        ann.does("Comment Written", thread="t1", length=9, title=f"no {hour}")
        world.passes(hours=1, minutes=1)
    assert [mail.values["collected.title"] for mail in ann.received] == ["no 0", "no 1", "no 2"]


def test_what_was_gathered_can_be_asked_for() -> None:
    journey = DIGEST.replace("  - send: summary\n", "  - send: summary\n    when: collected.count > 2\n")
    world = world_of(journey)
    ann, bob = world.user("ann"), world.user("bob")
    for each, count in ((ann, 2), (bob, 3)):
        for _ in range(count):
            each.does("Comment Written", thread="t1", length=9)
            world.passes(minutes=1)
    world.passes(days=1)
    assert (len(ann.received), len(bob.received)) == (0, 1)
