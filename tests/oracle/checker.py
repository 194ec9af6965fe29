"""Promises that a history keeps or breaks, whoever decided: no second engine is needed to check them.

``violations(...)`` takes what went in and what came out, and answers one sentence for each broken promise. Every
decision, ending and attempt carries ``index``: the place in ``history`` of the input that brought it out. Where an
input both fires deadlines and is folded, it is not seen from outside which came first; then a promise counts as broken
only if it is broken both ways.
"""

from collections import defaultdict

from tests.oracle import addresses, clocks, draws, gates, memory


def violations(playbook, history, decisions, endings, attempts, receipts, *, goals=(), emits=(), begun=None):
    """``playbook``: the first version. ``receipts``: the events of ``history`` that name a decision and its fate.

    Caps are judged by the instants at which messages were accepted, or may have been; ``begun`` says, by decision, when
    the call began that ended it, which is what quiet hours are about. ``emits``: what steps emitted, with its index.
    """
    world = World(playbook, history, decisions, endings, attempts, receipts)
    world.goals, world.begun, world.emits = list(goals), begun or {}, list(emits)
    checks = (books, causes, endings_by_receipt, attempts_in_time, rights, quiet, exits, holdouts, caps, goals_once)
    return [said for check in checks for said in check(world)]


class World:
    def __init__(self, playbook, history, decisions, endings, attempts, receipts):
        self.playbook, self.history, self.goals, self.emits = playbook, history, [], []
        self.decisions = {d["id"]: d for d in decisions}
        self.all_decisions, self.endings, self.attempts, self.receipts = decisions, endings, attempts, receipts
        self.ended = {e["decision"]: e for e in endings}
        self.last_attempt = {a["decision"]: a for a in attempts}
        self.merges = [(i, x["user"], x["from"]) for i, x in enumerate(history) if x["kind"] == "merge"]
        self.now = max((x["now"] for x in history), default=0)
        self.known = {}

    def owner(self, name, index):
        """Whose memory holds this user's when ``history[index]`` has been taken in."""
        for place, stays, gone in self.merges:
            if place <= index and gone == name:
                name = stays
        return name

    def playbook_at(self, index):
        published = [x["playbook"] for x in self.history[:index] if x["kind"] == "publication"]
        return published[-1] if published else self.playbook

    def message(self, decision, index):
        for version in [self.playbook_at(index), *reversed(self.versions())]:
            for message in version["messages"]:
                if message["message"] == decision["message"]:
                    return message
        raise AssertionError(decision["message"])

    def versions(self):
        return [self.playbook] + [x["playbook"] for x in self.history if x["kind"] == "publication"]

    def knowledge(self, name, count):
        """What is known of the user after the first ``count`` inputs: what arrived, consents, suppressions."""
        if (name, count) not in self.known:
            users = defaultdict(lambda: memory.fresh(""))
            clock, seen = 0, set()
            for index, item in enumerate(self.history[:count]):
                clock = max(clock, item["now"])
                if item["kind"] == "merge":
                    kept, gone = users[item["user"]], users.pop(item["from"], memory.fresh(""))
                    kept["arrived"] += gone["arrived"]
                    kept["suppressed"] += gone["suppressed"]
                    kept["consents"] = memory.stricter(kept["consents"], gone["consents"])
                elif item["kind"] == "event" and item["seq"] not in seen:
                    seen.add(item["seq"])
                    lateness = self.playbook.get("lateness", memory.LATENESS)
                    event = {**item, "is_late": item["now"] - item["at"] > lateness}
                    users[item["user"]]["arrived"].append(event)
                    memory.fold_consent(users[item["user"]], event)
                for number, emitted in enumerate(each for each in self.emits if each["index"] == index):
                    users[emitted["user"]]["arrived"].append(as_event(emitted, item, number))
            self.known[name, count] = users[name]
        return self.known[name, count]

    def both_ways(self, attempt):
        """What was known before the input that brought this attempt, and what after it."""
        for count in (attempt["index"], attempt["index"] + 1):
            yield self.knowledge(self.owner(attempt["user"], count - 1), count)

    def cause(self, decision):
        return (
            self.owner(decision["user"], len(self.history)),
            *(decision[n] for n in ("journey", "key", "entry", "step")),
        )

    def shared(self):
        """Causes of runs that two users had before they were merged: one each is right, and none tells whose it is."""
        users, causes = defaultdict(set), {self.cause(decision) for decision in self.all_decisions}
        for decision in self.all_decisions:
            users[self.cause(decision)[:-1]].add(decision["user"])
        return {cause for cause in causes if len(users[cause[:-1]]) > 1}


