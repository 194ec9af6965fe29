"""The users of a shop for house plants, and what they do: drawn from a seed, the same for the same seed."""

from collections.abc import Iterator
from random import Random
from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from opportune.features.local_time import resolve, zone_named
from opportune.units import MINUTE, Instant
from opportune.wiring.demo.client import text_of
from opportune.wiring.demo.letterbox import Mail

Habit: TypeAlias = Literal["keen", "regular", "fading"]
"""``keen``: often, with many carts. ``regular``: now and then. ``fading``: buys once and stays away."""
ZONES = (
    *("Europe/Berlin", "Europe/Berlin", "Europe/Berlin", "Europe/London", "Europe/Helsinki"),
    *("America/New_York", "America/Los_Angeles", "Asia/Kolkata", "Asia/Tokyo", "Australia/Sydney"),
)
NAMES = (
    *("Ada", "Ben", "Cleo", "Dana", "Emil", "Finn", "Gita", "Hana", "Ida", "Juno", "Kai", "Lena", "Mia", "Noor"),
    *("Olga", "Paul", "Rosa", "Sven", "Tara", "Uma", "Vito", "Wren", "Yuki", "Zoe"),
)
HOURS = (*range(8, 12), *range(11, 15), *range(17, 24), *range(19, 23), 23, 0, 6)
"""Local hours of visits; the more often named, the more likely."""


class Shopper(Struct, frozen=True):
    """One user of the shop."""

    id: str
    name: str
    zone: str
    habit: Habit
    is_opted_in: bool


class Deed(Struct, frozen=True, order=True):
    """What a user does at an instant; deeds are in the order in which they are done."""

    at: Instant
    id: str
    user: str
    name: str
    """An event; ``Identified`` and ``Page Viewed`` are calls of their own, ``press`` is the link in a mail."""
    body: bytes = b"{}"
    """Its properties or traits as JSON; of ``press`` the link."""

    def call(self) -> dict[str, object]:
        """The deed as an analytics client puts it on the wire."""
        found: dict[str, object] = {"messageId": self.id, "userId": self.user, "timestamp": text_of(self.at)}
        said = msgspec.Raw(self.body)
        match self.name:
            case "Identified":
                return found | {"type": "identify", "traits": said}
            case "Page Viewed":
                return found | {"type": "page", "name": "Home", "properties": said}
            case event:
                return found | {"type": "track", "event": event, "properties": said}


class Shop:
    """So many users, and everything they will do."""

    def __init__(self, seed: int, users: int, *, first_day: int) -> None:
        """``first_day``, counted from 1970-01-01, is the one on which the fading ones come and buy."""
        self._seed = seed
        self._first_day = first_day
        self.users = {each.id: each for each in (self._shopper(number) for number in range(users))}

    def sign_ups(self, at: Instant) -> Iterator[Deed]:
        """Everybody says who they are."""
        for user in self.users.values():
            traits: dict[str, object] = {
                "email": f"{user.id}@example.com",
                "first_name": user.name,
                "timezone": user.zone,
            }
            yield _deed(user, at, "sign-up", "Identified", traits | {"email_opt_in": user.is_opted_in})

    def day(self, day: int) -> Iterator[Deed]:
        """What everybody does on this day of their own calendar, counted from 1970-01-01."""
        for user in self.users.values():
            chance = Random(f"{self._seed} {user.id} {day}")
            for visit in range(_visits(user, chance, is_first=day == self._first_day)):
                hour, minute = chance.choice(HOURS), chance.randrange(60)
                zone = zone_named(user.zone)
                assert zone is not None
                begins = resolve(zone, day, hour * 60 + minute)
                yield from _visit(user, begins, f"{day}-{visit}", chance)

    def after(self, mail: Mail, at: Instant) -> Iterator[Deed]:
        """What the user who received this mail does about it."""
        user = self.users[mail.address.partition("@")[0]]
        chance = Random(f"{self._seed} {mail.decision}")
        opened = at + chance.randint(3, 240) * MINUTE
        if chance.random() < 0.55:
            said: dict[str, object] = {"decision": mail.decision}
            yield _deed(user, opened, f"{mail.decision}-open", "Email Opened", said)
            if chance.random() < 0.45:
                yield _deed(user, opened + MINUTE, f"{mail.decision}-click", "Email Link Clicked", said)
                yield from _visit(user, opened + 2 * MINUTE, f"{mail.decision}-back", chance)
            elif chance.random() < 0.12:
                name = f"{user.id}-{mail.decision}-leave"
                yield Deed(opened + MINUTE, name, user.id, "press", mail.link.encode())

    def _shopper(self, number: int) -> Shopper:
        chance = Random(f"{self._seed} {number}")
        name = NAMES[number % len(NAMES)]
        habit: Habit = chance.choices(("keen", "regular", "fading"), (2, 5, 3))[0]
        return Shopper(f"{name.lower()}-{number:03}", name, chance.choice(ZONES), habit, chance.random() < 0.9)


def _visits(user: Shopper, chance: Random, *, is_first: bool) -> int:
    match user.habit:
        case "keen":
            return chance.choice((1, 1, 2, 2, 3))
        case "regular":
            return int(chance.random() < 0.4)
        case "fading":
            return int(is_first)


def _visit(user: Shopper, begins: Instant, name: str, chance: Random) -> Iterator[Deed]:
    """Looks around; perhaps fills a cart; buys at once, later, or never; perhaps stays for long."""
    for page in range(chance.randint(1, 4)):
        yield _deed(user, begins + page * MINUTE, f"{name}-page-{page}", "Page Viewed", {"path": "/plants"})
    if chance.random() > 0.55 and user.habit != "fading":
        return
    cart, value = f"{user.id}-{name}", round(chance.uniform(12, 140), 2)
    filled = begins + chance.randint(2, 6) * MINUTE
    yield _deed(user, filled, f"{name}-cart", "Cart Updated", {"cart_id": cart, "value": value})
    fate = 0.0 if user.habit == "fading" else chance.random()
    if fate < 0.35:
        bought = filled + chance.randint(3, 25) * MINUTE
    elif fate < 0.45:
        bought = filled + chance.randint(50, 600) * MINUTE
    else:
        if fate < 0.6:
            for page in range(1, 6):
                at = filled + page * 14 * MINUTE
                yield _deed(user, at, f"{name}-long-{page}", "Page Viewed", {"path": "/cart"})
        return
    yield _deed(user, bought, f"{name}-order", "Order Completed", {"cart_id": cart, "revenue": value})


def _deed(user: Shopper, at: Instant, id: str, name: str, said: dict[str, object]) -> Deed:
    return Deed(at, f"{user.id}-{id}", user.id, name, msgspec.json.encode(said))
