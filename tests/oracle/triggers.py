"""What begins a journey besides one event: a part of the oracle (kernel.md, Triggers and behind it)."""

from tests.oracle import clocks, draws, memory, waits
from tests.oracle.lists import remove

STANDING = ("every_day", "broadcast")


def kind_of(journey):
    """Which of its triggers a journey has."""
    enter = journey["enter"]
    kinds = ("inactive_for", "counted", "absence", "sequence", "crossing", *STANDING)
    return next((kind for kind in kinds if kind in enter), "on")


def may_enter_with(journey, name):
    """Whether an event of this name may itself be what enters."""
    match kind_of(journey), journey["enter"]:
        case "on", enter:
            return enter["on"] == name
        case "counted", enter:
            return enter["counted"]["on"] == name
        case "sequence", enter:
            return enter["sequence"][-1]["on"] == name
        case "crossing", _:
            return True
    return False


def kept_of(journey, event):
    """What the steps of the journey, in the version of then, may ask of the event that a run of it enters with."""
    names = set()
    for step in journey["flat"]:
        names |= set(step.get("collect") or ())
        for asked in (step.get("when"), step.get("test"), *(step.get("set") or step.get("properties") or {}).values()):
            names |= properties_in(asked)
    return {name: value for name, value in event["properties"].items() if name in names}


def properties_in(asked):
    """The properties that a condition, or a calculation, reads."""
    match asked:
        case ("property", name, *_):
            return {name}
        case (_, *several):
            return {name for each in several if isinstance(each, tuple) for name in properties_in(each)}
    return set()


