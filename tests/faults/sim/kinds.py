"""Playbooks of all that begins journeys and all that they do, in several versions, published one after the other.

The worlds of the laws know events, waits and sends; here are schedules, dates, absences, sequences, crossings, counted
events, broadcasts and news of items, and splits, traits that are set, events that are emitted, calls, digests, rounds
and waits by the user's own clock. All versions have the same policies and messages: what differs is what journeys do.
"""

import json
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count
from typing import Any

from opportune.errors import PlaybookError
from opportune.playbook.reading import playbook_from
from tests.laws.files import files_of
from tests.laws.worlds import BEGINNINGS, DAY, ENTRIES, EXITS, Dice, playbook

Item = dict[str, Any]
JOURNEYS = ("alpha", "beta", "gamma", "delta", "epsilon")
DATED = "trial_ends_on"
ITEMS = "id: product_id\nconcerns:\n  - {event: Product Viewed, within: 30 days}\nper_second: 20\n"
SEGMENTS = "keen: views_2h >= 2\n"
SPLITS = {"haste": {"fast": 30, "slow": 70}, "tone": {"calm": 50, "loud": 25, "mute": 25}}
"""Shares of the arms, in hundredths, as every version states them."""
CALL: Item = {
    "message": "tell_us",
    "kind": "internal",
    "topic": "internal",
    "channels": ["webhook"],
    "useful_for": DAY,
    "worth": None,
    "priority": 50,
    "obeys": False,
    "counts": False,
    "delivery": "at_least_once",
    "variants": ["default"],
}
RETIRED = {"journey": "rest", "enter": {"on": "Never Said"}, "steps": [{"wait": "1 day"}]}
"""What a playbook still has at the end of a schedule: what waits for days and dates would never come to rest."""


def base_of(number: int) -> Item:
    """Policies, messages and consent, as the worlds have them, and no journey; most lets messages out."""
    found: Item = playbook(Dice(f"kinds {number}"))
    if number % 3:
        found["consent"] = dict.fromkeys(("email", "push", "sms", "in_app"), "always")
        for message in found["messages"]:
            message["useful_for"] = max(message["useful_for"], 4 * 3_600_000)
    return {**found, "journeys": [], "messages": [*found["messages"], CALL]}


def begins_of(number: int) -> int:
    """When what is done in the schedules of this playbook begins."""
    return BEGINNINGS[number % len(BEGINNINGS)]


@lru_cache(maxsize=64)
def versions_of(number: int) -> list[dict[str, str]]:
    """The files of three versions, and of the last one, which is at rest; drawn until no journey starts itself."""
    base = base_of(number)
    for attempt in count():
        several = [texts_of(base, each) for each in drawn(number, Dice(f"journeys {number} {attempt}"))]
        try:
            for each in several:
                playbook_from(each)
        except PlaybookError as refusal:
            if "again and again" not in str(refusal):
                raise
        else:
            return several
    raise AssertionError("never")


def drawn(number: int, dice: Any) -> list[dict[str, Item]]:
    """Journeys by name, of each version."""
    names = [each["message"] for each in base_of(number)["messages"] if each["kind"] != "internal"]
    first = {name: journey(dice, name, names, number) for name in JOURNEYS[: dice.whole(3, 4)]}
    second = {name: moved(dice, each) for name, each in first.items()}
    third = {name: each for name, each in first.items() if dice.chance(60)}
    third[JOURNEYS[4]] = journey(dice, JOURNEYS[4], names, number)
    return [first, second, third, {"rest": RETIRED}]


def texts_of(base: Item, journeys: dict[str, Item]) -> dict[str, str]:
    """The files of one version."""
    files = {**files_of(base), "segments.yaml": SEGMENTS, "items.yaml": ITEMS}
    files["messages/tell_us.yaml"] = {
        name: files["messages/tell_us.yaml"][name] for name in ("message", "kind", "useful_for", "delivery", "variants")
    }
    files |= {f"journeys/{name}.yaml": each for name, each in journeys.items()}
    return {name: text if isinstance(text, str) else json.dumps(text) for name, text in files.items()}


def journey(dice: Any, name: str, messages: list[str], number: int) -> Item:
    """One journey."""
    enter, can_have_key = trigger(dice, number)
    made: Item = {"journey": name, "enter": enter}
    if can_have_key and dice.chance(40):
        made["key"] = "cart_id"
    made["reentry"] = dice.one_of(
        [
            "while_not_active",
            "always",
            "always",
            {"cooldown": "5 hours", "counted_from": dice.one_of(["entry", "send"])},
        ]
    )
    if dice.chance(40):
        made["exit"] = [{"on": dice.one_of(EXITS)}]
    if dice.chance(30):
        made["goal"] = {"on": "Order Completed", "within": "1 day"}
    made["steps"] = steps(dice, messages, can_gather=made["reentry"] != "always" and not is_by_itself(enter))
    return made


def is_by_itself(enter: Item) -> bool:
    """Whether it begins with no event."""
    return not enter.keys() & {"on", "sequence"}


