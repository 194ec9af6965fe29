"""Worlds at random: a playbook, what happens to a few users, and a dispatcher that answers as dispatchers do.

One definition serves two ways of drawing: ``world_of(seed)`` for thousands of histories quickly, and the strategy
``worlds()`` for Hypothesis, which makes what it finds smaller. ``files_of(playbook)`` writes a playbook down as the
files of DESIGN section 5; ``drive(world, subject)`` lives through the world with any implementation that has
``feed(input) -> outputs`` (see tests/oracle/oracle.py for both).
"""

import heapq
from itertools import count
from random import Random

from hypothesis import strategies as st

from tests.oracle.conditions import sql_of

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
UNITS = (("week", 7 * DAY), ("day", DAY), ("hour", HOUR), ("minute", MINUTE), ("second", SECOND))
ZONES = [
    "Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC", "Australia/Lord_Howe", "America/Sao_Paulo",
    "Pacific/Auckland", "Africa/Cairo", "Pacific/Chatham",
]
BEGINNINGS = [  # noon UTC: an ordinary day, and days before clocks change in Berlin, New York and Cairo
    1_768_478_400_000, 1_774_699_200_000, 1_772_884_800_000, 1_792_843_200_000, 1_793_448_000_000, 1_777_032_000_000,
]
ENTRIES, EXITS, OTHERS = ["Cart Updated", "Product Viewed", "Trial Started"], ["Order Completed", "Plan Chosen"], ["Pricing Viewed", "Page Viewed"]
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
    """The world of this seed. Wishes: ``users``, ``most`` (events), ``merges``, ``publications``, ``history``: False or numbers."""
    return world(Dice(seed), seed, **wishes)


@st.composite
def worlds(draw, **wishes):
    return world(Drawn(draw), draw(st.integers(0, 10_000)), **wishes)


# Playbooks

def some(dice, several):
    """One or more of them, in their order."""
    return [one for one in several if dice.chance(50)] or [dice.one_of(several)]


def playbook(dice, number=1):
    messages = [message(dice, f"message_{place}") for place in range(1, dice.whole(2, 5) + 1)]
    journeys = [journey(dice, name, messages) for name in ("alpha", "beta", "gamma", "delta")[: dice.whole(2, 4)]]
    return {
        "number": number, "zone": dice.one_of(ZONES), "salt": f"salt{dice.whole(1, 9)}", "value": "EUR",
        "lateness": dice.one_of([72 * HOUR, 72 * HOUR, 6 * HOUR]), "features": FEATURES,
        "policies": policies(dice), "consent": consent(dice), "messages": messages, "journeys": journeys,
    }


def message(dice, name):
    is_marketing = dice.chance(80)
    return {
        "message": name, "kind": "marketing" if is_marketing else "transactional", "topic": dice.one_of(["offers", "news", "cart"]),
        "channels": sorted(some(dice, ["email", "push", "sms", "in_app"]), key=lambda c: dice.whole(0, 9))[:3],
        "useful_for": dice.one_of([DAY, 30 * MINUTE, 4 * HOUR, 12 * HOUR, 3 * DAY]),
        "worth": dice.one_of([None, None, 500_000, 1_200_000, 50_000, 0]), "priority": dice.one_of([50, 10, 40, 90, 100]),
        "obeys": is_marketing or dice.chance(25), "counts": dice.chance(80),
        "variants": dice.one_of([["default"], ["plain", "warm"], ["long", "plain", "warm"]]),
    }


