"""A playbook like many: 20 journeys and 30 features over 12 names of events, and the events of its users.

Nothing in it is made for speed: a zone in every context, 300 bytes of properties and context, conditions on features,
caps, quiet hours, a holdout. How often the events of an entry come is the one knob: it sets the decisions per event.
"""

import json
from collections.abc import Iterator
from random import Random

from msgspec import Struct

from opportune.events.event import Event
from opportune.events.names import IDENTIFIED
from opportune.units import DAY, HOUR, Instant

BROWSING = ("Page Viewed", "Product Viewed", "Logged In", "Help Searched", "Video Watched", "Filter Used", "Shared")
"""What users do all the time: features count it, journeys hardly look."""
TRIGGERS = ("Cart Updated", "Trial Started", "Plan Compared", "Wishlist Updated")
"""What journeys enter on."""
BOUGHT = "Order Completed"
START: Instant = 1_767_258_000_000
"""1 January 2026, 09:00 UTC: nobody in the zones below is in quiet hours for the next eight hours."""
PAST: Instant = START - 14 * DAY
"""Where the users' history begins."""
DAYTIME = 8 * HOUR
ZONES = ("Europe/Berlin", "Europe/London", "UTC", "Europe/Paris")

_MAIN = """
zone: UTC
consent: {email: always, push: always, in_app: always}
policies:
  - holdout: {share: 5%}
  - quiet_hours: {from: "21:00", to: "08:00"}
  - frequency_cap: {at_most: 4, within: 7 days}
  - frequency_cap: {at_most: 2, within: 1 day, channels: [push]}
  - minimum_gap: {span: 1 hour}
  - fatigue: {at_most: 8, within: 7 days, ignored: 6}
"""
_CART = """
journey: {name}
key: cart_id
enter: {{on: {event}, where: "value >= {least}"}}
exit: {{on: Order Completed}}
goal: {{on: Order Completed, within: 3 days, value: revenue}}
reentry: {{cooldown: 1 day}}
steps:
  - wait: {minutes} minutes
  - send: {message}
"""
_NUDGE = """
journey: {name}
enter: {{on: {event}, where: "views_7d >= {least} and plan <> 'gold'"}}
exit: {{on: Order Completed}}
reentry: {{cooldown: 2 days}}
steps:
  - send: {message}
  - wait: {{until: Email Opened, at_most: 1 hour}}
    on_timeout:
      - wait: {minutes} minutes
  - send: {message}
    when: views_1h > 1000
"""
_HELP = """
journey: {name}
enter: {{on: {event}, where: "help_1h >= {least} and logins_7d >= 2"}}
reentry: {{cooldown: 7 days}}
steps:
  - wait: {minutes} minutes
  - send: {message}
"""
_AWAY = """
journey: {name}
enter: {{inactive_for: {minutes} days}}
reentry: {{cooldown: 30 days}}
steps:
  - send: {message}
"""
_WORDS = (
    "subject: Hello\n---\nHello {{ first_name | default: 'there' }} {{ plan | default: '' }}. {{ unsubscribe_url }}\n"
)


def files() -> dict[str, str]:
    """The playbook's files: 20 journeys, 8 messages, 30 features."""
    made = {"opportune.yaml": _MAIN, "features.yaml": "\n".join(f'{name}: "{text}"' for name, text in features())}
    for place, (text, event) in enumerate(_journeys()):
        made[f"journeys/journey_{place}.yaml"] = text.format(
            name=f"journey_{place}",
            event=event,
            least=3 + place % 5,
            minutes=15 + place,
            message=f"message_{place % 8}",
        )
    for place in range(8):
        made[f"messages/message_{place}.yaml"] = (
            f"message: message_{place}\ntopic: topic_{place % 3}\nchannels: [push, email]\nuseful_for: 8 hours\n"
            f"worth: 0.0{1 + place} * coalesce(average_order, 40)\n"
        )
        made[f"messages/message_{place}.liquid"] = _WORDS
    return made


