"""Living through a world: the log, the timer, the dispatcher and the users around any implementation."""

import heapq
from itertools import count
from random import Random

from tests.laws.worlds import HOUR, MINUTE, SECOND

OUTPUTS = ("decisions", "endings", "attempts", "recalls", "goals", "emits")


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
        waiting = sorted(
            (wake, name) for name, wake in self.wakes.items() if wake is not None and (now is None or wake <= now)
        )
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
            delay = random.choice([200, 200, 1_000, 5_000, 60_000, 70_000]) if number < 4 else 200
            self.put(self.now + delay, {"kind": "begin", "attempt": {**attempt, "random": random}})

    def begin(self, attempt):
        """The dispatcher comes to an attempt: too late, called back, or the provider answers something."""
        random, decision = attempt["random"], attempt["decision"]
        fate = random.choice(
            ["Message Sent"] * 15 + ["Message Failed"] * 2 + ["Message Unknown"] * 2 + ["Attempt Lapsed"]
        )
        if (
            decision in self.recalled
            or self.now >= attempt["expires"]
            or (fate == "Attempt Lapsed" and self.tries[decision] > 3)
        ):
            fate = "Attempt Lapsed" if decision in self.recalled or self.now >= attempt["expires"] else "Message Sent"
        begun, heard = self.now, self.now + random.choice([50, 0, 400, 5_000, 120_000])
        said = {"decision": decision, "channel": attempt["channel"], "message": attempt["message"]}
        if fate == "Message Failed":
            said["code"] = "rejected"
        if fate == "Attempt Lapsed":
            begun = heard
        if fate == "Message Sent" and attempt.get("delivery") == "at_least_once" and random.random() < 0.5:
            until = min(attempt["at"] + 23 * 3_600_000, attempt["deadline"])  # no answer came, and it was asked again
            begun = random.randrange(self.now, until)
            heard = begun + random.choice([50, 400, 60_000])
        self.tell(attempt, fate, begun, heard, said)
        if fate == "Message Sent":
            self.user_reacts(attempt, begun, random)

    def tell(self, attempt, name, at, now, properties):
        identity = f"{name}:{properties.get('decision', attempt['decision'])}:{self.tries[attempt['decision']]}:{at}"
        self.put(
            now,
            {
                "kind": "event",
                "user": attempt["user"],
                "name": name,
                "at": at,
                "now": now,
                "id": identity,
                "properties": properties,
                "context": {},
                "is_history": False,
            },
        )

    def user_reacts(self, attempt, begun, random):
        """Some open what they got; a few openings do not say of what."""
        names = {"email": "Email Opened", "push": "Push Opened", "sms": "SMS Link Clicked", "in_app": "In-App Shown"}
        at = begun + random.choice([5 * MINUTE, 40 * MINUTE, 3 * HOUR])
        knows = attempt["channel"] == "in_app" or random.random() < 0.8
        if random.random() < 0.5:
            self.tell(
                attempt,
                names[attempt["channel"]],
                at,
                at + random.choice([0, SECOND]),
                {"decision": attempt["decision"]} if knows else {},
            )
        if attempt["channel"] == "email" and random.random() < 0.3:  # nobody has noticed anything, and nobody is there
            name = random.choice(["Email Opened by Machine", "Email Link Clicked by Machine"])
            self.tell(attempt, name, begun + SECOND, begun + 2 * SECOND, {"decision": attempt["decision"]})


def drive(world, subject):
    """Live through the world with this subject. The host has ``history`` and ``books`` (lists by kind)."""
    return Host(world, subject).live()


class Pair:
    """Two implementations fed the same inputs; the first leads. Raises AssertionError at the first difference.

    Compared are decisions, endings, attempts, recalls, goals (each as sets of the named fields) and the user's wake.
    """

    FIELDS = {
        "decisions": ("id", "user", "journey", "key", "entry", "step", "due", "message", "chosen", "code", "until"),
        "endings": ("decision", "user", "outcome", "code", "at", "until"),
        "attempts": ("decision", "message", "variant", "channel", "at", "expires", "deadline", "delivery"),
        "recalls": ("decision", "code"),
        "goals": ("user", "journey", "key", "entry", "at", "value"),
        "emits": ("user", "name", "at", "said"),
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
                assert wake == ours["wakes"].get(name), difference(
                    f"wake of {name}", [repr(ours["wakes"].get(name))], [repr(wake)], self.fed
                )
        return ours


def difference(kind, left, right, fed):
    lines = [f"{kind} differ after input {len(fed) - 1}: {fed[-1]}"]
    lines += [f"  only the first : {one}" for one in left if one not in right]
    lines += [f"  only the second: {one}" for one in right if one not in left]
    return "\n".join(lines)