def policies(dice):
    made = [{"policy": "arbitration", "margin": dice.one_of([0, 200_000, 1_000_000])}]
    if dice.chance(30):
        made.append({"policy": "holdout", "share": dice.one_of([50_000, 200_000, 500_000])})
    for _ in range(dice.one_of([1, 1, 0, 2])):
        start, end = dice.one_of([("21:00", "08:00"), ("22:30", "07:15"), ("13:00", "14:30"), ("00:30", "02:30"), ("18:00", "04:00")])
        made.append({"policy": "quiet_hours", "from": start, "to": end, "channels": some(dice, ["email", "push", "sms", "in_app"])})
    if dice.chance(35):
        made.append({"policy": "in_session", "idle": dice.one_of([30 * MINUTE, 10 * MINUTE]), "speak_on": ["in_app"]})
    for _ in range(dice.one_of([1, 0, 2])):
        made.append({
            "policy": "frequency_cap", "at_most": dice.one_of([1, 2, 3]), "within": dice.one_of([3 * HOUR, DAY, "day", "week", 7 * DAY, 30 * MINUTE]),
            "channels": dice.one_of([None, ["push"], ["email", "sms"]]), "topics": dice.one_of([None, None, None, ["offers"]]),
        })
    if dice.chance(40):
        made.append({"policy": "minimum_gap", "within": dice.one_of([HOUR, 3 * HOUR, 10 * MINUTE]), "channels": None, "topics": None})
    if dice.chance(35):
        made.append({"policy": "fatigue", "at_most": dice.one_of([2, 3, 5]), "within": dice.one_of([DAY, 7 * DAY]), "ignored": dice.one_of([2, 3])})
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
    enter = {"inactive_for": dice.one_of([6 * HOUR, 45 * MINUTE, DAY])} if is_silence else {
        "on": dice.one_of(ENTRIES), "where": dice.one_of([None, ("property", "value", ">=", 20)])
    }
    exits = [{"on": on, "where": dice.one_of([None, None, ("property", "value", ">=", 30)])} for on in some(dice, EXITS) if dice.chance(60)]
    goal = {"on": "Order Completed", "within": dice.one_of([DAY, 2 * HOUR, 3 * DAY]), "where": None, "value": "value"}
    return {
        "journey": name, "key": "cart_id" if is_keyed else "", "enter": enter, "exits": exits,
        "reentry": dice.one_of([
            "always", "always", "once", {"cooldown": 5 * HOUR, "from": "entry"}, {"cooldown": DAY, "from": "send"},
            {"cooldown": DAY, "from": "goal"},
        ]),
        "goal": goal if dice.chance(50) else None,
        "steps": steps(dice, messages, is_silence=is_silence),
    }


def steps(dice, messages, *, is_silence, depth=0):
    made, has_sent = [], False
    for _ in range(dice.whole(1, 3)):
        if dice.chance(55):
            made.append({"wait": dice.one_of([45 * MINUTE, 5 * MINUTE, HOUR, 3 * HOUR, DAY])} if dice.chance(60) else until(
                dice, messages, is_silence=is_silence, depth=depth, has_sent=has_sent,
            ))
        made.append(send(dice, messages, is_silence))
        has_sent = True
    return made


def send(dice, messages, is_silence):
    whens = [None, None, ("exists", "Pricing Viewed"), ("feature", "pages_1d", ">=", 1), ("not", ("exists", "Page Viewed"))]
    whens += [("trait", "tier", "=", "gold")] if is_silence else [("property", "value", ">=", 50), ("not", ("property", "value", "<", 30))]
    return {
        "send": dice.one_of(messages)["message"], "when": dice.one_of(whens), "not_sent": dice.one_of(["continue", "continue", "end"]),
    }


def until(dice, messages, *, is_silence, depth, has_sent):
    events = OTHERS + (["Email Opened"] if has_sent else [])
    event = dice.one_of(events)
    branch = steps(dice, messages, is_silence=is_silence, depth=depth + 1) if depth < 1 and dice.chance(50) else None
    return {
        "until": event, "at_most": dice.one_of([HOUR, 20 * MINUTE, 6 * HOUR]),
        "since": "now" if event == "Email Opened" else dice.one_of(["now", "entry"]), "on_timeout": branch,
    }


