"""Small histories, fed to an oracle by hand."""

from tests.laws.living import OUTPUTS
from tests.laws.worlds import DAY, HOUR
from tests.oracle.oracle import Oracle

NOON = 1_768_478_400_000  # Thursday, 15 January 2026, 12:00 UTC
SECOND = 1_000
RECEIPTS = ("Message Sent", "Message Failed", "Message Unknown", "Attempt Lapsed", "In-App Shown")


def a_message(name="offer", **changes):
    return {
        "message": name,
        "kind": "marketing",
        "topic": "offers",
        "channels": ["email"],
        "useful_for": DAY,
        "worth": None,
        "priority": 50,
        "obeys": True,
        "counts": True,
        "variants": ["default"],
    } | changes


def a_journey(name="cart", *steps, **changes):
    return {
        "journey": name,
        "key": "",
        "enter": {"on": "Cart Updated"},
        "exits": [],
        "reentry": "while_not_active",
        "goal": None,
        "steps": list(steps) or [{"send": "offer"}],
    } | changes


def a_playbook(*policies, messages=None, journeys=None, **changes):
    return {
        "zone": "UTC",
        "salt": "s",
        "value": "EUR",
        "lateness": 72 * HOUR,
        "features": {},
        "policies": list(policies),
        "consent": {"email": "always", "push": "always", "sms": "always", "in_app": "always"},
        "messages": messages or [a_message()],
        "journeys": journeys or [a_journey()],
    } | changes


def cap(at_most, within, **changes):
    return {"policy": "frequency_cap", "at_most": at_most, "within": within, "channels": None, "topics": None} | changes


def quiet(start="21:00", end="08:00", channels=("email", "push", "sms")):
    return {"policy": "quiet_hours", "from": start, "to": end, "channels": list(channels)}


class Story:
    """Feeds an oracle and keeps what comes out; instants are spans after ``begins``."""

    def __init__(self, playbook, begins=NOON):
        self.begins, self.playbook, self.oracle, self.history = begins, playbook, Oracle(playbook), []
        self.books = {kind: [] for kind in OUTPUTS}
        for user in ("ann", "bob"):
            self.event("Identified", -HOUR, user=user, email="a@example.com", phone="+4930123456", push_token="t")

    def feed(self, item):
        out = self.oracle.feed(item)
        for kind in OUTPUTS:
            self.books[kind] += [{**one, "index": len(self.history)} for one in out[kind]]
        self.history.append(item)
        return out

    def event(self, name, at, *, heard=None, user="ann", is_history=False, context=None, **properties):
        now = self.begins + (at if heard is None else heard)
        number = len(self.history) + 1
        return self.feed(
            {
                "kind": "event",
                "user": user,
                "name": name,
                "at": self.begins + at,
                "now": now,
                "seq": number,
                "id": f"e{number}",
                "properties": properties,
                "context": context or {},
                "is_history": is_history,
            }
        )

    def tick(self, at, user="ann"):
        return self.feed({"kind": "tick", "user": user, "now": self.begins + at})

    def merge(self, at, into="ann", gone="bob"):
        number = len(self.history) + 1
        return self.feed({"kind": "merge", "user": into, "from": gone, "now": self.begins + at, "seq": number})

    def answer(self, name, at, *, heard=None, which=-1, user="ann", **properties):
        return self.event(
            name, at, heard=heard, user=user, decision=self.books["attempts"][which]["decision"], **properties
        )

    def sent(self, at, **more):
        return self.answer("Message Sent", at, **more)

    def attempts(self):
        return [(a["message"], a["channel"], a["at"] - self.begins) for a in self.books["attempts"]]

    def chosen(self):
        return [(d["message"], d["chosen"]["at"] - self.begins) for d in self.books["decisions"] if d["chosen"]]

    def silences(self):
        return [
            (d["message"], d["code"], d["until"] and d["until"] - self.begins)
            for d in self.books["decisions"]
            if not d["chosen"]
        ]

    def endings(self):
        return [(e["outcome"], e["code"], e["at"] - self.begins) for e in self.books["endings"]]

    def wake(self, user="ann"):
        wake = self.oracle.wake(self.oracle.users[user])
        return None if wake is None else wake - self.begins


def receipts_of(history):
    return [i for i in history if i["kind"] == "event" and i["name"] in RECEIPTS and "decision" in i["properties"]]
