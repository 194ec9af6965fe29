"""Which items users have to do with: how their events name one, and whom news of an item concerns."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from msgspec import Struct

from opportune.events.announcement import Announcement
from opportune.events.names import ITEM_PUBLISHED
from opportune.features.aggregate import Aggregate, key_of
from opportune.features.chosen import Chosen
from opportune.features.feature import Feature
from opportune.features.profile import Group
from opportune.features.series import count_within
from opportune.features.window import Last
from opportune.units import Instant, Millis


class Tie(Struct, frozen=True):
    """What ties a user to items: so many events of this name within the span, by what one property of them says."""

    event: str
    path: str
    """Dotted path of the property: an item's id, or what an item has in its field ``item``."""
    within: Millis
    at_least: int = 1
    item: str = "id"
    """The field of items that the property is held against."""

    @property
    def key(self) -> str:
        """Under which key a profile keeps the events."""
        return self.aggregate.key

    @property
    def aggregate(self) -> Aggregate:
        """The count that decides: one for each text of the property."""
        return _count_of(self.event, self.path, self.within)

    def holds(self, groups: Mapping[str, Group], text: str, at: Instant) -> bool:
        """Whether the user whose groups these are is tied, as of this instant, by this text of the property."""
        group = groups.get(self.key)
        series = None if group is None else group.series.get(text)
        return count_within(series, at - self.within, at) >= self.at_least


@lru_cache(1_024)  # asked for each user
def _count_of(event: str, path: str, within: Millis) -> Aggregate:
    chosen = Chosen((event,))
    return Aggregate("count", chosen, None, Last(within), key_of("count", chosen, by=path), by=path)


class Items(Struct, frozen=True):
    """The file ``items.yaml``."""

    id: str
    """The property in which users' events name an item, and in which news of an item does."""
    concerns: tuple[Tie, ...] = ()
    """Whom news of an item concerns."""
    interest: tuple[Tie, ...] = ()
    """Whom an item concerns that is new."""
    per_second: int = 2_000
    """How many users are told in a second."""

    @property
    def ties(self) -> tuple[Tie, ...]:
        """All of them."""
        return (*self.concerns, *self.interest)

    @property
    def reach(self) -> Millis:
        """The longest span of a tie."""
        return max((tie.within for tie in self.ties), default=0)

    def features(self) -> Iterator[Feature]:
        """What is to be remembered of each user, so that the ties can be told; no playbook can name these features."""
        for place, tie in enumerate(self.ties):
            yield Feature(f"items {place}", f"{tie.event} BY {tie.path}", "number", aggregate=tie.aggregate)

    def looked_up(self, said: Announcement) -> Iterator[tuple[Tie, str]]:
        """By which ties and texts of their properties users are concerned by this."""
        for tie in self.interest if said.name == ITEM_PUBLISHED else self.concerns:
            for text in said.item.texts(tie.item):
                yield tie, text

    def concern(self, groups: Mapping[str, Group], said: Announcement) -> bool:
        """Whether this concerns the user whose groups these are, as of its instant."""
        return any(tie.holds(groups, text, said.at) for tie, text in self.looked_up(said))