def revised(dice, first):
    """A second version: other policies, other spans, other worths; the same journeys by name, entry and exit."""
    messages = [{**m, "priority": dice.one_of([50, 10, 90]), "useful_for": dice.one_of([DAY, 4 * HOUR])} for m in first["messages"]]
    journeys = [
        {**j, "steps": steps(dice, messages, is_silence="inactive_for" in j["enter"]) if dice.chance(50) else j["steps"]}
        for j in first["journeys"]
    ]
    return {**first, "number": 2, "policies": policies(dice), "messages": messages, "journeys": journeys}


# Histories

def world(dice, seed, *, users=None, most=24, merges=True, publications=True, history=True):
    first = playbook(dice)
    names = [f"user{n}" for n in range(1, (users or dice.one_of([1, 2, 2, 3])) + 1)]
    begins = dice.one_of(BEGINNINGS)
    corners = [begins + dice.whole(0, 3 * 24 * 12) * 5 * MINUTE for _ in range(dice.whole(3, 8))]
    script = [hello(dice, name, begins - HOUR + place) for place, name in enumerate(names) if dice.chance(92)]
    for number in range(dice.whole(6, most)):
        if dice.chance(12):
            script.append({"kind": "tick", "user": dice.one_of(names), "now": when(dice, corners)})
        else:
            script.append(event(dice, dice.one_of(names), number, corners, history))
    if merges and len(names) > 1 and dice.chance(40):
        into, gone = dice.one_of([names[:2], names[1::-1]])
        script.append({"kind": "merge", "user": into, "from": gone, "now": when(dice, corners)})
    if publications and dice.chance(25):
        script.append({"kind": "publication", "playbook": revised(dice, first), "now": when(dice, corners)})
    script.sort(key=lambda item: item["now"])
    return {"seed": seed, "playbook": first, "users": names, "script": script, "ticks": dice.one_of(["wake", "wake", "seldom"])}


def when(dice, corners):
    """Near one of a few corners of time, so that things meet, often at the very same instant."""
    return dice.one_of(corners) + dice.one_of([0, 0, 0, SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 45 * MINUTE, HOUR, 1])


def hello(dice, name, now):
    """The traits that let a user be reached."""
    traits = {"email": f"{name}@example.com", "phone": "+49301234", "push_token": "token"}
    traits = {field: value for field, value in traits.items() if dice.chance(90)}
    traits |= {"email_opt_in": dice.chance(80), "sms_opt_in": dice.chance(80), "push_opt_in": dice.chance(80)}
    traits |= {"tier": dice.one_of(["gold", "free"])}
    traits |= {"timezone": dice.one_of(ZONES)} if dice.chance(50) else {}
    return {
        "kind": "event", "user": name, "name": "Identified", "at": now, "now": now, "id": f"hello-{name}", "properties": traits,
        "context": {}, "is_history": False,
    }


def event(dice, name, number, corners, history):
    now = when(dice, corners)
    lag = dice.one_of([0, 0, 0, 0, 0, SECOND, 5 * MINUTE, 2 * HOUR, 7 * HOUR, 80 * HOUR])
    what, properties = happening(dice)
    context = {}
    if dice.chance(8):
        context["timezone"] = dice.one_of(ZONES)
    if dice.chance(4):
        context["consent"] = {dice.one_of(["email", "push", "sms"]): dice.chance(50)}
    return {
        "kind": "event", "user": name, "name": what, "at": now - lag, "now": now, "id": f"event-{number}", "properties": properties,
        "context": context, "is_history": bool(history) and dice.chance(2), "again": dice.chance(5),
    }


