"""How runs enter, go on, wait and end: a part of the oracle (kernel.md, Journeys)."""

from tests.oracle import memory
from tests.oracle.courses import Courses


def flat(steps):
    """Nested steps as one list: a timeout branch stands behind its wait, and who need not go there jumps over it."""
    made = []

    def put(several):
        for step in several:
            branch = step.get("on_timeout")
            made.append({**step, "on_timeout": None})
            if branch:
                wait, over = made[-1], {}
                made.append(over)
                wait["on_timeout"] = len(made)
                put(branch)
                over["goto"] = len(made)

    put(steps)
    return made


class Journeys(Courses):
    def time_out(self, user, run, due):
        step = run["definition"]["flat"][run["step"]]
        branch = step["on_timeout"]
        if branch is not None:
            run["step"] = branch
        else:
            run["step"] += 1
        run["since"], run["has_acted"] = due, True
        return self.proceed(user, run, due)

    def proceed(self, user, run, now):
        """Take steps from where the run is until it waits, proposes or ends."""
        run["due"] = None
        while run["step"] < len(run["definition"]["flat"]):
            step = run["definition"]["flat"][run["step"]]
            if "goto" in step:
                run["step"] = step["goto"]
            elif "wait" in step:
                run["due"] = max(run["since"] + step["wait"], now)
                return []
            elif "until" in step:
                seen = self.looked_up(user, run, step, now)
                if seen is None:
                    run["due"] = max(run["since"] + step["at_most"], now)
                    return []
                run["since"] = max(run["since"], seen)
                run["step"] += 1
            else:
                when = memory.condition(
                    user,
                    step.get("when"),
                    run["definition"]["version"],
                    at=run["since"],
                    properties=run["properties"],
                    entry=run["entry"],
                )
                if when:
                    message = self.messages.get(step["send"]) or next(
                        m for m in run["definition"]["version"]["messages"] if m["message"] == step["send"]
                    )
                    return [
                        {
                            "run": run,
                            "message": message,
                            "rounds": 0,
                            "without": (),
                            "is_again": False,
                            "deadline": now + message["useful_for"],
                        }
                    ]
                run["step"] += 1
        return self.finish(user, run, now)

    def looked_up(self, user, run, step, now):
        """The first instant, since the entry or since the step, at which it had happened already."""
        return min(
            (
                e["at"]
                for e in self.still_known(user, run, step["until"], now)
                if self.is_new_enough(e, run, step) and self.speaks_of(e, run)
            ),
            default=None,
        )

    def is_new_enough(self, event, run, step):
        """Not from before where the step looks back to, and not what the run entered with."""
        enter = run["definition"]["enter"]
        if event["at"] == run["entry"] and event["name"] == enter.get("on"):
            return False
        return event["at"] >= (run["entry"] if step.get("since", "now") == "entry" else run["since"])

    def still_known(self, user, run, name, now):
        """The events of this name inside lateness, whenever they came; without a key also the newest before."""
        happened = sorted((e for e in user["arrived"] if e["name"] == name), key=lambda e: e["at"])
        older = [e for e in happened if now - e["at"] >= self.lateness]
        is_told_apart = run["definition"]["key"] or name in memory.ENGAGEMENTS
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

    def is_it(self, user, event, watched):
        return event["name"] == watched.get("on") and memory.condition(
            user, watched.get("where"), self.playbook, at=event["at"], properties=event["properties"], entry=event["at"]
        )

    def exit(self, user, event, now):
        for run in self.in_order(user):
            hit = any(self.is_it(user, event, watched) for watched in run["definition"]["exits"])
            if hit and run["entry"] <= self.last_ended(run["definition"], event):
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
            ):
                continue
            run["since"] = max(run["since"], event["at"])
            run["step"] += 1
            proposals += self.proceed(user, run, now)
        return proposals

    def enter(self, user, event, now):
        proposals = []
        for _, journey in sorted(self.journeys.items()):
            key = memory.key_of(event, journey)
            if not self.is_it(user, event, journey["enter"]) or key is None:
                continue
            proposals += self.begin(user, journey, key, event["at"], event["properties"], now)
        return proposals

    def fall_silent(self, user, what, due):
        del user["silences"][what["silence"]]
        journey = self.journeys.get(what["silence"])
        if journey is None:
            return []
        return self.begin(user, journey, "", due, {}, due)

    def begin(self, user, journey, key, entry, properties, now):
        hear = self.hear_beside if journey["reentry"] == "always" else self.hear_of_entry
        return hear(user, journey, key, entry, properties, now)