def features() -> Iterator[tuple[str, str]]:
    """Name and SQL text of the 30 features."""
    for name, event in (
        ("views", BROWSING[1]),
        ("logins", BROWSING[2]),
        ("help", BROWSING[3]),
        ("videos", BROWSING[4]),
    ):
        for span, words in (("1h", "1 hour"), ("1d", "1 day"), ("7d", "7 days")):
            yield f"{name}_{span}", f"COUNT_IF(event = '{event}') OVER LAST '{words}'"
        yield f"{name}_before", f"COUNT_IF(event = '{event}') OVER LAST '7 days' OFFSET '7 days'"
        yield f"{name}_fall", f"1 - {name}_7d / nullif({name}_before, 0)"
        yield f"{name}_since", f"SINCE('{event}')"
    yield "spent_30d", f"SUM(revenue) FILTER (WHERE event = '{BOUGHT}') OVER LAST '30 days'"
    yield "average_order", f"AVG(revenue) FILTER (WHERE event = '{BOUGHT}') OVER LAST '365 days'"
    yield "orders", f"COUNT_IF(event = '{BOUGHT}')"
    yield "last_category", f"LAST(category) FILTER (WHERE event = '{BROWSING[1]}')"
    yield "dear_views_7d", f"COUNT_IF(event = '{BROWSING[1]}' AND price > 50) OVER LAST '7 days'"
    yield "is_keen", "views_1h >= 3 and coalesce(orders, 0) > 0"


def _journeys() -> Iterator[tuple[str, str]]:
    for event in TRIGGERS:
        yield from ((_CART, event), (_NUDGE, event), (_CART, event), (_HELP, event))
    yield from ((_NUDGE, BROWSING[5]), (_HELP, BROWSING[3]), (_AWAY, ""), (_AWAY, ""))


class Crowd(Struct, frozen=True):
    """Users who act at random, one as often as the other."""

    users: int
    triggers: float
    """The share of events that journeys enter on."""
    seed: int = 1

    def arrivals(self, at: Instant) -> Iterator[Event]:
        """Everybody says who they are."""
        for user in range(self.users):
            told = {
                "email": f"user{user}@example.com",
                "push_token": f"{user:032x}",
                "plan": "free",
                "first_name": "Ann",
            }
            yield Event(f"known-{user}", _user(user), IDENTIFIED, at, at, user + 1, json.dumps(told).encode())

    def events(self, count: int, *, start: Instant, end: Instant, seq: int = 0) -> Iterator[Event]:
        """So many events, evenly in [start, end), each received when it happened; ``seq`` rises from the one given."""
        dice = Random(f"{self.seed} {start} {self.triggers}")
        for place in range(count):
            user = dice.randrange(self.users)
            at = start + (end - start) * place // count
            name = self._name(dice)
            yield Event(
                id=f"{start:x}-{place}", user=_user(user), name=name, at=at, received_at=at, seq=seq + place + 1,
                properties=_properties(name, dice), context=_context(user),
            )  # fmt: skip

    def past(self, count: int) -> Iterator[Event]:
        """So many events in the two weeks before ``START``."""
        return self.events(count, start=PAST, end=START, seq=self.users)

    def _name(self, dice: Random) -> str:
        drawn = dice.random()
        if drawn < self.triggers:
            return TRIGGERS[dice.randrange(len(TRIGGERS))]
        if drawn > 0.99:
            return BOUGHT
        return BROWSING[min(int(dice.expovariate(0.5)), len(BROWSING) - 1)]


def _user(number: int) -> str:
    return f"user-{number:06}"


def _properties(name: str, dice: Random) -> bytes:
    """About 150 bytes of JSON: what the features and journeys read, and as much that nobody reads."""
    told: dict[str, object] = {
        "path": f"/shop/{dice.randrange(9999)}",
        "referrer": "https://example.com/spring",
        "nth": 3,
    }
    if name in TRIGGERS:
        told |= {"cart_id": f"c{dice.randrange(99)}", "value": dice.randrange(100), "items": 3}
    elif name == BOUGHT:
        told |= {"revenue": dice.randrange(500) / 4, "currency": "EUR"}
    else:
        told |= {"category": f"category {dice.randrange(20)}", "price": dice.randrange(100), "sku": "a-1093"}
    return json.dumps(told).encode()


def _context(user: int) -> bytes:
    """About 250 bytes of JSON, as a browser's client sends."""
    return json.dumps(
        {
            "library": {"name": "analytics.js", "version": "2.11.1"},
            "locale": "en-GB",
            "timezone": ZONES[user % len(ZONES)],
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0",
            "page": {"path": "/shop", "title": "Shop"},
        }
    ).encode()
