"""Which run of a (journey, key) is under way by all that was heard: a part of the oracle (kernel.md, Journeys)."""

from tests.oracle import memory
from tests.oracle.lists import remove
from tests.oracle.triggers import may_enter_with

MOST = 16
EXIT, GOAL_OF_ALL, GOAL, ENTRY, GOAL_OF_ENTRY = range(5)


class Courses:
    def past(self, user, name, key):
        """What is known of this (journey, key), made if it is not."""
        return user["pasts"].setdefault(
            (name, key), {"stands": None, "free": None, "newest": None, "sent": None, "open": [], "goals": []}
        )

    def under_way(self, user, name, key):
        return [run for run in user["runs"] if (run["journey"], run["key"]) == (name, key)]

    def hear_of_entry(self, user, journey, key, entry, now):
        """An entry was heard of; answers what the run wants to say that begins because of it."""
        name, at = journey["journey"], entry["at"]
        past, runs = self.past(user, name, key), self.under_way(user, name, key)
        known = [other["at"] for other in past["open"]] + [run["entry"] for run in runs]
        for run in runs:
            self.gather(run, entry, now, user)
        if (
            any(run["has_acted"] for run in runs)
            or at in known
            or (past["stands"] is not None and at <= past["stands"])
        ):
            return []
        return self.tell(user, journey, key, now, heard={**entry, "ended": None, "begun": False})

    def hear_beside(self, user, journey, key, entry, now):
        """``always``: a run of its own."""
        name, at = journey["journey"], entry["at"]
        past = self.past(user, name, key)
        exits = self.known_exits(user, journey, key)
        if journey.get("ends_at_goal"):
            goals = [*(goal["at"] for goal in past["goals"]), *self.goals_of_all(user, journey)]
            exits += [goal for goal in goals if goal <= at + journey["goal"]["within"]]
        forgotten = past["stands"] is not None and at <= past["stands"]
        if forgotten or any(at == other["at"] for other in past["open"]) or any(exit > at for exit in exits):
            return []
        past["open"] = sorted([*past["open"], {"at": at, "ended": None}], key=lambda other: other["at"])
        while past["open"] and (past["open"][0]["at"] <= user["clock"] - self.lateness or len(past["open"]) > MOST):
            past["stands"] = past["open"].pop(0)["at"]
        past["newest"] = at if past["newest"] is None else max(at, past["newest"])
        return self.begin_run(user, journey, key, entry, now)

    def tell(self, user, journey, key, now, heard=None):
        """Tells the course anew; answers what the run wants to say that begins now."""
        name = journey["journey"]
        past, runs = self.past(user, name, key), self.under_way(user, name, key)
        if journey["reentry"] == "always":
            self.course(journey, past, past["open"], [])
            return []
        run = runs[0] if runs else None
        if run and run["has_acted"]:
            stands = max(run["entry"], past["newest"] or run["entry"])
            past.update(stands=stands, newest=stands, open=[])
            self.course(journey, past, [], [])
            return []
        for entry in [e for e in past["open"] if e["at"] <= user["clock"] - self.lateness]:
            remove(past["open"], entry)  # what ended it may be forgotten
            if entry["begun"]:
                past["stands"], past["free"] = entry["at"], entry["ended"] or past["free"]
        past["open"] += [] if heard is None else [heard]
        own = [] if run is None else [run["heard"]]
        entries = sorted([*past["open"], *own], key=lambda entry: entry["at"])
        known = self.known_exits(user, journey, key), self.goals_of_all(user, journey)
        begun, active = self.course(journey, past, entries, *known)
        past["newest"] = begun[-1]["at"] if begun else past["stands"]
        for entry in entries:
            entry["begun"] = any(entry is other for other in begun)
        self.forget(user, past, entries, begun, active)
        if run is not None and active is run["heard"]:
            return []
        if run is not None:
            remove(user["runs"], run)
        return [] if active is None else self.begin_run(user, journey, key, active, now)

    def course(self, journey, past, entries, exits, goals_of_all=()):
        """The entries with which runs began, and that of the run under way or None; marks the goals that count."""
        newest, free, begun, active = past["stands"], past["free"], [], None
        goals = [goal for goal in past["goals"] if newest is None or goal["at"] >= newest]
        counted = [goal["at"] for goal in past["goals"] if goal not in goals and goal["entry"] is not None]
        for goal in goals:
            goal["entry"] = None
        reached = max(counted, default=None)
        moments = [(at, EXIT, None) for at in exits] + [(entry["at"], ENTRY, entry) for entry in entries]
        moments += [(goal["at"], GOAL, goal) for goal in goals]
        moments += [(at, GOAL_OF_ALL, None) for at in goals_of_all]
        if journey["goal"] and not may_enter_with(journey, journey["goal"]["on"]):
            moments += [(goal["at"], GOAL_OF_ENTRY, goal) for goal in goals]
        for at, kind, what in sorted(moments, key=lambda moment: moment[:2]):
            if kind == EXIT and active is not None and active["at"] < at:
                active = None
            elif kind == GOAL_OF_ALL and active is not None:
                if active["at"] < at <= active["at"] + journey["goal"]["within"]:
                    active = None
            elif kind == ENTRY:
                is_busy = active is not None and (active["ended"] is None or at < active["ended"])
                is_swallowed = is_busy or (free is not None and at < free)
                is_swallowed = is_swallowed and journey["reentry"] != "always"
                is_swallowed = is_swallowed or (newest is not None and at <= newest)
                if not is_swallowed and self.may_enter(journey["reentry"], at, newest, past["sent"], reached):
                    newest, active = at, what
                    begun.append(what)
            elif kind in (GOAL, GOAL_OF_ENTRY) and newest is not None:
                is_in_time = newest <= at <= newest + journey["goal"]["within"]
                if is_in_time and what["entry"] is None and (reached is None or reached < newest):
                    what["entry"], reached = newest, at
                if (
                    journey.get("ends_at_goal")
                    and active is not None
                    and active["at"] < at <= active["at"] + journey["goal"]["within"]
                ):
                    active = None
        return begun, (None if active is None or active["ended"] is not None else active)

    def may_enter(self, reentry, at, newest, sent, goal):
        match reentry:
            case "while_not_active" | "always":
                return True
            case "once":
                return newest is None
            case {"cooldown": span, "from": basis}:
                last = {"entry": newest, "send": sent, "goal": goal}[basis]
                return last is None or at >= last + span
        raise AssertionError(reentry)

    def forget(self, user, past, entries, begun, active):
        """What is too old, or of too many the oldest, stands if a run began with it."""
        others = [entry for entry in entries if entry is not active]
        kept = [entry for entry in others if entry["at"] > user["clock"] - self.lateness][-MOST:]
        for entry in begun:
            if entry is not active and not any(entry is other for other in kept):
                past["stands"] = entry["at"]
                past["free"] = entry["ended"] if entry["ended"] is not None else past["free"]
        past["open"] = kept

    def begin_run(self, user, journey, key, entry, now):
        run = {
            "definition": journey,
            "journey": journey["journey"],
            "key": key,
            "entry": entry["at"],
            "step": 0,
            "since": entry["at"],
            "due": None,
            "decision": "",
            "properties": entry["properties"],
            "kept": {},  # of its way: arm.NAME, collected.NAME
            "gathered": [],
            "depth": entry["depth"],
            "is_from_send": False,
            "has_acted": False,
            "heard": entry,
        }
        user["runs"].append(run)
        return self.proceed(user, run, now)

    def finish(self, user, run, now):
        """The run has come to its end: what entered since may begin another."""
        self.put_back(user, run, run["since"])
        journey = self.journeys.get(run["journey"])
        return [] if journey is None else self.tell(user, journey, run["key"], now)

    def let_stand(self, user, run):
        """It is taken out beside another: what has acted stands."""
        past = self.past(user, run["journey"], run["key"])
        if run["definition"]["reentry"] != "always":
            past["stands"] = max(run["entry"], past["stands"] or run["entry"])

    def put_back(self, user, run, ended):
        remove(user["runs"], run)
        past = self.past(user, run["journey"], run["key"])
        if run["definition"]["reentry"] == "always":
            return
        if run["has_acted"]:
            stands = max(run["entry"], past["stands"] or run["entry"])
            past.update(stands=stands, newest=stands, free=ended, open=[])
        else:
            run["heard"]["ended"] = ended
            past["open"].append(run["heard"])

    # Exits

    def known_exits(self, user, journey, key):
        """Inside lateness: of each key the newest, where runs cool down the 16 newest."""
        most = MOST if isinstance(journey["reentry"], dict) else 1
        found = []
        for name in {key, None if journey["key"] else ""}:
            seen = [e["at"] for e in user["exits"] if (e["journey"], e["key"]) == (journey["journey"], name)]
            found += [at for at in sorted(seen)[-most:] if at > user["clock"] - self.lateness]
        return found

    def goals_of_all(self, user, journey):
        """Goals of no key that end the runs of all, inside lateness: the newest."""
        if not journey.get("ends_at_goal"):
            return []
        seen = sorted({at for name, at in user["goals_of_all"] if name == journey["journey"]})
        return [at for at in seen[-MOST:] if at > user["clock"] - self.lateness]

    def end_by_exit(self, user, run, event, now):
        """The run ends as of the event, and so does all that is open and not after it."""
        self.put_back(user, run, event["at"])
        self.call_off_all(user, run, "exited", now)
        for entry in self.past(user, run["journey"], run["key"])["open"]:
            if entry["at"] <= self.last_ended(run["definition"], event):
                entry["ended"] = event["at"] if entry.get("ended") is None else min(entry["ended"], event["at"])

    def last_ended(self, journey, event):
        """An exit whose event may itself be what enters ends only what began before it."""
        return event["at"] - 1 if may_enter_with(journey, event["name"]) else event["at"]

    # Goals

    def hear_of_goal(self, user, event):
        for journey in self.in_name_order():
            goal = journey["goal"]
            if not goal or not self.is_it(user, event, goal):
                continue
            past = self.past_of_goal(user, journey, event)
            if past is not None and all(known["at"] != event["at"] for known in past["goals"]):
                value = event["properties"].get(goal.get("value"))
                past["goals"].append({"at": event["at"], "value": value, "entry": None, "told": None})
                past["goals"].sort(key=lambda known: known["at"])
                horizon = user["clock"] - self.lateness
                told = {known["told"] for known in past["goals"]}
                for known in past["goals"]:
                    known["told"] = (
                        known["entry"] if known["told"] is None and known["entry"] in told else known["told"]
                    )
                older = [known for known in past["goals"] if known["at"] <= horizon and known["entry"] is not None]
                newer = [known for known in past["goals"] if known["at"] > horizon]
                past["goals"] = [*older[-1:], *newer][-MOST:]

    def past_of_goal(self, user, journey, event):
        key = memory.key_of(event, journey)
        if key is not None:
            return self.past(user, journey["journey"], key)
        mine = [
            (past["newest"], key, past)
            for (name, key), past in user["pasts"].items()
            if name == journey["journey"] and past["newest"] is not None and past["newest"] <= event["at"]
        ]
        return max(mine, key=lambda each: each[:2])[2] if mine else None

    def tell_goals(self, user):
        for (name, key), past in sorted(user["pasts"].items()):
            for goal in past["goals"]:
                entry = goal["entry"]
                if entry is None or goal["told"] is not None or any(other["told"] == entry for other in past["goals"]):
                    continue
                goal["told"] = entry
                said = {"user": user["user"], "journey": name, "key": key, "entry": entry}
                self.out["goals"].append({**said, "at": goal["at"], "value": goal["value"]})

    # After the untils

    def reopen(self, user, event, now):
        """Runs that begin because of an exit or a goal of this input; those that would not have begun are gone."""
        proposals = []
        exits = [j for j in self.in_name_order() if any(self.is_it(user, event, w) for w in j["exits"])]
        goals = [j for j in self.in_name_order() if j["goal"] and j["goal"]["on"] == event["name"] and j not in exits]
        for journey in [*exits, *goals]:
            key = memory.key_of(event, journey)
            for known in [known for name, known in user["pasts"] if name == journey["journey"]]:
                if key in (None, known):
                    proposals += self.tell(user, journey, known, now)
        return proposals

    def take_back(self, user, event, now):
        """Runs that have not acted and would have gone another way, had this come in time, go again."""
        proposals = []
        for run in self.in_order(user):
            is_past = run["step"] > 0 and run["entry"] <= event["at"] < run["since"]
            if is_past and not run["has_acted"] and self.awaits(run["definition"], run["key"], event):
                run.update(step=0, since=run["entry"], due=None, is_from_send=False)
                proposals += self.proceed(user, run, now)
        for (name, key), past in list(user["pasts"].items()):
            journey = self.journeys.get(name)
            if journey is None or journey["reentry"] == "always" or not self.awaits(journey, key, event):
                continue
            again = [e for e in past["open"] if e["ended"] is not None and e["at"] <= event["at"] < e["ended"]]
            for entry in again:
                entry["ended"] = None
            if again:
                proposals += self.tell(user, journey, key, now)
        return proposals

    def awaits(self, journey, key, event):
        is_step = any(
            step.get("until") == event["name"] and self.was_an_answer(event, step) for step in journey["flat"]
        )
        return is_step and memory.is_about(event, journey, key)

    def in_name_order(self):
        return [journey for _, journey in sorted(self.journeys.items())]