def as_event(emitted, item, number):
    """What a step emitted because of this input, as an event that arrived."""
    known = {"id": f"emit-{number}", "context": {}, "is_history": False, "is_late": False, "now": item["now"]}
    seq = item.get("seq", 0) + (number + 1) / 1_000_000
    return {**known, "name": emitted["name"], "at": emitted["at"], "properties": emitted["said"], "seq": seq}


def books(world):
    """Every decision that chose something has one ending or is going on; every silence has its code."""
    said = []
    count = defaultdict(int)
    for ending in world.endings:
        count[ending["decision"]] += 1
        if ending["decision"] not in world.decisions:
            said.append(f"books: {ending['decision']} ended and was never decided")
        if not ending["code"]:
            said.append(f"books: {ending['decision']} ended without a code")
    if len(world.decisions) != len(world.all_decisions):
        said.append("books: one id for two decisions")
    for decision in world.all_decisions:
        name, ended = decision["id"], count[decision["id"]]
        if ended > 1:
            said.append(f"books: {name} has {ended} endings")
        if decision["chosen"] is None:
            if not decision["code"] or decision["code"] == "chosen":
                said.append(f"books: silence {name} has no code")
            if ended != 1:
                said.append(f"books: silence {name} has not ended at once")
            if name in world.last_attempt:
                said.append(f"books: silence {name} was attempted")
        elif not ended and name not in world.last_attempt and decision["chosen"]["at"] < world.now:
            mine = world.owner(decision["user"], len(world.history))
            if any(
                x["now"] > decision["chosen"]["at"] and x.get("user") == mine
                for x in world.history[decision["index"] + 1 :]
            ):
                said.append(f"books: {name} is neither ended nor attempted, and its instant has passed")
    return said


def causes(world):
    """At most one message for one cause."""
    sent = defaultdict(list)
    for decision in world.all_decisions:
        ending = world.ended.get(decision["id"])
        if ending and ending["outcome"] in ("sent", "unknown"):
            sent[world.cause(decision)].append(decision["id"])
    shared = world.shared()
    return [
        f"cause: {cause} got {len(ids)} messages" for cause, ids in sent.items() if len(ids) > 1 and cause not in shared
    ]


def endings_by_receipt(world):
    """What was accepted ended so; what was refused, or lapsed, did not end as sent."""
    said = []
    accepted = {"Message Sent": "sent", "Message Unknown": "unknown", "In-App Shown": "sent"}
    heard = defaultdict(set)
    for receipt in world.receipts:
        heard[receipt["properties"]["decision"]].add(receipt["name"])
    for ending in world.endings:
        if ending["outcome"] in ("sent", "unknown"):
            if ending["outcome"] not in {accepted.get(name) for name in heard[ending["decision"]]}:
                said.append(f"receipt: {ending['decision']} ended {ending['outcome']} and no receipt says so")
    for decision, names in heard.items():
        ending = world.ended.get(decision)
        if decision in world.decisions and names & {"Message Sent", "Message Failed", "Message Unknown"} and not ending:
            attempt = world.last_attempt.get(decision)
            if not attempt or attempt["channel"] != "in_app":
                said.append(f"receipt: {decision} was answered and has not ended")
    return said


def attempts_in_time(world):
    """Nothing is claimed after its deadline or begun after it; nothing is attempted twice, or after its ending."""
    said, first = [], {}
    for decision in world.all_decisions:
        first.setdefault(world.cause(decision), decision)
    shared = world.shared()
    for attempt in world.attempts:
        decision = world.decisions.get(attempt["decision"])
        if decision is None:
            said.append(f"attempt: {attempt['decision']} was never decided")
            continue
        if attempt["expires"] <= attempt["at"]:
            said.append(f"attempt: {attempt['decision']} expires before it begins")
        ending = world.ended.get(attempt["decision"])
        if ending and ending["index"] < attempt["index"]:
            said.append(f"attempt: {attempt['decision']} was attempted after it had ended")
        cause = world.cause(decision)
        if cause in shared:
            continue
        deadline = first[cause]["due"] + max(
            m["useful_for"] for v in world.versions() for m in v["messages"] if m["message"] == decision["message"]
        )
        if attempt["at"] >= deadline or attempt["expires"] > deadline:
            said.append(f"deadline: {attempt['decision']} was attempted beyond its usefulness")
        went_out = ending and world.begun.get(attempt["decision"], ending["at"])
        if ending and ending["outcome"] == "sent" and attempt["channel"] != "in_app" and went_out >= deadline:
            said.append(f"deadline: {attempt['decision']} went out beyond its usefulness")
    return said


