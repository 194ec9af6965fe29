"""What a change of the catalogue is worth telling, and what ends what was to be told."""

from collections.abc import Iterator
from typing import Final

from msgspec import Struct, json
from msgspec.structs import replace

from opportune.draws import hash_of
from opportune.events.item import Item
from opportune.events.names import BACK_IN_STOCK, ITEM_PUBLISHED, PRICE_DROPPED
from opportune.units import DAY, Instant, Millis

FRESH: Millis = DAY
"""An item that the catalogue first hears of so long after its publication is news to nobody."""
_SHARE_DIGITS: Final = 6


class Announcement(Struct, frozen=True, gc=False):
    """One thing to be told of one item to every user whom it concerns."""

    id: str
    """The same for the same change."""
    name: str
    """Of the event that each user gets."""
    item: Item
    """As it was then."""
    at: Instant
    old_price: int | float | None = None

    def properties(self, named: str) -> bytes:
        """What the event says, as JSON; ``named`` is the property in which users' events name an item."""
        item = self.item
        said: dict[str, object] = {
            **item.more,
            "price": item.price,
            "currency": item.currency or None,
            "stock": item.stock,
            "category": item.category or None,
            "tags": list(item.tags) or None,
            "score": item.score,
            "published": item.published,
            "expires": item.expires,
            "old_price": self.old_price,
            "price_drop": self.price_drop,
            named: item.id,
            "item": item.id,
        }
        return json.encode({name: value for name, value in said.items() if value is not None})

    @property
    def price_drop(self) -> float | None:
        """By which share of the old price it is cheaper, 0 to 1."""
        if self.old_price is None or self.item.price is None:
            return None
        return round(1 - self.item.price / self.old_price, _SHARE_DIGITS)


def scheduled(before: Item | None, after: Item, now: Instant) -> Item:
    """The item with the instant at which it is to be announced: when it is published, once.

    An item that was announced is not announced again; one whose publication lies more than a day back is old.
    """
    was_open = before is None or before.published is None or before.due is not None
    published = after.published
    is_due = was_open and published is not None and published > now - FRESH and not _is_over(after, max(now, published))
    return replace(after, due=published if is_due else None)


def announced(before: Item | None, after: Item, now: Instant) -> Iterator[Announcement]:
    """What the change says to users: a lower price in the same currency, and stock where there was none.

    An item that is not published yet, or useless by now, says nothing; nor does stock that was not known before.
    """
    if before is None or _is_over(after, now) or (after.published is not None and after.published > now):
        return
    if before.price is not None and after.price is not None and before.currency == after.currency:
        if after.price < before.price:
            yield _made(PRICE_DROPPED, after, now, before.price)
    if before.stock == 0 and after.stock:
        yield _made(BACK_IN_STOCK, after, now)


def publication(item: Item, now: Instant) -> Announcement:
    """That the item is there from now on."""
    return _made(ITEM_PUBLISHED, replace(item, due=None), now)


def holds(said: Announcement, item: Item | None, now: Instant) -> bool:
    """Whether it is still true: what is not is told to nobody else."""
    if item is None or _is_over(item, now):
        return False
    if said.name == PRICE_DROPPED:
        return item.price == said.item.price and item.currency == said.item.currency
    if said.name == BACK_IN_STOCK:
        return item.stock != 0
    return item.published is not None and item.published <= now


def _is_over(item: Item, now: Instant) -> bool:
    return item.expires is not None and item.expires <= now


def _made(name: str, item: Item, now: Instant, old_price: int | float | None = None) -> Announcement:
    known = hash_of("announcement", name, now, json.encode(item, order="sorted").decode(), repr(old_price))
    return Announcement(known.hex(), name, item, now, old_price)
