"""The engine a second time, from docs/explanation/kernel.md alone, written to be obvious and not to be fast.

``Oracle(playbook).feed(input)`` takes one input of the log and answers what was decided because of it. Inputs:

    {"kind": "event", "user", "name", "at", "now", "seq", "id", "properties", "context", "is_history"}
    {"kind": "tick", "user", "now"}
    {"kind": "merge", "user": the id that stays, "from": the other, "now", "seq"}
    {"kind": "publication", "playbook", "now"}
"""

from tests.oracle import memory
from tests.oracle.deciding import Deciding
from tests.oracle.journeys import Journeys, flat
from tests.oracle.lists import remove, united
from tests.oracle.receipts import Receipts

KINDS = ("decisions", "endings", "attempts", "recalls", "goals", "emits", "looped", "lates")


class Oracle(Journeys, Receipts, Deciding):
    def __init__(self, playbook):
        self.users, self.emissions, self.made = {}, [], 0
        self.known_journeys = []
        """Of all versions."""
        self.publish(playbook)

    def publish(self, playbook):
        self.playbook = playbook
        self.journeys = {
            j["journey"]: {**j, "flat": flat(j["steps"]), "version": playbook} for j in playbook["journeys"]
        }
        self.known_journeys += self.journeys.values()
        self.messages = {m["message"]: m for m in playbook["messages"]}
        self.lateness = playbook.get("lateness", memory.LATENESS)

    def take_up(self, user, now):
        """The user from a publication on: triggers are armed, and what is due by that is fired. Nobody enters."""
        now = max(now, user["clock"])
        for journey in self.of_kind("crossing"):
            holds = self.is_true(user, journey["enter"]["crossing"], now)
            user["crossings"].setdefault(journey["journey"], {"holds": holds, "due": None})
            self.crosses(user, journey, now)
        self.arm_standing(user, now, is_anew=True)
        self.fire(user, now)

    # One input

    def feed(self, item):
        self.out = {kind: [] for kind in KINDS}
        match item["kind"]:
            case "publication":
                for name in sorted(self.users):
                    self.fire(self.users[name], item["now"])
                    self.tell_goals(self.users[name])
                self.publish(item["playbook"])
                for name in sorted(self.users):
                    self.take_up(self.users[name], item["now"])
            case "tick":
                user = self.user(item["user"])
                self.fire(user, max(item["now"], user["clock"]))
                self.tell_goals(user)
            case "event":
                self.event(self.user(item["user"]), item)
            case "merge":
                self.merge(item)
        return {**self.out, "wakes": {name: self.wake(self.users[name]) for name in sorted(self.users)}}

    def user(self, name):
        return self.users.setdefault(name, memory.fresh(name))

    def event(self, user, item):
        if item["seq"] <= user["seq"]:
            return
        now = max(item["now"], user["clock"])
        self.fire(user, now)
        user["seq"] = item["seq"]
        is_late = now - item["at"] > self.lateness and item["name"] not in memory.RECEIPTS
        event = {**item, "is_late": is_late}
        if is_late:
            self.out["lates"].append({"user": user["user"], "id": event["id"]})
        self.settle(user, now, self.taken(user, event, now))
        self.fire(user, now)
        self.tell_goals(user)

    def taken(self, user, event, now):
        """Folds the event and answers what runs propose because of it."""
        before = max(memory.activity(user, now), default=None)
        zones = memory.zones(user, self.playbook, now)
        user["arrived"].append(event)
        self.learn(user, event)
        self.hear(user, before, now)
        memory.fold_consent(user, event)
        receipt = self.fold_ledger(user, event)
        proposals = self.stop(user, event, now)
        self.first_seen(user, event)
        has_moved = memory.zones(user, self.playbook, now) != zones
        self.arm_standing(user, now, is_anew=event["name"] == "Identified" or has_moved)
        if event["is_late"] or event["is_history"]:
            for journey in self.of_kind("crossing"):
                self.crosses(user, journey, now)
            if not event["is_history"]:
                proposals += self.receipt(user, event, receipt, now)  # a late In-App Shown is one too
        else:
            proposals += self.arm(user, event, now)
            self.remember_exit(user, event)
            self.exit(user, event, now)
            self.hear_of_goal(user, event)
            proposals += self.receipt(user, event, receipt, now)
            proposals += self.until(user, event, now)
            proposals += self.take_back(user, event, now)
            proposals += self.reopen(user, event, now)
            proposals += self.enter(user, event, now)
            if has_moved:
                self.look_at_clocks(user, now)
                proposals += self.replan(user, now)
        return proposals

    def emitted(self, user, now):
        """Takes the first event that steps have emitted and nobody has taken."""
        emission, self.made = self.emissions.pop(0), self.made + 1
        said = {name: emission[name] for name in ("name", "properties", "depth")}
        event = {"user": user["user"], "at": now, "now": now, "context": {}, "is_history": False, "is_late": False}
        event |= {**said, "id": f"emit-{self.made}", "seq": user["seq"] + self.made / 1_000_000}
        self.out["emits"].append({"user": user["user"], "name": event["name"], "at": now, "said": event["properties"]})
        return self.taken(user, event, now)

    # Deadlines

    def deadlines(self, user):
        """(due, journey, key, entry, kind, what) for everything that waits for an instant."""
        found = []
        for run in user["runs"]:
            if run["due"] is not None:
                found.append((run["due"], run["journey"], run["key"], run["entry"], 0, run))
        for pending in user["pending"]:
            if pending["state"] != "claimed":
                due = pending["at"] if pending["state"] == "planned" else pending["session_end"]
                found.append((due, pending["journey"], pending["key"], pending["entry"], 1, pending))
        for due, name, key, at, armed in self.armed_deadlines(user):
            found.append((due, name, key, at, 2, armed))
        return sorted(found, key=lambda deadline: deadline[:5])

    def wake(self, user):
        return min((deadline[0] for deadline in self.deadlines(user)), default=None)

    def fire(self, user, now):
        while True:
            waiting = self.deadlines(user)
            if not waiting or waiting[0][0] > now:
                break
            due = waiting[0][0]
            user["clock"] = max(user["clock"], due)
            proposals = self.queue(user, due)
            for at, _, _, _, kind, what in waiting:
                if at != due:
                    break
                if kind == 1 and not any(what is pending for pending in user["pending"]):
                    continue
                if kind == 1:
                    proposals += self.ask_pending(user, what, due)
                elif kind == 2:
                    proposals += self.fire_armed(user, what, due)
                else:
                    proposals += self.time_out(user, what, due)
            self.settle(user, due, proposals)
        user["clock"] = max(user["clock"], now)

    def settle(self, user, now, proposals):
        """Slates at one instant until nothing proposes; what a run wished that has ended since is no proposal."""
        while proposals or self.emissions:
            while proposals := [p for p in proposals if any(p["run"] is run for run in user["runs"])]:
                proposals = self.slate(user, now, proposals)
            if self.emissions:
                proposals = self.emitted(user, now)

    # Merge

    def merge(self, item):
        """One user's memory absorbs another's."""
        kept, gone = self.user(item["user"]), self.user(item["from"])
        now = max(item["now"], kept["clock"], gone["clock"])
        for user in (kept, gone):
            self.fire(user, now)
        lost = []
        for mine, other in ((kept, gone), (gone, kept)):
            for run in mine["runs"]:
                exits = [at for at in self.known_exits(other, run["definition"], run["key"]) if at >= run["entry"]]
                exits = exits or self.goals_that_end(other, run)
                if exits:
                    lost.append((run, "exited", min(exits)))
                elif self.is_refused(run, other):
                    lost.append((run, "merged", None))
        living = [run for run in kept["runs"] + gone["runs"] if not any(run is other for other, _, _ in lost)]
        rank = sorted(living, key=lambda r: (not r["has_acted"], r["journey"], r["key"], r["entry"]))
        lives = {}
        for run in rank:
            is_beside = run["definition"]["reentry"] == "always"
            name = run["journey"], run["key"], run["entry"] if is_beside else None
            if lives.setdefault(name, run) is not run:
                lost.append((run, "merged", None))
        heard = [max(memory.activity(user, now), default=-1) for user in (kept, gone)]
        for name in ("arrived", "exits", "runs", "sent", "pending", "suppressed", "answers", "goals_of_all"):
            kept[name] = kept[name] + gone[name]
        kept["pasts"] = united(kept["pasts"], gone["pasts"])
        kept["consents"] = memory.stricter(kept["consents"], gone["consents"])
        if heard[1] > heard[0]:
            kept["silences"] = gone["silences"]
        self.join_armed(kept, gone)
        if gone["exposed_at"] is not None and (kept["exposed_at"] is None or gone["exposed_at"] < kept["exposed_at"]):
            kept.update(bucket=gone["bucket"], exposed_at=gone["exposed_at"])
        kept["seq"] = max(item["seq"], kept["seq"], gone["seq"])
        del self.users[item["from"]]
        for run, _, at in lost:
            if at is None and run["has_acted"]:
                remove(kept["runs"], run)
                self.let_stand(kept, run)
            else:
                self.put_back(kept, run, at)
        for word in ("exited", "merged"):
            several = [run for run, code, _ in lost if code == word]
            for run in sorted(several, key=lambda run: (run["journey"], run["key"], run["entry"])):
                self.call_off_all(kept, run, word, now)
        self.look_at_clocks(kept, now)
        proposals = self.ask_rights(kept, now)
        proposals += self.again_with_both(kept, now)
        for journey in self.of_kind("crossing"):
            if journey["journey"] in kept["crossings"] and self.crosses(kept, journey, now):
                proposals += self.begin(kept, journey, "", self.nothing_kept(now), now)
        self.arm_standing(kept, now, is_anew=True)
        self.settle(kept, now, proposals)
        self.fire(kept, now)
        self.tell_goals(kept)

    def goals_that_end(self, user, run):
        """The instants of goals of this user that would have ended the run of another."""
        journey, past = run["definition"], user["pasts"].get((run["journey"], run["key"]))
        if not journey.get("ends_at_goal"):
            return []
        goals = self.goals_of_all(user, journey) + [goal["at"] for goal in (past or {"goals": []})["goals"]]
        last = run["entry"] + journey["goal"]["within"]
        return [at for at in goals if run["entry"] <= at <= last]

    def join_armed(self, kept, gone):
        """What waits of both; what holds for either; what has fired last; less the absences that have an answer."""
        for armed in gone["armed"]:
            name = armed["journey"], armed["key"], armed["at"]
            if not any((a["journey"], a["key"], a["at"]) == name for a in kept["armed"]):
                kept["armed"].append(armed)
        kept["armed"] = [armed for armed in kept["armed"] if not self.is_answered(kept, armed)]
        for name, matches in gone["matches"].items():
            kept["matches"][name] = {**matches, **kept["matches"].get(name, {})}
        for name, state in gone["crossings"].items():
            mine = kept["crossings"].setdefault(name, state)
            mine["holds"] = mine["holds"] or state["holds"]
        for name, state in gone["standing"].items():
            mine = kept["standing"].setdefault(name, state)
            mine["fired"] = max((each["fired"] for each in (mine, state) if each["fired"] is not None), default=None)

    def is_answered(self, user, armed):
        return any(
            each["journey"] == armed["journey"]
            and each["key"] in (None, armed["key"])
            and armed["at"] < each["at"] <= armed["due"]
            for each in user["answers"]
            if each["at"] > user["clock"] - self.lateness
        )

    def again_with_both(self, user, now):
        """Every course is told anew; runs that nothing was decided for and that heed events go their way again."""
        proposals, before = [], list(user["runs"])
        for name, key in list(user["pasts"]):
            if name in self.journeys:
                proposals += self.tell(user, self.journeys[name], key, now)
        for run in [run for run in self.in_order(user) if any(run is other for other in before)]:
            heeds = any("until" in step or "digest" in step for step in run["definition"]["flat"])
            if heeds and not run["has_acted"]:
                run.update(step=0, since=run["entry"], due=None, is_from_send=False)
                proposals += self.proceed(user, run, now)
        return proposals

    def is_refused(self, run, other):
        """It has acted, and the other id is done with a run beside which re-entry would not have let it begin."""
        name = run["journey"], run["key"]
        past = other["pasts"].get(name)
        if not run["has_acted"] or past is None or past["stands"] is None:
            return False
        if any((each["journey"], each["key"]) == name for each in other["runs"]):
            return False
        match run["definition"]["reentry"]:
            case "once":
                return True
            case {"cooldown": span, "from": basis}:
                counted = [goal["at"] for goal in past["goals"] if goal["entry"] is not None]
                last = {"entry": past["stands"], "send": past["sent"], "goal": max(counted, default=None)}[basis]
                return last is not None and abs(run["entry"] - last) < span
        return False
