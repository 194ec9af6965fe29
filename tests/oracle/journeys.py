"""How runs enter, go on, wait and end: a part of the oracle (kernel.md, Journeys)."""

from tests.oracle import draws, expressions, memory, waits
from tests.oracle.courses import Courses
from tests.oracle.lists import expose
from tests.oracle.triggers import Triggers, may_enter_with

DEEPEST = 8
"""As many events one because of the other, and no more."""


class Flat:
    """Nested steps as one list: branches stand behind the step that leads to them, and who need not go there jumps."""

    def __init__(self, steps):
        self.made = []
        self.put(steps)

    def put(self, several):
        for step in several:
            match step:
                case {"branch": ways}:
                    self.joined(self.ways(ways))
                case {"split": _, "arms": arms}:
                    self.split(step, arms)
                case {"repeat": times}:
                    self.joined(self.rounds(step, times))
                case {"not_sent": [*inner]} if inner:
                    self.aside(step, "not_sent", inner)
                case {"on_timeout": [*inner]} if inner:
                    self.aside(step, "on_timeout", inner)
                case _:
                    self.made.append({**step, "on_timeout": None})

    def aside(self, step, word, inner):
        """A step that may lead to steps of its own, a jump over them, and they."""
        over = {}
        self.made += [{"on_timeout": None, **step, word: len(self.made) + 2}, over]
        self.put(inner)
        over["goto"] = len(self.made)

    def out(self):
        self.made.append({})
        return self.made[-1]

    def joined(self, outs):
        for out in list(outs):
            out["goto"] = len(self.made)

    def ways(self, ways):
        outs = []
        for way in ways:
            if "otherwise" in way:
                self.put(way["otherwise"])
                continue
            test = {"test": way["when"]}
            self.made.append(test)
            self.put(way["steps"])
            outs += [] if way is ways[-1] else [self.out()]
            test["else"] = len(self.made)
        return outs

    def split(self, step, arms):
        node, outs = {"split": step["split"], "shares": {}, "starts": {}}, []
        self.made.append(node)
        for name, arm in arms.items():
            outs += [self.out()] if node["starts"] else []
            node["starts"][name], node["shares"][name] = len(self.made), arm["share"]
            self.put(arm["steps"])
        self.joined(outs)

    def rounds(self, step, times):
        outs = []
        for number in range(times):
            if number and step["until"]:
                self.made.append({"test": step["until"], "else": len(self.made) + 2})
                outs.append(self.out())
            self.put(step["steps"])
        return outs


def flat(steps):
    return Flat(steps).made


