"""A news desk whose stories are items: who reads of a topic hears of what is new, the newest at last, not too often."""

from opportune.playbook.reading import playbook_from
from opportune.testing.items import Shelf
from opportune.testing.world import User, World, instant

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {push: always}\npolicies:\n"
    '  - quiet_hours: {from: "22:00", to: "07:00"}\n'
    "  - frequency_cap: {at_most: 1, within: 3 hours}\n  - arbitration: {}\n",
    "features.yaml": "reads: COUNT_IF(event = 'Article Read') OVER LAST '14 days' BY section\n",
    "items.yaml": "id: article_id\ninterest:\n"
    "  - {event: Article Read, property: section, within: 14 days, at_least: 2}\n"
    "  - {event: Topic Followed, property: topic, item: tags, within: 300 days}\n",
    "journeys/news.yaml": "journey: news\nenter: {on: Item Published, where: score >= 3}\n"
    "exit: {on: Item Published, where: score >= 3}\nsteps:\n  - wait: 10 minutes\n  - send: story\n",
    "messages/story.yaml": "message: story\ntopic: news\nchannels: [push]\nuseful_for: 6 hours\n"
    "worth: score * (1 + coalesce(reads, 0))\n",
    "messages/story.liquid": "{{ name | default: 'News' }}\n",
}
NOON = "2026-06-01T12:00Z"


def desk() -> tuple[World, Shelf, User]:
    world = World(playbook_from(FILES), start="2026-05-30T12:00Z")
    ann = world.user("ann", push_token="token-of-ann")
    for _ in range(2):
        ann.does("Article Read", article_id="a1", section="sport")
    world.until(NOON)
    return world, Shelf(world), ann


def test_what_is_new_goes_to_who_reads_of_it_and_not_to_others() -> None:
    world, shelf, ann = desk()
    bob = world.user("bob", push_token="token-of-bob")
    bob.does("Article Read", article_id="a1", section="sport")
    bob.does("Topic Followed", topic="tennis")
    told = {
        "goal": shelf.states("goal", section="sport", score=5, published=world.now, name="Goal"),
        "ace": shelf.states("ace", section="culture", tags=["tennis", "paris"], score=5, published=world.now),
        "opera": shelf.states("opera", section="culture", score=9, published=world.now),
    }
    assert told == {"goal": ["ann"], "ace": ["bob"], "opera": []}
    world.passes(hours=1)
    assert [each.values["name"] for each in ann.received] == ["Goal"]
    assert len(bob.received) == 1


def test_an_older_story_that_has_not_gone_out_is_superseded() -> None:
    world, shelf, ann = desk()
    for minute in range(3):
        shelf.states(f"s{minute}", section="sport", score=5, published=world.now, name=f"Story {minute}")
        world.passes(minutes=5)
    world.passes(hours=12)
    assert [each.values["name"] for each in ann.received] == ["Story 2"]


def test_nobody_hears_twice_within_three_hours_and_a_story_of_the_night_waits_for_the_morning() -> None:
    world, shelf, ann = desk()
    for name, at in (("noon", NOON), ("one", "2026-06-01T13:00Z"), ("night", "2026-06-02T02:00Z")):
        world.until(at)
        shelf.states(name, section="sport", score=5, published=world.now, name=name)
    world.passes(days=1)
    assert [(each.values["name"], each.at) for each in ann.received] == [
        ("noon", instant("2026-06-01T12:10Z")),
        ("one", instant("2026-06-01T15:10Z") + 1_000),
        ("night", instant("2026-06-02T07:00Z")),
    ]


def test_a_story_of_little_weight_enters_nothing() -> None:
    world, shelf, ann = desk()
    assert shelf.states("small", section="sport", score=1, published=world.now) == ["ann"]
    world.passes(days=1)
    assert ann.received == []