def happening(dice):
    number = dice.whole(0, 99)
    bought = {"value": dice.whole(10, 100), **({"cart_id": dice.one_of(["c1", "c2"])} if dice.chance(80) else {})}
    if number < 50:
        return dice.one_of(ENTRIES), bought
    if number < 60:
        return dice.one_of(EXITS), bought
    if number < 74:
        return dice.one_of(OTHERS), {}
    if number < 80:
        return "Message Sent", {"channel": dice.one_of(["email", "push"]), "topic": dice.one_of(["offers", "news"]), "message": "elsewhere"}
    if number < 85:
        return "Identified", dice.one_of([{"timezone": dice.one_of(ZONES)}, {"email_opt_in": dice.chance(50)}, {"tier": "gold"}])
    scope = {"channel": dice.one_of(["email", "push", "sms"]), **({"topic": dice.one_of(["offers", "cart"])} if dice.chance(40) else {})}
    if number < 89:
        return "Consent Given", dice.one_of([scope, {}])
    if number < 93:
        return "Consent Withdrawn", scope
    return dice.one_of([
        ("Unsubscribed", {}), ("Suppressed", {"channel": "sms", "reason": "stop"}), ("Unsuppressed", {}), ("Email Bounced", {"type": "soft"}),
        ("Email Bounced", {"type": "hard"}), ("Email Marked as Spam", {}), ("Unsuppressed", {"channel": "email"}),
    ])


# Living through a world

OUTPUTS = ("decisions", "endings", "attempts", "recalls", "goals")


class Host:
    """What stands around an engine: the log, the timer, the dispatcher, the users who open mail."""

    def __init__(self, world, subject, most=400):
        self.world, self.subject, self.most = world, subject, most
        self.numbers, self.now, self.wakes, self.merged = count(1), 0, {}, {}
        self.queue, self.places = [], count()
        self.recalled, self.tries = set(), {}
        self.history, self.books = [], {kind: [] for kind in OUTPUTS}
        for item in world["script"]:
            self.put(item["now"], item)

    def put(self, now, item):
        heapq.heappush(self.queue, (now, next(self.places), item))

    def live(self):
        """Everything that was scripted, and all that follows from it."""
        while self.queue and len(self.history) < self.most:
            now, _, item = heapq.heappop(self.queue)
            if self.world["ticks"] == "wake" and self.tick_before(now):
                self.put(now, item)
                continue
            self.now = max(self.now, now)
            if item["kind"] == "begin":
                self.begin(item["attempt"])
            else:
                self.take({**item, "now": self.now})
            while not self.queue and len(self.history) < self.most and self.tick_before(None):
                pass
        return self

    def tick_before(self, now):
        """Tick at the first wake, if there is one not after ``now``; whether there was."""
        waiting = sorted((wake, name) for name, wake in self.wakes.items() if wake is not None and (now is None or wake <= now))
        if not waiting:
            return False
        wake, name = waiting[0]
        late = Random(f"{self.world['seed']}:{name}:{wake}").choice([0, 0, 0, 700, 2_300])
        self.now = max(self.now, wake + late if now is None else min(now, wake + late))
        self.take({"kind": "tick", "user": name, "now": self.now})
        return True

    def name(self, user):
        while user in self.merged:
            user = self.merged[user]
        return user

    def take(self, item):
        """Write one input to the log and hand it over; again, if it is to be delivered twice."""
        again = item.pop("again", False)
        if item["kind"] == "merge":
            item = {**item, "user": self.name(item["user"]), "from": self.name(item["from"])}
            if item["user"] == item["from"]:
                return
        elif "user" in item:
            item = {**item, "user": self.name(item["user"])}
        if item["kind"] in ("event", "merge"):
            item["seq"] = next(self.numbers)
        self.hand_over(item)
        if again and item["kind"] == "event":
            self.hand_over(item)
        if item["kind"] == "merge":
            self.merged[item["from"]] = item["user"]
            self.wakes.pop(item["from"], None)

    def hand_over(self, item):
        out = self.subject.feed(item)
        index = len(self.history)
        self.history.append(item)
        self.wakes.update(out["wakes"])
        for kind in OUTPUTS:
            self.books[kind] += [{**one, "index": index} for one in out[kind]]
        for recall in out["recalls"]:
            self.recalled.add(recall["decision"])
        for attempt in out["attempts"]:
            number = self.tries[attempt["decision"]] = self.tries.get(attempt["decision"], 0) + 1
            random = Random(f"{self.world['seed']}:{attempt['decision']}:{number}")
            self.recalled.discard(attempt["decision"])
            delay = random.choice([200, 200, 1_000, 5_000, 20_000, 70_000]) if number < 4 else 200
            self.put(self.now + delay, {"kind": "begin", "attempt": {**attempt, "random": random}})

    def begin(self, attempt):
        """The dispatcher comes to an attempt: too late, called back, or the provider answers something."""
        random, decision = attempt["random"], attempt["decision"]
        fate = random.choice(["Message Sent"] * 15 + ["Message Failed"] * 2 + ["Message Unknown"] * 2 + ["Attempt Lapsed"])
        if decision in self.recalled or self.now >= attempt["expires"] or (fate == "Attempt Lapsed" and self.tries[decision] > 3):
            fate = "Attempt Lapsed" if decision in self.recalled or self.now >= attempt["expires"] else "Message Sent"
        begun, heard = self.now, self.now + random.choice([50, 50, 400, 5_000, 120_000])
        said = {"decision": decision, "channel": attempt["channel"], "message": attempt["message"]}
        if fate == "Message Failed":
            said["code"] = "rejected"
        if fate == "Attempt Lapsed":
            begun = heard
        self.tell(attempt, fate, begun, heard, said)
        if fate == "Message Sent":
            self.user_reacts(attempt, begun, random)

    def tell(self, attempt, name, at, now, properties):
        identity = f"{name}:{properties.get('decision', attempt['decision'])}:{self.tries[attempt['decision']]}:{at}"
        self.put(now, {
            "kind": "event", "user": attempt["user"], "name": name, "at": at, "now": now, "id": identity, "properties": properties,
            "context": {}, "is_history": False,
        })

    def user_reacts(self, attempt, begun, random):
        """Some open what they got; a few openings do not say of what."""
        names = {"email": "Email Opened", "push": "Push Opened", "sms": "SMS Link Clicked", "in_app": "In-App Shown"}
        at = begun + random.choice([5 * MINUTE, 40 * MINUTE, 3 * HOUR])
        knows = attempt["channel"] == "in_app" or random.random() < 0.8
        if random.random() < 0.5:
            self.tell(attempt, names[attempt["channel"]], at, at + random.choice([0, SECOND]), {"decision": attempt["decision"]} if knows else {})