def rights(world):
    """No attempt without consent or address, none where sends are suppressed or paused."""
    said = []
    for attempt in world.attempts:
        message = world.message(attempt, attempt["index"])
        wrongs = []
        for known in world.both_ways(attempt):
            playbook = world.playbook_at(attempt["index"])
            wrong = set()
            if memory.is_suppressed(known, attempt["channel"]):
                wrong.add("suppressed")
            is_granted = memory.has_consent(known, playbook, attempt["channel"], message["topic"], attempt["at"])
            if message["kind"] == "marketing" and not is_granted:
                wrong.add("no consent")
            is_paused = attempt["at"] < memory.paused_until(known, attempt["at"])
            if message["kind"] == "marketing" and is_paused:
                wrong.add("paused")
            field = memory.ADDRESS.get(attempt["channel"])
            if field and not addresses.is_reached(attempt["channel"], memory.trait(known, field, attempt["at"])):
                wrong.add("no address")
            wrongs.append(wrong)
        said += [
            f"right: {attempt['decision']} on {attempt['channel']}: {wrong}" for wrong in sorted(wrongs[0] & wrongs[1])
        ]
    return said


def quiet(world):
    """No marketing is claimed, or accepted, in quiet hours."""
    said = []
    for attempt in world.attempts:
        playbook = world.playbook_at(attempt["index"])
        if world.message(attempt, attempt["index"])["kind"] != "marketing":
            continue
        instants = [attempt["at"]]
        ending = world.ended.get(attempt["decision"])
        is_last = world.last_attempt[attempt["decision"]] is attempt
        if is_last and ending and ending["outcome"] in ("sent", "unknown") and attempt["channel"] != "in_app":
            # what nobody knows of was not said when that was found out: only if a call was seen, then
            heard = [ending["at"]] if ending["outcome"] == "sent" else []
            instants += [world.begun[attempt["decision"]]] if attempt["decision"] in world.begun else heard
        for policy in playbook["policies"]:
            if policy["policy"] != "quiet_hours" or attempt["channel"] not in gates.channels_of(policy):
                continue
            for at in instants:
                zones = [memory.zones(known, playbook, attempt["at"]) for known in world.both_ways(attempt)]
                if all(clocks.is_quiet(at, policy["from"], policy["to"], several) for several in zones):
                    said.append(f"quiet: {attempt['decision']} at {at} in quiet hours of {zones[0]}")
    return said


def exits(world):
    """Nothing is said to a run after an exit that was known."""
    said = []
    lateness = world.playbook.get("lateness", memory.LATENESS)
    for doing, what in [("decided", d) for d in world.all_decisions] + [("attempted", a) for a in world.attempts]:
        decision = what if doing == "decided" else world.decisions.get(what["decision"])
        if decision is None:
            continue
        known = world.knowledge(world.owner(what["user"], what["index"] - 1), what["index"])
        for version in world.versions()[:1]:
            journey = next((j for j in version["journeys"] if j["journey"] == decision["journey"]), None)
            for event in known["arrived"] if journey else ():
                is_exit = any(
                    event["name"] == watched["on"]
                    and memory.condition(
                        known,
                        watched.get("where"),
                        version,
                        at=event["at"],
                        properties=event["properties"],
                        entry=event["at"],
                    )
                    for watched in journey["exits"]
                )
                is_fresh = world.history[what["index"]]["now"] - event["at"] <= lateness
                counts = not event["is_late"] and not event["is_history"] and is_fresh
                about = memory.is_about(event, journey, decision["key"])
                if is_exit and counts and about and event["at"] > decision["entry"]:
                    said.append(f"exit: {decision['id']} was {doing} after {event['id']} had ended its run")
    return said


