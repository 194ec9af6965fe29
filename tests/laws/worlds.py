"""Worlds at random: a playbook, what happens to a few users, and a dispatcher that answers as dispatchers do.

One definition serves two ways of drawing: ``world_of(seed)`` for thousands of histories quickly, and the strategy
``worlds()`` for Hypothesis, which makes what it finds smaller. ``files.py`` writes a playbook down as the files that
authors write; ``living.py`` lives through a world with any implementation that has ``feed(input) -> outputs``.
"""

from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import strategies as st

from tests.laws.ways import Ways
from tests.oracle import clocks

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
UNITS = (("week", 7 * DAY), ("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND))
ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "UTC",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Pacific/Auckland",
    "Africa/Cairo",
    "Pacific/Chatham",
]
BEGINNINGS = [  # noon UTC: an ordinary day, and days before clocks change in Berlin, New York and Cairo
    1_768_478_400_000,
    1_774_699_200_000,
    1_772_884_800_000,
    1_792_843_200_000,
    1_793_448_000_000,
    1_777_032_000_000,
]
ENTRIES, EXITS, OTHERS = (
    ["Cart Updated", "Product Viewed", "Trial Started"],
    ["Order Completed", "Plan Chosen"],
    ["Pricing Viewed", "Page Viewed"],
)
FEATURES = {"pages_1d": ("Page Viewed", DAY), "views_2h": ("Product Viewed", 2 * HOUR)}


class Dice:
    """Chance from a seed."""

    def __init__(self, seed):
        self.random = Random(seed)

    def whole(self, least, most):
        return self.random.randint(least, most)

    def one_of(self, several):
        return self.random.choice(list(several))

    def chance(self, percent):
        return self.random.random() * 100 < percent


class Drawn:
    """Chance from Hypothesis; the first choice, and no, are what it makes smaller towards."""

    def __init__(self, draw):
        self.draw = draw

    def whole(self, least, most):
        return self.draw(st.integers(least, most))

    def one_of(self, several):
        return self.draw(st.sampled_from(list(several)))

    def chance(self, percent):
        return self.draw(st.integers(0, 99)) >= 100 - percent


def world_of(seed, **wishes):
    """The world of this seed. Wishes: ``first`` playbook, ``users``, ``most`` events; ``merges`` and others or not."""
    return world(Dice(seed), seed, **wishes)


@st.composite
def worlds(draw, **wishes):
    return world(Drawn(draw), draw(st.integers(0, 10_000)), **wishes)


# Playbooks


def some(dice, several):
    """One or more of them, in their order."""
    return [one for one in several if dice.chance(50)] or [dice.one_of(several)]


def playbook(dice, number=1, *, is_rich=False):
    """``is_rich``: with journeys of every kind; else with the plain ones only, which are most of what people write."""
    messages = [message(dice, f"message_{place}") for place in range(1, dice.whole(2, 5) + 1)]
    draws = rich_journey if is_rich else journey
    journeys = [draws(dice, name, messages) for name in ("alpha", "beta", "gamma", "delta")[: dice.whole(2, 4)]]
    unlooped(journeys)
    return {
        "number": number,
        "is_rich": is_rich,
        "zone": dice.one_of(ZONES),
        "salt": f"salt{dice.whole(1, 9)}",
        "value": "EUR",
        "lateness": dice.one_of([72 * HOUR, 72 * HOUR, 6 * HOUR]),
        "features": FEATURES,
        "policies": policies(dice),
        "consent": consent(dice),
        "messages": messages,
        "journeys": journeys,
    }


def message(dice, name):
    is_marketing = dice.chance(80)
    return {
        "message": name,
        "kind": "marketing" if is_marketing else "transactional",
        "topic": dice.one_of(["offers", "news", "cart"]),
        "channels": sorted(some(dice, ["email", "push", "sms", "in_app"]), key=lambda c: dice.whole(0, 9))[:3],
        "useful_for": dice.one_of([DAY, 30 * MINUTE, 4 * HOUR, 12 * HOUR, 3 * DAY, MINUTE]),
        "worth": dice.one_of([None, None, 500_000, 1_200_000, 50_000, 0]),
        "priority": dice.one_of([50, 10, 40, 90, 100]),
        "obeys": is_marketing or dice.chance(25),
        "counts": dice.chance(80),
        **({} if is_marketing else {"delivery": dice.one_of(["once", "at_least_once"])}),
        "variants": dice.one_of([["default"], ["plain", "warm"], ["long", "plain", "warm"]]),
    }


def policies(dice):
    made = []
    if dice.chance(30):
        made.append({"policy": "holdout", "share": dice.one_of([50_000, 200_000, 500_000])})
    made.append({"policy": "arbitration", "margin": dice.one_of([0, 200_000, 1_000_000])})
    for _ in range(dice.one_of([1, 1, 0, 2])):
        start, end = dice.one_of(
            [("21:00", "08:00"), ("22:30", "07:15"), ("13:00", "14:30"), ("00:30", "02:30"), ("18:00", "04:00")]
        )
        channels = some(dice, ["email", "push", "sms", "in_app"])
        at_end = ("all", "best", "one_per_topic")[(int(end[:2]) + len(channels)) % 3]
        made.append({"policy": "quiet_hours", "from": start, "to": end, "channels": channels, "at_end": at_end})
    if dice.chance(35):
        made.append({"policy": "in_session", "idle": dice.one_of([30 * MINUTE, 10 * MINUTE]), "speak_on": ["in_app"]})
    for _ in range(dice.one_of([1, 0, 2])):
        made.append(
            {
                "policy": "frequency_cap",
                "at_most": dice.one_of([1, 2, 3]),
                "within": dice.one_of([3 * HOUR, DAY, "day", "week", 7 * DAY, 30 * MINUTE]),
                "channels": dice.one_of([None, ["push"], ["email", "sms"]]),
                "topics": dice.one_of([None, None, None, ["offers"]]),
            }
        )
    if dice.chance(40):
        made.append({"policy": "minimum_gap", "within": dice.one_of([HOUR, 3 * HOUR, 10 * MINUTE]), "channels": None})
    if dice.chance(35):
        made.append(
            {
                "policy": "fatigue",
                "at_most": dice.one_of([2, 3, 5]),
                "within": dice.one_of([DAY, 7 * DAY]),
                "ignored": dice.one_of([2, 3]),
            }
        )
    if dice.chance(25):
        made.append({"policy": "hours"})
    return made


def consent(dice):
    granted = {"in_app": "always"}
    for channel in ("email", "push", "sms"):
        match dice.whole(0, 3):
            case 0 | 1:
                granted[channel] = "always"
            case 2:
                granted[channel] = {"trait": f"{channel}_opt_in", "topics": "all"}
    return granted


def journey(dice, name, messages):
    is_keyed = dice.chance(35)
    is_silence = not is_keyed and dice.chance(25)
    enter = (
        {"inactive_for": dice.one_of([6 * HOUR, 45 * MINUTE, DAY])}
        if is_silence
        else {"on": dice.one_of(ENTRIES), "where": dice.one_of([None, ("property", "value", ">=", 20)])}
    )
    exits = [
        {"on": on, "where": dice.one_of([None, None, ("property", "value", ">=", 30)])}
        for on in some(dice, EXITS)
        if dice.chance(60)
    ]
    goal = {"on": "Order Completed", "within": dice.one_of([DAY, 2 * HOUR, 3 * DAY]), "where": None, "value": "value"}
    return {
        "journey": name,
        "key": dice.one_of(["cart_id", "cart_id", "order_id"]) if is_keyed else "",
        "enter": enter,
        "exits": exits,
        "reentry": dice.one_of(
            [
                "while_not_active",
                "while_not_active",
                "always",
                "once",
                {"cooldown": 5 * HOUR, "from": "entry"},
                {"cooldown": DAY, "from": "send"},
                {"cooldown": DAY, "from": "goal"},
            ]
        ),
        "goal": goal if dice.chance(50) else None,
        "steps": steps(dice, messages, is_silence=is_silence),
    }


def steps(dice, messages, *, is_silence, depth=0):
    made, has_sent = [], False
    for _ in range(dice.whole(1, 3)):
        if dice.chance(55):
            made.append(
                {"wait": dice.one_of([45 * MINUTE, 5 * MINUTE, HOUR, 3 * HOUR, DAY])}
                if dice.chance(60)
                else until(
                    dice,
                    messages,
                    is_silence=is_silence,
                    depth=depth,
                    has_sent=has_sent,
                )
            )
        made.append(send(dice, messages, is_silence))
        has_sent = True
    return made


def rich_journey(dice, name, messages):
    """A journey whose steps are of every kind."""
    made = journey(dice, name, messages)
    if dice.chance(50):
        made["enter"] = entry(dice, is_keyed=bool(made["key"]))
    if made["goal"] and dice.chance(50):
        made["ends_at_goal"] = True
    return {**made, "steps": rich_steps(dice, made, messages)}


def entry(dice, *, is_keyed):
    """What begins a journey, other than one event or silence."""
    where = ("property", "value", ">=", 20)
    on, other = ({"on": dice.one_of(ENTRIES), "where": dice.one_of([None, None, where])} for _ in range(2))
    span = dice.one_of([HOUR, 30 * MINUTE, 6 * HOUR, DAY])
    counted = {"counted": on, "within": dice.one_of([None, span])}
    bought = {"on": "Order Completed", "where": None}
    several = [
        {**counted, "nth": dice.one_of([[2], [1, 3], [3]])},
        {**counted, "every": 2},
        {"absence": on, "without": dice.one_of([[bought], [bought, on], [other], [bought, other]]), "within": span},
        {"sequence": dice.one_of([[on, other], [on, other, bought], [on, on], [other, bought]]), "within": span},
    ]
    if not is_keyed:
        when, rearm = ("feature", "views_2h", ">=", 2), ("feature", "views_2h", "<", 1)
        pages = ("feature", "pages_1d", ">=", 1)
        several += [
            {"crossing": dice.one_of([when, pages, ("not", pages), ("and", when, pages)]), "rearm": None},
            {"crossing": when, "rearm": dice.one_of([rearm, ("not", pages)])},
            {
                "every_day": dice.one_of([None, ["friday", "monday"]]),
                "at": "09:00",
                "where": dice.one_of([None, pages]),
            },
        ]
    return dice.one_of(several)


def broadcast(dice):
    """(day, minutes, over): on the user's own clock, a day or two after a world may begin."""
    begins = datetime.fromtimestamp(dice.one_of(BEGINNINGS) / 1_000, UTC)
    day = begins.date() + timedelta(days=dice.whole(1, 2))
    return day, 60 * dice.whole(0, 23), dice.one_of([0, 2 * HOUR])


def is_bare(journey):
    """Whether its runs have nothing kept of an event that they entered with."""
    return any(kind in journey["enter"] for kind in ("inactive_for", "crossing", "every_day", "broadcast"))


def rich_steps(dice, journey, messages):
    is_silence = is_bare(journey)

    def plain(has_sent):
        made = steps(dice, messages, is_silence=is_silence, depth=1)
        if dice.chance(30):
            where = dice.one_of([("property", "value", ">=", 50), ("trait", "tier", "=", "gold")])
            made.insert(0, {**until(dice, messages, is_silence=is_silence, depth=1, has_sent=False), "where": where})
        return made

    conditions = [asked for asked in conditions_of(is_silence) if asked]
    ways = Ways(dice, messages, is_silence=is_silence, plain=plain, conditions=conditions)
    while made := ways.steps():
        if not digests_and_always(made, journey) and size_of(made) <= 60:
            return made


def unlooped(journeys):
    """Steps that would lead back to their own journey emit something that begins none: ``check`` refuses circles."""
    for each in journeys:
        for step in emits_of(each["steps"]):
            if each["journey"] in led_to(step["emit"], journeys, set()):
                step["emit"] = "Story Told"


def led_to(event, journeys, known):
    """The journeys that this event begins, and those that they begin by what they emit."""
    for each in journeys:
        if each["journey"] not in known and event in names_of_entry(each["enter"]):
            known.add(each["journey"])
            for step in emits_of(each["steps"]):
                led_to(step["emit"], journeys, known)
    return known


def names_of_entry(enter):
    """The events that a journey may be entered by, or because of."""
    match enter:
        case {"counted": watched} | {"absence": watched}:
            return [watched["on"]]
        case {"sequence": several}:
            return [watched["on"] for watched in several]
        case {"crossing": _}:
            return ["Product Viewed", "Page Viewed"]
    return [enter.get("on")]


def emits_of(several):
    return [step for step in several if "emit" in step] + [
        each for step in several for inner in inner_of(step) for each in emits_of(inner)
    ]


def digests_and_always(several, journey):
    """Whether there is a digest where every entry begins a run of its own, which ``check`` refuses."""
    return journey["reentry"] == "always" and "'digest'" in repr(several)


def size_of(several):
    """About how many steps these are, rounds included."""
    return sum(step.get("repeat", 1) * (1 + sum(size_of(each) for each in inner_of(step))) for step in several)


def inner_of(step):
    """The lists of steps inside of this one."""
    match step:
        case {"branch": ways}:
            return [way.get("steps") or way["otherwise"] for way in ways]
        case {"arms": arms}:
            return [arm["steps"] for arm in arms.values()]
        case {"repeat": _}:
            return [step["steps"]]
    return [each for each in (step.get("on_timeout"), step.get("not_sent")) if isinstance(each, list)]


def conditions_of(is_silence):
    """What steps ask; None is nothing."""
    whens = [
        None,
        None,
        ("exists", "Pricing Viewed"),
        ("feature", "pages_1d", ">=", 1),
        ("not", ("exists", "Page Viewed")),
    ]
    return whens + (
        [("trait", "tier", "=", "gold")]
        if is_silence
        else [("property", "value", ">=", 50), ("not", ("property", "value", "<", 30))]
    )


def send(dice, messages, is_silence):
    return {
        "send": dice.one_of(messages)["message"],
        "when": dice.one_of(conditions_of(is_silence)),
        "not_sent": dice.one_of(["continue", "continue", "end"]),
    }


def until(dice, messages, *, is_silence, depth, has_sent):
    events = OTHERS + (["Email Opened"] if has_sent else [])
    event = dice.one_of(events)
    branch = steps(dice, messages, is_silence=is_silence, depth=depth + 1) if depth < 1 and dice.chance(50) else None
    return {
        "until": event,
        "at_most": dice.one_of([HOUR, 20 * MINUTE, 6 * HOUR]),
        "since": dice.one_of(["now", "entry"]),
        "on_timeout": branch,
    }


def revised(dice, first, *, renews=False):
    """A second version: other policies, other spans, other worths; the same journeys by name, entry and exit.

    ``renews``: it may ask for what the first did not: features, sessions, what is looked back for, and how new it is.
    """
    messages = [
        {**m, "priority": dice.one_of([50, 10, 90]), "useful_for": dice.one_of([DAY, 4 * HOUR])}
        for m in first["messages"]
    ]
    journeys = []
    for known in first["journeys"]:
        drawn = (
            rich_steps(dice, known, messages) if first["is_rich"] else steps(dice, messages, is_silence=is_bare(known))
        )
        watched = {name for each in first["journeys"] for name in names_watched(each, each["steps"])}
        is_kept = dice.chance(50) or not (renews or names_watched(known, drawn) <= watched)
        journeys.append({**known, "steps": known["steps"] if is_kept else drawn})
    unlooped(journeys)
    sessions = {p["policy"]: p for p in first["policies"] if p["policy"] == "in_session"}
    drawn = policies(dice)
    if renews:
        return {
            **first,
            "number": 2,
            "messages": messages,
            **renewed(dice, journeys),
            "policies": [*drawn, stale(dice)],
        }
    drawn = [sessions.get(p["policy"], p) for p in drawn if p["policy"] != "in_session" or sessions]
    return {**first, "number": 2, "policies": drawn, "messages": messages, "journeys": journeys}


def renewed(dice, journeys):
    """Features and conditions on them: of other events, of the same over other spans, and one that is new."""
    features = {
        "pages_1d": dice.one_of([FEATURES["pages_1d"], ("Page Viewed", 3 * DAY), ("Pricing Viewed", DAY)]),
        "views_2h": dice.one_of([FEATURES["views_2h"], ("Product Viewed", 5 * HOUR), ("Cart Updated", 2 * HOUR)]),
        "carts_9h": ("Cart Updated", 9 * HOUR),
    }
    asked = [("feature", name, sign, n) for name in features for sign, n in ((">=", 1), (">=", 2), ("<", 2))]
    renewed = []
    for each in journeys:
        steps = [{**s, "when": dice.one_of([s["when"], *asked])} if "send" in s else s for s in each["steps"]]
        renewed.append({**each, "steps": steps})
    return {"features": features, "journeys": renewed}


def stale(dice):
    features = some(dice, ["pages_1d", "views_2h", "carts_9h"])[:2]
    messages = dice.one_of([[], ["message_1"], ["message_2", "message_1"]])
    return {"policy": "stale", "features": features, "older_than": dice.one_of([DAY, 2 * HOUR]), "messages": messages}


def names_watched(journey, several):
    """What these steps look back for; what nobody looks back for is not remembered, whatever is published later."""
    found = set()
    for step in several:
        asked = [step.get("when"), step.get("until")] + [way.get("when") for way in step.get("branch", [])]
        for when in asked:
            while when and when[0] == "not":
                when = when[1]
            if when and when[0] == "exists":
                found.add((when[1], ""))
        if step.get("since") == "entry":
            found.add((step["until"], journey["key"]))
        if step.get("where"):
            found.add((step["until"], step["where"]))
        for inner in inner_of(step):
            found |= names_watched(journey, inner)
    return found


# Histories


def world(dice, seed, *, first=None, users=None, most=24, merges=True, publications=True, history=True, renews=False):
    first = first or playbook(dice, is_rich=seed % 5 >= 3)
    names = [f"user{n}" for n in range(1, (users or dice.one_of([1, 2, 2, 3])) + 1)]
    begins = dice.one_of(BEGINNINGS)
    corners = [begins + dice.whole(0, 3 * 24 * 12) * 5 * MINUTE for _ in range(dice.whole(3, 8))]
    for policy in first["policies"]:
        if policy["policy"] == "quiet_hours":  # when night falls is a corner too
            zone, tomorrow = (first["zone"],), begins + DAY
            corners.append(clocks.quiet_begins(begins, policy["from"], policy["to"], zone, tomorrow))
    script = [hello(dice, name, begins - HOUR + place) for place, name in enumerate(names) if dice.chance(92)]
    for number in range(dice.whole(6, most)):
        if dice.chance(12):
            script.append({"kind": "tick", "user": dice.one_of(names), "now": when(dice, corners)})
        else:
            script.append(event(dice, dice.one_of(names), number, corners, history))
    if merges and len(names) > 1 and dice.chance(40):
        into, gone = dice.one_of([names[:2], names[1::-1]])
        script.append({"kind": "merge", "user": into, "from": gone, "now": when(dice, corners)})
    if publications and dice.chance(90 if renews else 25):
        second = revised(dice, first, renews=renews)
        script.append({"kind": "publication", "playbook": second, "now": when(dice, corners)})
    script.sort(key=lambda item: item["now"])
    return {
        "seed": seed,
        "playbook": first,
        "users": names,
        "script": script,
        "ticks": dice.one_of(["wake", "wake", "seldom"]),
    }


def when(dice, corners):
    """Near one of a few corners of time, so that things meet, often at the very same instant."""
    spans = [0, 0, 0, SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 45 * MINUTE, HOUR, 1, -20 * SECOND]
    return dice.one_of(corners) + dice.one_of(spans)


def hello(dice, name, now):
    """The traits that let a user be reached."""
    phone = dice.one_of(["+49301234", "+49301234", "+49 (30) 12-34", "0301234", "+881612345678"])
    traits = {"email": f"{name}@example.com", "phone": phone, "push_token": "token"}
    traits = {field: value for field, value in traits.items() if dice.chance(90)}
    traits |= {"email_opt_in": dice.chance(80), "sms_opt_in": dice.chance(80), "push_opt_in": dice.chance(80)}
    traits |= {"tier": dice.one_of(["gold", "free"])}
    traits |= {"timezone": dice.one_of(ZONES)} if dice.chance(50) else {}
    traits |= wish(dice, now + HOUR) if dice.chance(12) else {}
    return {
        "kind": "event",
        "user": name,
        "name": "Identified",
        "at": now,
        "now": now,
        "id": f"hello-{name}",
        "properties": traits,
        "context": {},
        "is_history": False,
    }


def event(dice, name, number, corners, history):
    now = when(dice, corners)
    lag = dice.one_of([0, 0, 0, 0, 0, SECOND, 5 * MINUTE, 2 * HOUR, 7 * HOUR, 80 * HOUR])
    what, properties = happening(dice, now)
    context = {}
    if dice.chance(8):
        context["timezone"] = dice.one_of(ZONES)
    if dice.chance(8):
        context["consent"] = {dice.one_of(["email", "push", "sms"]): dice.chance(50)}
    return {
        "kind": "event",
        "user": name,
        "name": what,
        "at": now - lag,
        "now": now,
        "id": f"event-{number}",
        "properties": properties,
        "context": context,
        "is_history": bool(history) and dice.chance(2),
        "again": dice.chance(5),
    }


def wish(dice, now):
    """A pause, a pace, the end of one, or what is neither."""
    until = now + dice.one_of([HOUR, 5 * MINUTE, DAY, 3 * HOUR, 45 * MINUTE])
    if dice.chance(50):
        written = f"{datetime.fromtimestamp(until / 1_000, UTC):%Y-%m-%dT%H:%M:%S}.{until % 1_000:03}"
        several = [until, until, f"{written}Z", written, until // 1_000, None, "soon", True, -1]
        return {"messages_paused_until": dice.one_of(several)}
    return {"messages_per_week": dice.one_of([1, 1, 2, 3, "2", 0, None, 1.5, "few", True, -1, 1_001])}


def happening(dice, now):
    number = dice.whole(0, 99)
    bought = {"value": dice.whole(10, 100), **({"cart_id": dice.one_of(["c1", "c2"])} if dice.chance(80) else {})}
    bought |= {"order_id": dice.one_of(["c1", "o2"])} if dice.chance(60) else {}
    if number < 50:
        return dice.one_of(ENTRIES), bought
    if number < 60:
        return dice.one_of(EXITS), bought
    if number < 74:
        return dice.one_of(OTHERS), {k: v for k, v in bought.items() if dice.chance(30)}
    if number < 80:
        return "Message Sent", {
            "channel": dice.one_of(["email", "push"]),
            "topic": dice.one_of(["offers", "news"]),
            "message": "elsewhere",
        }
    if number < 85:
        return "Identified", dice.one_of(
            [
                {"timezone": dice.one_of(ZONES)},
                {"email_opt_in": dice.chance(50)},
                {"tier": "gold"},
                wish(dice, now),
                wish(dice, now),
            ]
        )
    scope = {
        "channel": dice.one_of(["email", "push", "sms"]),
        **({"topic": dice.one_of(["offers", "cart"])} if dice.chance(40) else {}),
    }
    if number < 89:
        return "Consent Given", dice.one_of([scope, {}])
    if number < 93:
        return "Consent Withdrawn", scope
    return dice.one_of(
        [
            ("Unsubscribed", {}),
            ("Suppressed", {"channel": "sms", "reason": "stop"}),
            ("Unsuppressed", {}),
            ("Email Bounced", {"type": "soft"}),
            ("Email Bounced", {"type": "hard"}),
            ("Email Marked as Spam", {}),
            ("Unsuppressed", {"channel": "email"}),
        ]
    )