class Triggers:
    def of_kind(self, *kinds):
        return [journey for journey in self.in_name_order() if kind_of(journey) in kinds]

    # Before step 6

    def arm(self, user, event, now):
        """Absences and sequences look at the event. Answers what runs propose that begin because another is gone."""
        self.completed, proposals = [], []
        for journey in self.of_kind("absence"):
            proposals += self.look_for_absence(user, journey, event, now)
        for journey in self.of_kind("sequence"):
            self.look_for_chains(user, journey, event, now)
        return proposals

    def look_for_absence(self, user, journey, event, now):
        enter, key, proposals = journey["enter"], memory.key_of(event, journey), []
        span, name, at = enter["within"], journey["journey"], event["at"]
        is_answer = any(self.is_it(user, event, watched) for watched in enter["without"])
        if is_answer:
            user["answers"].append({"journey": name, "key": key, "at": at})
            user["armed"] = [
                armed
                for armed in user["armed"]
                if armed["journey"] != name or key not in (None, armed["key"]) or not armed["at"] <= at <= armed["due"]
            ]
            is_open = self.is_among(enter["absence"], enter["without"])
            for known in [known for other, known in list(user["pasts"]) if other == name and key in (None, known)]:
                proposals += self.take_entries_back(user, journey, known, (at, at + span - is_open), now)
        if self.is_it(user, event, enter["absence"]) and key is not None:
            since = at + 1 if is_answer else at
            horizon = user["clock"] - self.lateness
            answered = any(
                each["journey"] == name and each["key"] in (None, key) and since <= each["at"] <= at + span
                for each in user["answers"]
                if each["at"] > horizon
            )
            is_known = any((a["journey"], a["key"], a["at"]) == (name, key, at) for a in user["armed"])
            if not answered and not is_known:
                said = {"properties": kept_of(journey, event), "depth": event.get("depth", 0)}
                user["armed"].append({"journey": name, "key": key, "at": at, "due": max(at + span, now), **said})
        return proposals

    def is_among(self, watched, several):
        return any(each["on"] == watched["on"] for each in several)

    def take_entries_back(self, user, journey, key, between, now):
        """Entries between these instants are as if they had not been, unless their run has acted."""
        past, (first, last), gone = self.past(user, journey["journey"], key), between, []
        for run in self.under_way(user, journey["journey"], key):
            if not run["has_acted"] and first <= run["entry"] <= last:
                remove(user["runs"], run)
                gone.append(run["entry"])
        if journey["reentry"] != "always":
            gone += [entry["at"] for entry in past["open"] if first <= entry["at"] <= last]
        past["open"] = [entry for entry in past["open"] if entry["at"] not in gone]
        if past["newest"] in gone:
            past["newest"] = max((entry["at"] for entry in past["open"]), default=past["stands"])
        return self.tell(user, journey, key, now) if gone else []

    def look_for_chains(self, user, journey, event, now):
        enter, key = journey["enter"], memory.key_of(event, journey)
        places = [n for n, watched in enumerate(enter["sequence"]) if self.is_it(user, event, watched)]
        if key is None or not places:
            return
        known = user["matches"].setdefault((journey["journey"], key), {})
        horizon = now - self.lateness - enter["within"]
        for name in [name for name in known if name[1] < horizon]:
            del known[name]
        before = chain_ends(known, enter)
        for place in places:
            said = {"properties": kept_of(journey, event), "depth": event.get("depth", 0)}
            known.setdefault((place, event["at"]), said)
        for at in sorted(chain_ends(known, enter) - before):
            entry = {"at": at, **known[len(enter["sequence"]) - 1, at]}
            self.completed.append((journey["journey"], key, entry))

    # Entries

    def entries(self, user, journey, event, now):
        """(key, entry) of each entry of this journey by this event, by instant."""
        key, depth = memory.key_of(event, journey), event.get("depth", 0)
        here = {"at": event["at"], "properties": kept_of(journey, event), "depth": depth}
        match kind_of(journey):
            case "on" if self.is_it(user, event, journey["enter"]) and key is not None:
                return [(key, here)]
            case "counted" if key is not None:
                return self.counted(user, journey, event, key, now)
            case "sequence":
                return [(known, entry) for name, known, entry in self.completed if name == journey["journey"]]
            case "crossing" if self.crosses(user, journey, now):
                return [("", {"at": now, "properties": {}, "depth": depth})]
        return []

    def counted(self, user, journey, event, key, now):
        enter = journey["enter"]
        within = enter["within"] or float("inf")
        if not self.is_counted(user, event, journey, key) or event["at"] <= now - within:
            return []
        counted = [
            e["at"] for e in user["arrived"] if now - within < e["at"] <= now and self.is_counted(user, e, journey, key)
        ]
        number = len(counted)
        if number in enter.get("nth", []) or ("every" in enter and number % enter["every"] == 0):
            return [(key, {"at": max(counted), "properties": kept_of(journey, event), "depth": event.get("depth", 0)})]
        return []

    def is_counted(self, user, event, journey, key):
        return memory.key_of(event, journey) == key and self.is_it(user, event, journey["enter"]["counted"])

    # Crossings

    def is_true(self, user, condition, at):
        return memory.condition(user, condition, self.playbook, at=at, properties={}, entry=at)

    def first_seen(self, user, event):
        """Whether it held before the first event of all."""
        for journey in self.of_kind("crossing"):
            if journey["journey"] not in user["crossings"]:
                holds = self.is_true(user, journey["enter"]["crossing"], event["at"] - 1)
                user["crossings"][journey["journey"]] = {"holds": holds, "due": None}

    def crosses(self, user, journey, now):
        """Looks at it as of now; whether it became true."""
        enter, state = journey["enter"], user["crossings"][journey["journey"]]
        is_true, rearm = self.is_true(user, enter["crossing"], now), enter["rearm"]
        state["due"] = self.changes(user, [enter["crossing"], rearm], now)
        if not state["holds"]:
            state["holds"] = is_true
            return is_true
        state["holds"] = is_true or (rearm is not None and not self.is_true(user, rearm, now))
        return False

    def changes(self, user, conditions, now):
        """The first instant after now at which a count that is read loses something."""
        found = []
        for feature in {name for condition in conditions if condition for name in features_of(condition)}:
            name, span = self.playbook["features"][feature]
            found += [e["at"] + span for e in user["arrived"] if e["name"] == name and e["at"] <= now < e["at"] + span]
        return min(found, default=None)

    # Schedules and broadcasts

    def arm_standing(self, user, now, *, is_anew):
        for journey in self.of_kind(*STANDING):
            known = user["standing"].get(journey["journey"])
            if known is None or is_anew:
                fired = known["fired"] if known else None
                user["standing"][journey["journey"]] = self.armed_standing(user, journey, fired, known, now)

    def armed_standing(self, user, journey, fired, known, now):
        zone, enter = memory.zones(user, self.playbook, now)[0], journey["enter"]
        if "every_day" in enter:
            minutes = clocks.minutes_of(enter["at"])
            for date in waits.days_around(now, zone):
                due, place = waits.instant_of(date, minutes, zone), date.toordinal()
                if waits.is_named(date, enter["every_day"]) and due > now and (fired is None or place > fired):
                    return {"due": due, "place": place, "fired": fired}
        date, minutes, over = enter["broadcast"]
        place = (date.toordinal(), minutes)
        if fired == place:
            return {"due": None, "place": None, "fired": fired}
        drawn = draws.draw(self.playbook["salt"], "broadcast", journey["journey"], user["bucket"])
        due = waits.instant_of(date, minutes, zone) + drawn * over // 1_000_000
        if due <= now and (known is None or known["due"] is None):
            return {"due": None, "place": None, "fired": fired}
        return {"due": max(due, now), "place": place, "fired": fired}

    # What falls due

    def armed_deadlines(self, user):
        """(due, journey, key, at, what)."""
        found = [(due, name, "", due, {"silence": name}) for name, due in user["silences"].items()]
        found += [(armed["due"], armed["journey"], armed["key"], armed["at"], armed) for armed in user["armed"]]
        for kind in ("crossings", "standing"):
            for name, state in user[kind].items():
                if state["due"] is not None:
                    found.append((state["due"], name, "", state["due"], {"kind": kind, "of": name}))
        return found

    def fire_armed(self, user, what, due):
        """What falls due of a trigger; answers what the run proposes that begins."""
        match what:
            case {"silence": _}:
                return self.fall_silent(user, what, due)
            case {"kind": "crossings", "of": name}:
                if name in self.journeys and self.crosses(user, self.journeys[name], due):
                    return self.begin(user, self.journeys[name], "", self.nothing_kept(due), due)
                return []
            case {"kind": "standing", "of": name}:
                return self.fire_standing(user, self.journeys[name], due)
        remove(user["armed"], what)
        journey = self.journeys[what["journey"]]
        at = min(due, what["at"] + journey["enter"]["within"])
        entry = {"at": at, "properties": what["properties"], "depth": what["depth"]}
        return self.begin(user, journey, what["key"], entry, due)

    def nothing_kept(self, at):
        return {"at": at, "properties": {}, "depth": 0}

    def fire_standing(self, user, journey, due):
        state = user["standing"][journey["journey"]]
        is_wanted = self.is_true(user, journey["enter"]["where"], due)
        user["standing"][journey["journey"]] = self.armed_standing(user, journey, state["place"], None, due)
        return self.begin(user, journey, "", self.nothing_kept(due), due) if is_wanted else []


def chain_ends(known, enter):
    """The instants of last events that end a chain."""
    starts = {at: at for place, at in known if place == 0}
    for place in range(1, len(enter["sequence"])):
        starts = {
            at: max(first for earlier, first in starts.items() if earlier < at)
            for number, at in known
            if number == place and any(earlier < at for earlier in starts)
        }
    return {at for at, first in starts.items() if at - first <= enter["within"]}


def features_of(condition):
    match condition:
        case ("feature", name, _, _):
            return {name}
        case ("and" | "or", left, right):
            return features_of(left) | features_of(right)
        case ("not", inner):
            return features_of(inner)
    return set()