def drive(world, subject):
    """Live through the world with this subject. The host has ``history`` and ``books`` (lists by kind)."""
    return Host(world, subject).live()


class Pair:
    """Two implementations fed the same inputs; the first leads. Raises AssertionError at the first difference.

    Compared are decisions, endings, attempts, recalls, goals (each as sets of the named fields) and the user's wake.
    """

    FIELDS = {
        "decisions": ("id", "user", "journey", "key", "entry", "step", "due", "message", "chosen", "code", "until"),
        "endings": ("decision", "outcome", "code", "at"),
        "attempts": ("decision", "message", "variant", "channel", "at", "expires"),
        "recalls": ("decision", "code"),
        "goals": ("user", "journey", "key", "entry", "at"),
    }

    def __init__(self, leader, follower, *, with_wakes=True):
        self.leader, self.follower, self.with_wakes, self.fed = leader, follower, with_wakes, []

    def feed(self, item):
        ours, theirs = self.leader.feed(item), self.follower.feed(item)
        self.fed.append(item)
        for kind, fields in self.FIELDS.items():
            left, right = (sorted(repr({f: one.get(f) for f in fields}) for one in out[kind]) for out in (ours, theirs))
            assert left == right, difference(kind, left, right, self.fed)
        if self.with_wakes:
            for name, wake in theirs["wakes"].items():
                assert wake == ours["wakes"].get(name), difference(f"wake of {name}", [repr(ours["wakes"].get(name))], [repr(wake)], self.fed)
        return ours


