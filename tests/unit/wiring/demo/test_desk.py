"""The news desk tells followers of a section, and nobody else."""

import msgspec

from opportune.units import DAY, MINUTE
from opportune.wiring.demo.cast import cast_of
from opportune.wiring.demo.desk import STORIES, Desk, Story

DAY_OF_PLAY = 20_609
CAST = cast_of(1, 300)


def test_a_story_reaches_those_who_follow_its_section() -> None:
    told: dict[str, set[str]] = {}
    for deed in Desk(1, CAST).day(DAY_OF_PLAY):
        story = msgspec.json.decode(deed.body, type=Story)
        assert story.section in CAST[deed.user].follows
        told.setdefault(story.story_id, set()).add(deed.user)
    assert STORIES <= len(told) <= 2 * STORIES


def test_stories_come_on_whole_minutes_of_their_day_and_follow_ups_soon_after() -> None:
    every = list(Desk(1, CAST).day(DAY_OF_PLAY))
    assert every == list(Desk(1, CAST).day(DAY_OF_PLAY))
    assert every != list(Desk(2, CAST).day(DAY_OF_PLAY))
    assert all(each.at % MINUTE == 0 and DAY_OF_PLAY <= each.at // DAY <= DAY_OF_PLAY + 1 for each in every)
