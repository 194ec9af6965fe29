"""What users do at Fjord & Fern, a shop for house plants, and with The Harbour Post, where they read the news."""

from collections.abc import Iterator, Mapping
from random import Random

from msgspec.structs import replace

from opportune.features.local_time import resolve, zone_named
from opportune.units import HOUR, MINUTE, Instant
from opportune.wiring.demo.cast import Character
from opportune.wiring.demo.deed import Deed, event_deed


class Shop:
    """Everything that these users do by themselves."""

    def __init__(self, seed: int, cast: Mapping[str, Character], *, first_day: int) -> None:
        """``first_day`` of the play is counted from 1970-01-01."""
        self._seed = seed
        self._cast = cast
        self._first_day = first_day

    def sign_ups(self, at: Instant) -> Iterator[Deed]:
        """Everybody who has an account says so; whoever is lost bought something one or two days before."""
        for user in self._cast.values():
            if not user.is_new:
                yield event_deed(user.id, at, "sign-up", "Identified", traits_of(user))
            if user.is_lost:
                chance = Random(f"{self._seed} {user.id} lost")
                bought = at - chance.randint(30 * 60, 60 * 60) * MINUTE
                said: dict[str, object] = {"cart_id": f"{user.id}-old", "revenue": round(chance.uniform(15, 120), 2)}
                yield event_deed(user.id, bought, "old-order", "Order Completed", said)

    def day(self, day: int) -> Iterator[Deed]:
        """What everybody does on this day of their own calendar, counted from 1970-01-01."""
        for user in self._cast.values():
            number = day - self._first_day
            zone = zone_named(user.zone_on(number))
            assert zone is not None
            if number == 1 and user.moves_to != user.zone:
                at = resolve(zone, day, 6 * 60)
                yield event_deed(user.id, at, "moved", "Identified", {"timezone": user.moves_to})
            if user.is_lost:
                continue
            chance = Random(f"{self._seed} {user.id} {day}")
            is_first = user.is_new and number == 0
            visits = _visits(user, day, chance) or [12 * 60] * is_first
            for count, minutes in enumerate(visits):
                begins = resolve(zone, day, minutes)
                if is_first and count == 0:
                    yield from _introduced(user, begins)
                yield from visit(user, begins, f"{day}-{count}", chance)


def traits_of(user: Character) -> dict[str, object]:
    """What an account knows."""
    found: dict[str, object] = {
        "email": f"{user.id}@example.com",
        "first_name": user.name,
        "timezone": user.zone,
        "email_opt_in": user.is_opted_in,
    }
    return found | ({"push_token": f"device-{user.id}", "push_opt_in": True} if user.has_app else {})


def visit(user: Character, begins: Instant, name: str, chance: Random) -> Iterator[Deed]:
    """Reads the news, looks for help, or looks at plants."""
    kind = chance.random()
    if user.follows and kind < 0.55:
        yield from _reads(user, begins, name, chance)
    elif kind < 0.12:
        yield from _is_lost_in_help(user, begins, name, chance)
    else:
        yield from _shops(user, begins, name, chance)


def _visits(user: Character, day: int, chance: Random) -> list[int]:
    """The local minutes of the day at which visits begin."""
    is_weekend = day % 7 in (2, 3)  # 1970-01-01 was a Thursday
    match user.habit:
        case "early_bird":
            hours = [chance.choice((5, 6, 6, 7, 8))] if chance.random() < 0.6 else []
        case "night_owl":
            hours = [chance.choice((20, 21, 22, 23, 0))] if chance.random() < 0.6 else []
        case "commuter":
            hours = [] if is_weekend else [hour for hour in (8, 17) if chance.random() < 0.35]
        case "shift_worker":
            hours = [(5, 14, 22)[day % 3]] if chance.random() < 0.5 else []
        case "weekender":
            hours = [chance.choice(range(9, 21)) for _ in range(2)] if is_weekend and chance.random() < 0.6 else []
    return [hour * 60 + chance.randrange(60) for hour in sorted(set(hours))]


def _introduced(user: Character, begins: Instant) -> Iterator[Deed]:
    """Two pages without a name, then a sign-up."""
    for page in (3, 2):
        viewed = event_deed(user.id, begins - page * MINUTE, f"first-{page}", "Page Viewed", {"path": "/"})
        yield replace(viewed, visitor=f"visitor-{user.id}")
    known = event_deed(user.id, begins - MINUTE, "sign-up", "Identified", traits_of(user))
    yield replace(known, visitor=f"visitor-{user.id}")


def _reads(user: Character, begins: Instant, name: str, chance: Random) -> Iterator[Deed]:
    """One to three articles; the page shows what the inbox holds."""
    for number in range(chance.randint(1, 3)):
        at, section = begins + 2 * number * MINUTE, chance.choice(user.follows)
        said: dict[str, object] = {"article_id": f"{section}-{chance.randrange(50)}", "category": section}
        yield event_deed(user.id, at, f"{name}-read-{number}", "Article Read", said)
    yield Deed(begins + MINUTE, f"{user.id}-{name}-look", user.id, act="look")


def _is_lost_in_help(user: Character, begins: Instant, name: str, chance: Random) -> Iterator[Deed]:
    """Two to four searches with the help page open, which shows at once what comes into the inbox."""
    query = chance.choice(("yellow leaves", "return a plant", "broken pot", "where is my parcel"))
    yield Deed(begins, f"{user.id}-{name}-0-open", user.id, act="listen")
    yield event_deed(user.id, begins, f"{name}-1-page", "Page Viewed", {"path": "/help"})
    searches = chance.randint(2, 4)
    for number in range(searches):
        at, said = begins + (1 + number) * MINUTE, {"query": query, "results": 0}
        yield event_deed(user.id, at, f"{name}-help-{number}", "Help Searched", dict[str, object](said))
    leaves = begins + (searches + chance.randint(0, 6)) * MINUTE
    yield Deed(leaves, f"{user.id}-{name}-z-close", user.id, act="hang_up")


def _shops(user: Character, begins: Instant, name: str, chance: Random) -> Iterator[Deed]:
    """Looks around; perhaps fills a cart; buys at once, later, or never; perhaps stays for long."""
    for page in range(chance.randint(1, 3)):
        yield event_deed(user.id, begins + page * MINUTE, f"{name}-page-{page}", "Page Viewed", {"path": "/plants"})
    if chance.random() > 0.6:
        return
    cart, value = f"{user.id}-{name}", round(chance.uniform(12, 140), 2)
    filled = begins + chance.randint(2, 6) * MINUTE
    yield event_deed(user.id, filled, f"{name}-cart", "Cart Updated", {"cart_id": cart, "value": value})
    fate = chance.random()
    if fate < 0.3:
        bought = filled + chance.randint(3, 25) * MINUTE
    elif fate < 0.4:
        bought = filled + chance.randint(50, 600) * MINUTE
    else:
        if fate < 0.6:
            yield from _stays(user, filled, name)
        return
    yield event_deed(user.id, bought, f"{name}-order", "Order Completed", {"cart_id": cart, "revenue": value})


def _stays(user: Character, filled: Instant, name: str) -> Iterator[Deed]:
    """Thinks it over for an hour, with the cart in sight; that page shows what the inbox holds."""
    for page in range(1, 5):
        at = filled + page * 14 * MINUTE
        yield event_deed(user.id, at, f"{name}-long-{page}", "Page Viewed", {"path": "/cart"})
        if at > filled + 50 * MINUTE and at < filled + HOUR:
            yield Deed(at, f"{user.id}-{name}-long-{page}-look", user.id, act="look")