def difference(kind, left, right, fed):
    lines = [f"{kind} differ after input {len(fed) - 1}: {fed[-1]}"]
    lines += [f"  only the first : {one}" for one in left if one not in right]
    lines += [f"  only the second: {one}" for one in right if one not in left]
    return "\n".join(lines)


# The files a playbook is written in

def span_text(span):
    """``45 minutes``; calendar units stay as they are."""
    if isinstance(span, str):
        return span
    name, length = next((name, length) for name, length in UNITS if span % length == 0)
    return f"{span // length} {name}" + ("" if span == length else "s")


def without_nothing(fields):
    return {name: value for name, value in fields.items() if value is not None}


def share_text(share):
    return f"{share / 10_000:g}%"


def files_of(playbook):
    """Path -> what the file holds (a dict for YAML, text for a template)."""
    made = {
        "opportune.yaml": {
            "zone": playbook["zone"], "value": playbook["value"], "salt": playbook["salt"], "lateness": span_text(playbook["lateness"]),
            "policies": [policy_form(policy) for policy in playbook["policies"]], "consent": playbook["consent"],
        },
        "features.yaml": {
            name: f"COUNT_IF(event = '{event}') OVER LAST '{span_text(span)}'" for name, (event, span) in playbook["features"].items()
        },
    }
    for journey in playbook["journeys"]:
        made[f"journeys/{journey['journey']}.yaml"] = journey_form(journey)
    for message in playbook["messages"]:
        made[f"messages/{message['message']}.yaml"] = message_form(message)
        for variant in message["variants"]:
            made[f"messages/{message['message']}.{variant}.liquid"] = f"{message['message']} {variant}"
    return made


def policy_form(policy):
    name, given = policy["policy"], {field: value for field, value in policy.items() if field != "policy"}
    match name:
        case "holdout":
            return {"holdout": {"share": share_text(given["share"])}}
        case "arbitration":
            return {"arbitration": {"displace_margin": share_text(given["margin"])}}
        case "frequency_cap" | "fatigue":
            return {name: without_nothing({**given, "within": span_text(given["within"])})}
        case "minimum_gap":
            return {name: without_nothing({**given, "within": span_text(given["within"])})}
        case "in_session":
            return {name: {**given, "idle": span_text(given["idle"])}}
    return {name: given}


def watched_form(watched):
    return without_nothing({**watched, "where": sql_of(watched["where"]) if watched.get("where") else None})


def journey_form(journey):
    enter = journey["enter"]
    reentry, goal = journey["reentry"], journey["goal"]
    return without_nothing({
        "journey": journey["journey"], "key": journey["key"] or None,
        "enter": {"inactive_for": span_text(enter["inactive_for"])} if "inactive_for" in enter else watched_form(enter),
        "exit": [watched_form(watched) for watched in journey["exits"]] or None,
        "reentry": reentry if isinstance(reentry, str) else {**reentry, "cooldown": span_text(reentry["cooldown"])},
        "goal": watched_form({**goal, "within": span_text(goal["within"])}) if goal else None,
        "steps": [step_form(step) for step in journey["steps"]],
    })


def step_form(step):
    if "wait" in step:
        return {"wait": span_text(step["wait"])}
    if "until" in step:
        waits = {"wait": {"until": step["until"], "at_most": span_text(step["at_most"]), "since": step["since"]}}
        return {**waits, "on_timeout": [step_form(s) for s in step["on_timeout"]]} if step.get("on_timeout") else waits
    return without_nothing({"send": step["send"], "when": sql_of(step["when"]) if step.get("when") else None, "not_sent": step["not_sent"]})


def message_form(message):
    worth = message["worth"]
    variants = {name: f"{message['message']}.{name}.liquid" for name in message["variants"]}
    return without_nothing({
        **message, "useful_for": span_text(message["useful_for"]), "variants": variants,
        "worth": None if worth is None else f"{worth / 1_000_000:g}",
    })