def trigger(dice: Any, number: int) -> tuple[Item, bool]:
    """What begins a journey, and whether it may have a key."""
    on, bought = dice.one_of(ENTRIES), dice.one_of(EXITS)
    day = begins_of(number) + dice.whole(1, 2) * DAY
    kinds: list[tuple[Item, bool]] = [
        ({"on": on}, True),
        ({"on": on, "where": "value >= 20"}, True),
        ({"on": on, "nth": [2, 4]}, True),
        ({"on": on, "every": 2, "within": "5 hours"}, True),
        ({"on": on, "without": bought, "within": dice.one_of(["1 hour", "45 minutes", "6 hours"])}, True),
        ({"on": on, "without": [bought, on], "within": dice.one_of(["1 hour", "5 minutes"])}, True),
        ({"sequence": ["Product Viewed", on if on != "Product Viewed" else "Cart Updated"], "within": "1 day"}, True),
        ({"when": "views_2h >= 1"}, False),
        ({"when": "pages_1d >= 1", "rearm": "pages_1d < 1"}, False),
        ({"when": "traits.seen >= 2"}, False),
        ({"segment": "keen"}, False),
        ({"left": "keen"}, False),
        ({"every": "day", "at": dice.one_of(["09:00", "02:30", "21:00"])}, False),
        ({"every": ["saturday", "sunday", "monday"], "at": "20:30", "where": "views_2h >= 0"}, False),
        ({"date": DATED, "offset": "-1 days", "at": "10:00"}, False),
        ({"date": DATED, "offset": "3 hours"}, False),
        ({"inactive_for": dice.one_of(["6 hours", "45 minutes"])}, False),
        ({"broadcast": text_of(day), "over": "2 hours"}, False),
        ({"on": "Price Dropped"}, False),
        ({"on": "Cart Given Up"}, True),
    ]
    return dice.one_of(kinds)


def text_of(at: int) -> str:
    """The wall time in UTC."""
    return datetime.fromtimestamp(at / 1_000, UTC).strftime("%Y-%m-%d %H:%M")


def steps(dice: Any, messages: list[str], *, can_gather: bool) -> list[Item]:
    """Some steps, with a message at the end; those that wait have names."""
    made: list[Item] = []
    several = [*some_waits(dice), *some_deeds(dice, messages)] + ([some_digest(dice)] * 3 if can_gather else [])
    for place in range(dice.whole(1, 4)):
        step = dict(dice.one_of(several))
        if "wait" in step:
            step["name"] = f"wait_{place}"
        made.append(step)
        if dice.chance(40):
            made.append(send(dice, messages))
    return [*made, send(dice, messages)]


def send(dice: Any, messages: list[str]) -> Item:
    """A message, or a call to our own systems."""
    if dice.chance(20):
        return {"call": "tell_us"}
    whens: list[Item] = [{}, {}, {}, {"when": "pages_1d >= 1"}, {"when": "traits.seen >= 1"}]
    return {
        "send": dice.one_of(messages),
        **dice.one_of(whens),
        "not_sent": dice.one_of(["continue", "continue", "end"]),
    }


def some_waits(dice: Any) -> list[Item]:
    """Of each kind one."""
    return [
        {"wait": dice.one_of(["5 minutes", "45 minutes", "3 hours"])},
        {"wait": {"for": "40 minutes", "since": "active"}},
        {"wait": {"at": dice.one_of(["09:00", "22:00"])}},
        {"wait": {"between": ["20:00", "02:00"]}},
        {"wait": {"between": "active"}},
        {"wait": {"on": ["monday", "sunday"]}},
        {"wait": {"date": DATED, "offset": "-2 hours"}, "missing": "continue"},
        {"wait": {"until": "Pricing Viewed", "at_most": "1 hour", "since": dice.one_of(["now", "entry"])}},
    ]


def some_deeds(dice: Any, messages: list[str]) -> list[Item]:
    """What takes no time, or several steps."""
    name = dice.one_of(list(SPLITS))
    arms: Item = {arm: {"share": f"{share}%"} for arm, share in SPLITS[name].items()}
    first = next(iter(arms))
    arms[first] = {**arms[first], "steps": [{"wait": "15 minutes"}]}
    return [
        {"split": name, "arms": arms},
        {"split": name, "arms": arms},
        {"set": {"seen": "coalesce(traits.seen, 0) + 1", "stage": "'tried'"}},
        {"set": {"seen": "coalesce(traits.seen, 0) + 1"}},
        {"emit": "Cart Given Up", "properties": {"value": "30", "cart_id": "'c1'"}},
        {"emit": dice.one_of(["Product Viewed", "Page Viewed"]), "properties": {"value": "30"}},
        {"call": "tell_us"},
        {"repeat": {"times": 2, "steps": [send(dice, messages), {"wait": "20 minutes"}]}},
        {"branch": [{"when": "views_2h >= 1", "steps": [{"call": "tell_us"}]}, {"otherwise": [{"wait": "5 minutes"}]}]},
    ]


def some_digest(dice: Any) -> Item:
    return dice.one_of(
        [{"digest": "1 hour"}, {"digest": {"for": "1 hour", "quiet": "20 minutes", "collect": ["cart_id"], "most": 3}}]
    )


def moved(dice: Any, known: Item) -> Item:
    """The next version: other spans, and what becomes of those who wait; no step is taken a second time."""
    waits = [each["name"] for each in known["steps"] if isinstance(each.get("wait"), str)]
    steps = [{**each, "wait": "30 minutes"} if each.get("name") in waits else each for each in known["steps"]]
    moves = {name: "end" if dice.chance(25) else name for name in waits if dice.chance(60)}
    return {**known, "steps": steps, **({"moves": moves} if moves else {})}
