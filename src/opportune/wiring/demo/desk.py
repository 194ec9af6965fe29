"""The Harbour Post: what its desk publishes, told to each user who follows the section."""

from collections.abc import Iterator, Mapping
from random import Random

import msgspec
from msgspec import Struct

from opportune.events.names import STORY_PUBLISHED
from opportune.units import DAY, MINUTE, Instant
from opportune.wiring.demo.cast import SECTIONS, Character
from opportune.wiring.demo.deed import Deed

STORIES = 6
"""A day, without those that follow up."""
_TOLD = {
    "harbour": ("Ferry stuck at the northern pier", "Crane drivers call off their strike", "Fog closes the harbour"),
    "politics": ("Council votes on the night buses", "Mayor will not stand again", "Budget talks break down"),
    "climate": ("Storm tide warning for the coast", "Warmest June morning on record", "Dyke holds, for now"),
    "sport": ("Harbour United reach the final", "Keeper injured in training", "Regatta begins a day early"),
}


class Story(Struct, frozen=True):
    """What is told of one story."""

    story_id: str
    section: str
    headline: str
    importance: int
    """1 to 5."""


class Desk:
    """Publishes around the clock, and follows up on what moves on."""

    def __init__(self, seed: int, cast: Mapping[str, Character]) -> None:
        self._seed = seed
        self._followers = {section: [each for each in cast if section in cast[each].follows] for section in SECTIONS}

    def day(self, day: int) -> Iterator[Deed]:
        """All of one day in UTC, counted from 1970-01-01."""
        for at, story in self._stories(day):
            body = msgspec.json.encode(story)
            for user in self._followers[story.section]:
                yield Deed(at, f"{story.story_id}-{user}", user, STORY_PUBLISHED, body)

    def _stories(self, day: int) -> Iterator[tuple[Instant, Story]]:
        chance = Random(f"{self._seed} desk {day}")
        for number in range(STORIES):
            at = day * DAY + chance.randrange(5 * 60, 22 * 60) * MINUTE
            section, importance = chance.choice(SECTIONS), chance.choice((1, 1, 2, 2, 3))
            headline = chance.choice(_TOLD[section])
            yield at, Story(f"story-{day}-{number}", section, headline, importance)
            if chance.random() < 0.5:
                later, name = at + chance.randint(20, 70) * MINUTE, f"story-{day}-{number}-more"
                yield later, Story(name, section, f"{headline}: what is known", importance + chance.randint(0, 2))