class Journeys(Courses, Triggers):
    def time_out(self, user, run, due):
        step = run["definition"]["flat"][run["step"]]
        later = self.due_of(user, run, step, due) if "active" in step or "date" in step else None
        if later is not None and later > due:
            run["due"] = later
            return []
        if "digest" in step:
            self.collect(run, step)
        run["step"] = run["step"] + 1 if step.get("on_timeout") is None else step["on_timeout"]
        run.update(since=due, has_acted=True, is_from_send=False)
        return self.proceed(user, run, due)

    def due_of(self, user, run, step, now, *, is_from_send=False):
        """When the wait ends, by what is known now."""
        match step:
            case {"wait": span}:
                return max(run["since"] + span, now)
            case {"active": span}:
                return max(max(memory.activity(user, now), default=run["since"]) + span, now)
            case {"local": asked}:
                judged = max(run["since"], now)
                zone = memory.zones(user, run["definition"]["version"], now)[0]
                return waits.next_local(asked, judged, zone, is_after=is_from_send)
            case {"digest": span, "quiet": quiet}:
                newest = max((each["at"] for each in run["gathered"]), default=run["since"])
                return max(min(run["since"] + span, newest + quiet) if quiet else run["since"] + span, now)
        raise AssertionError(step)

    def asks(self, user, run, condition):
        """Whether this is true as of the instant since which the run is here."""
        return memory.condition(
            user,
            condition,
            run["definition"]["version"],
            at=run["since"],
            properties={**run["properties"], **run["kept"]},
            entry=run["entry"],
        )

    def proceed(self, user, run, now):
        """Take steps from where the run is until it waits, proposes, emits or ends."""
        run["due"] = None
        while run["step"] < len(run["definition"]["flat"]):
            step = run["definition"]["flat"][run["step"]]
            match step:
                case {"goto": place}:
                    run["step"] = place
                case {"end": _}:
                    break
                case {"test": condition, "else": place}:
                    run["step"] = run["step"] + 1 if self.asks(user, run, condition) else place
                case {"split": name}:
                    self.put_in_an_arm(user, run, step, name, now)
                case {"set": _} | {"emit": _}:
                    if self.is_made(user, run, step):
                        run["due"] = now  # it goes on when what it emitted has been taken
                        return []
                    run["step"] += 1
                case {"local": _}:
                    due = self.due_of(user, run, step, now, is_from_send=run["is_from_send"])
                    if due > now:
                        run["due"] = due
                        return []
                    run.update(since=max(run["since"], now), is_from_send=False)
                    run["step"] += 1
                case {"digest": _}:
                    run["gathered"] = self.gathered_before(user, run)
                    run["due"] = self.due_of(user, run, step, now)
                    return []
                case {"wait": _} | {"active": _}:
                    run["due"] = self.due_of(user, run, step, now)
                    return []
                case {"until": _}:
                    seen = self.looked_up(user, run, step, now)
                    if seen is None:
                        run["due"] = max(run["since"] + step["at_most"], now)
                        return []
                    run.update(since=max(run["since"], seen), is_from_send=False)
                    run["step"] += 1
                case {"send": _}:
                    if self.asks(user, run, step.get("when")):
                        return [self.proposal(run, step, now)]
                    run["step"] += 1
        return self.finish(user, run, now)

    def proposal(self, run, step, now):
        message = self.messages.get(step["send"]) or next(
            m for m in run["definition"]["version"]["messages"] if m["message"] == step["send"]
        )
        deadline = now + message["useful_for"]
        return {"run": run, "message": message, "rounds": 0, "without": (), "is_again": False, "deadline": deadline}

    def look_at_clocks(self, user, now):
        """Waits for the user's clock end when that shows it now."""
        for run in user["runs"]:
            step = [*run["definition"]["flat"], {}][run["step"]]
            if "local" in step and run["due"] is not None:
                run["due"] = self.due_of(user, run, step, now)

    # What steps make

    def put_in_an_arm(self, user, run, step, name, now):
        """Puts the run in its arm, and tells it if that is new."""
        drawn, end = draws.draw(self.playbook["salt"], "split", name, user["bucket"]), 0
        for arm in sorted(step["shares"]):
            end += step["shares"][arm]
            if drawn < end:
                break
        run["step"] = step["starts"][arm]
        if run["kept"].get(f"arm.{name}") == arm:
            return
        run["kept"][f"arm.{name}"] = arm
        expose(user, now)
        said = {"experiment_id": name, "experiment_name": name, "variation_id": arm, "variation_name": arm}
        self.is_emitted(run, "Experiment Viewed", said)

    def is_made(self, user, run, step):
        """Emits what the step calculates; whether there was something, and it may."""
        asked = step.get("set") or step["properties"]
        known = {**run["properties"], **run["kept"]}
        made = {
            name: expressions.value(each, properties=known, trait=lambda name: memory.trait(user, name, run["since"]))
            for name, each in asked.items()
        }
        made = {name: value for name, value in made.items() if value is not None}
        if "set" in step and not made:
            return False
        return self.is_emitted(run, step.get("emit", "Identified"), made)

    def is_emitted(self, run, name, properties):
        run["has_acted"], depth = True, run["depth"] + 1
        if depth > DEEPEST:
            self.out["looped"].append(name)
            return False
        self.emissions.append({"name": name, "properties": properties, "depth": depth})
        return True

    # Digests

    def gathered_before(self, user, run):
        """What was heard of and kept out before the run came to its digest."""
        opened = self.past(user, run["journey"], run["key"])["open"]
        return [entry for entry in opened if entry["at"] >= run["since"]]

    def gather(self, run, entry, now, user):
        """One more entry that the run keeps out."""
        step = run["definition"]["flat"][run["step"]]
        if "digest" in step and run["due"] is not None and entry["at"] >= run["since"]:
            run["gathered"].append(entry)
            run["due"] = self.due_of(user, run, step, now)

    def collect(self, run, step):
        run["kept"]["collected.count"] = 1 + len(run["gathered"])
        others = sorted((entry["at"], self.texts(step, entry)) for entry in run["gathered"])
        told = [self.texts(step, run), *(texts for _, texts in others)][: step["most"]]
        for place, name in enumerate(step["collect"]):
            run["kept"][f"collected.{name}"] = ", ".join(texts[place] for texts in told if texts[place])

    def texts(self, step, told):
        return [str(told["properties"].get(name) or "") for name in step["collect"]]

    # Untils

    def looked_up(self, user, run, step, now):
        """The first instant, since the entry or since the step, at which it had happened already."""
        return min(
            (
                e["at"]
                for e in self.still_known(user, run, step["until"], step.get("where"), now)
                if self.is_new_enough(e, run, step) and self.speaks_of(e, run) and self.was_an_answer(e, step)
            ),
            default=None,
        )

    def is_new_enough(self, event, run, step):
        """Not from before where the step looks back to, and not what the run entered with."""
        if event["at"] == run["entry"] and may_enter_with(run["definition"], event["name"]):
            return False
        return event["at"] >= (run["entry"] if step.get("since", "now") == "entry" else run["since"])

    def was_an_answer(self, event, step):
        """Whether the step's condition was true of it when it came, and was asked."""
        return step.get("where") is None or step["where"] in event["answers"]

    def learn(self, user, event):
        """Which conditions of untils are true of it, as of its own instant."""
        asked = [step for journey in self.known_journeys for step in journey["flat"] if "until" in step]
        event["answers"] = [
            step["where"]
            for step in asked
            if not event["is_history"] and step.get("where") and self.is_it(user, event, {**step, "on": step["until"]})
        ]

    def still_known(self, user, run, name, where, now):
        """The events of this name inside lateness, whenever they came; if nothing tells them apart one before."""
        happened = sorted((e for e in user["arrived"] if e["name"] == name), key=lambda e: e["at"])
        older = [e for e in happened if now - e["at"] >= self.lateness]
        is_told_apart = where or run["definition"]["key"] or name in memory.ENGAGEMENTS
        return happened[len(older) :] + ([] if is_told_apart else older[-1:])

    def speaks_of(self, event, run):
        """Of an engagement the message must be the run's last; of any other event the key its own, if it has one."""
        if event["name"] in memory.ENGAGEMENTS:
            return event["properties"].get("decision") in (None, run["decision"])
        return memory.is_about(event, run["definition"], run["key"])

    def hear(self, user, before, now):
        """An end of activity that moved on sets the deadline of every journey that waits for silence."""
        last = max(memory.activity(user, now), default=None)
        if last != before:
            for name, journey in self.journeys.items():
                if "inactive_for" in journey["enter"]:
                    user["silences"][name] = max(last + journey["enter"]["inactive_for"], now)

    def remember_exit(self, user, event):
        for name, journey in sorted(self.journeys.items()):
            for watched in journey["exits"]:
                if self.is_it(user, event, watched):
                    user["exits"].append({"journey": name, "key": memory.key_of(event, journey), "at": event["at"]})
            if journey.get("ends_at_goal") and self.is_it(user, event, journey["goal"]):
                if memory.key_of(event, journey) is None:
                    user["goals_of_all"].append((name, event["at"]))

    def is_it(self, user, event, watched):
        return event["name"] == watched.get("on") and memory.condition(
            user, watched.get("where"), self.playbook, at=event["at"], properties=event["properties"], entry=event["at"]
        )

    def exit(self, user, event, now):
        for run in self.in_order(user):
            journey = run["definition"]
            hit = any(self.is_it(user, event, watched) for watched in journey["exits"])
            if journey.get("ends_at_goal") and self.is_it(user, event, journey["goal"]):
                hit = hit or event["at"] <= run["entry"] + journey["goal"]["within"]
            if hit and run["entry"] <= self.last_ended(journey, event):
                if memory.is_about(event, run["definition"], run["key"]):
                    self.end_by_exit(user, run, event, now)

    def in_order(self, user):
        return sorted(user["runs"], key=lambda run: (run["journey"], run["key"], run["entry"]))

    def call_off_all(self, user, run, code, now):
        for pending in [p for p in user["pending"] if p["id"] == run["decision"]]:
            self.call_off(user, pending, code, now)

    def call_off(self, user, pending, code, now):
        if pending["state"] == "planned":
            self.close(user, pending, "not_sent", code, now)
            return
        self.call_back(pending, code)
        if pending["state"] == "shown_awaited":
            self.close(user, pending, "not_sent", code, now)

    def call_back(self, pending, code):
        """Asks for it back, from the dispatcher or the inbox; the first reason stays."""
        if not pending["recalled"]:
            pending["recalled"] = code
            self.out["recalls"].append({"decision": pending["id"], "code": code})

    def until(self, user, event, now):
        proposals = []
        for run in self.in_order(user):
            step = run["definition"]["flat"][run["step"]]
            if step.get("until") != event["name"] or run["due"] is None:
                continue
            decision = event["properties"].get("decision") if event["name"] in memory.ENGAGEMENTS else None
            if (
                not self.is_new_enough(event, run, step)
                or not memory.is_about(event, run["definition"], run["key"])
                or decision not in (None, run["decision"])
                or not self.was_an_answer(event, step)
            ):
                continue
            run.update(since=max(run["since"], event["at"]), is_from_send=False)
            run["depth"] = max(run["depth"], event.get("depth", 0))
            run["step"] += 1
            proposals += self.proceed(user, run, now)
        return proposals

    def enter(self, user, event, now):
        proposals = []
        for journey in self.in_name_order():
            for key, entry in self.entries(user, journey, event, now):
                proposals += self.begin(user, journey, key, entry, now)
        return proposals

    def fall_silent(self, user, what, due):
        del user["silences"][what["silence"]]
        journey = self.journeys.get(what["silence"])
        if journey is None:
            return []
        return self.begin(user, journey, "", self.nothing_kept(due), due)

    def begin(self, user, journey, key, entry, now):
        hear = self.hear_beside if journey["reentry"] == "always" else self.hear_of_entry
        return hear(user, journey, key, entry, now)