def holdouts(world):
    """Held-out users get no marketing; users that were merged are left out, for they bring a bucket along."""
    said = []
    merged = {name for _, stays, gone in world.merges for name in (stays, gone)}
    for attempt in world.attempts:
        playbook = world.playbook_at(attempt["index"])
        policy = memory.policy_of(playbook, "holdout")
        decided_in = (
            world.playbook_at(world.decisions[attempt["decision"]]["index"])
            if attempt["decision"] in world.decisions
            else {}
        )
        if not policy or attempt["user"] in merged or decided_in is not playbook:
            continue
        if world.message(attempt, attempt["index"])["kind"] == "marketing":
            if draws.is_held_out(playbook["salt"], attempt["user"], policy["share"]):
                said.append(f"holdout: {attempt['user']} is held out and got {attempt['decision']}")
    return said


def caps(world):
    """No cap is exceeded by what was accepted, or may have been."""
    said = []
    order = {id(attempt): place for place, attempt in enumerate(world.attempts)}
    ours = []
    for name, attempt in world.last_attempt.items():
        ending = world.ended.get(name)
        if ending and ending["outcome"] in ("sent", "unknown"):
            message = world.message(attempt, attempt["index"])
            # a call lasts a minute at most, whatever a clock says that is set forward in the midst of it
            latest = world.begun[name] + 60_000 if name in world.begun else ending["at"]
            ours.append(
                {
                    "attempt": attempt,
                    "place": order[id(attempt)],
                    "message": message,
                    "claimed": attempt["at"],
                    "accepted": min(ending["at"], latest),
                    "channel": attempt["channel"],
                    "topic": message["topic"],
                    "counts": message["counts"],
                    "name": name,
                }
            )
    for one in ours:
        if not one["message"]["obeys"]:
            continue
        index = one["attempt"]["index"]
        owner = world.owner(one["attempt"]["user"], index - 1)
        mine = [x for x in ours if x["place"] <= one["place"] and world.owner(x["attempt"]["user"], index - 1) == owner]
        known = [
            external(e)
            for e in world.knowledge(owner, index)["arrived"]
            if e["name"] == "Message Sent" and "decision" not in e["properties"]
        ]
        zones = {memory.zones(k, world.playbook_at(index), one["claimed"])[0] for k in world.both_ways(one["attempt"])}
        wishes = [memory.most_a_week(known, one["claimed"]) for known in world.both_ways(one["attempt"])]
        if one["message"]["kind"] == "marketing" and None not in wishes:
            pace = memory.as_a_cap(max(wishes))
            if is_exceeded(pace, one, mine + known, None):
                said.append(f"cap: {one['name']} exceeds the pace of {max(wishes)} a week")
        for policy in world.playbook_at(index)["policies"]:
            if all(is_exceeded(policy, one, mine + known, zone) for zone in zones):
                said.append(f"cap: {one['name']} exceeds {policy['policy']} {policy['within']}")
    return said


def external(event):
    said = event["properties"]
    return {
        "accepted": event["at"],
        "channel": said.get("channel", ""),
        "topic": said.get("topic", ""),
        "counts": said.get("counts", True),
    }


def is_exceeded(policy, one, everything, zone):
    """Whether some window that holds ``one``, and ends not before it, has more than the policy allows."""
    match policy["policy"]:
        case "frequency_cap" | "minimum_gap" if gates.is_named(policy, one["channel"], one["topic"]):
            instants = [x["accepted"] for x in everything if gates.is_counted(policy, x) or x is one]
        case "fatigue":
            instants = [x["accepted"] for x in everything]
        case _:
            return False
    most = policy.get("at_most", 1)
    if policy["within"] in ("day", "week"):
        return len(gates.in_bucket([(x, x) for x in instants], one["accepted"], policy["within"], zone)) > most
    return gates.most_in_a_window([(x, x) for x in instants], one["accepted"], policy["within"]) > most


def goals_once(world):
    """Every entry's goal is counted once."""
    seen, said = set(), []
    for goal in world.goals:
        name = (
            world.owner(goal["user"], len(world.history)),
            goal["user"],
            goal["journey"],
            goal["key"],
            goal["entry"],
        )
        if name in seen:
            said.append(f"goal: {name} was counted twice")
        seen.add(name)
    return said
