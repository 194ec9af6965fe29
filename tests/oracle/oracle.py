"""The engine a second time, from docs/explanation/kernel.md alone, written to be obvious and not to be fast.

``Oracle(playbook).feed(input)`` takes one input of the log and answers what was decided because of it. Inputs:

    {"kind": "event", "user", "name", "at", "now", "seq", "id", "properties", "context", "is_history"}
    {"kind": "tick", "user", "now"}
    {"kind": "merge", "user": the id that stays, "from": the other, "now", "seq"}
    {"kind": "publication", "playbook", "now"}

Questions the page leaves open are numbered in README.md; the number stands where the answer was chosen.
"""

from tests.oracle import clocks, draws, gates, memory

ROUNDS = 8
CLAIM = 60_000
KINDS = ("decisions", "endings", "attempts", "recalls", "goals", "lates")


def flat(steps):
    """Nested steps as one list: a timeout branch stands behind its wait, and the run that need not go there jumps over it."""
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


class Oracle:
    def __init__(self, playbook):
        self.users = {}
        self.publish(playbook)

    def publish(self, playbook):
        self.playbook = playbook
        self.journeys = {j["journey"]: {**j, "flat": flat(j["steps"]), "version": playbook} for j in playbook["journeys"]}
        self.messages = {m["message"]: m for m in playbook["messages"]}
        self.lateness = playbook.get("lateness", memory.LATENESS)

    # One input

    def feed(self, item):
        self.out = {kind: [] for kind in KINDS}
        match item["kind"]:
            case "publication":                                         # question 1
                for name in sorted(self.users):
                    self.fire(self.users[name], item["now"])
                self.publish(item["playbook"])
            case "tick":
                user = self.user(item["user"])
                self.fire(user, max(item["now"], user["clock"]))
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
        is_late = now - item["at"] > self.lateness
        event = {**item, "is_late": is_late}
        user["arrived"].append(event)
        memory.fold_consent(user, event)
        receipt = self.fold_ledger(user, event)
        if is_late:
            self.out["lates"].append({"user": user["user"], "id": event["id"]})
        if not is_late and not event["is_history"]:
            proposals = self.stop(user, event, now)
            self.remember_exit(user, event)
            self.exit(user, event, now)
            self.goal(user, event)
            proposals += self.receipt(user, event, receipt, now)
            proposals += self.until(user, event, now)
            proposals += self.enter(user, event, now)
            self.settle(user, now, proposals)
        self.fire(user, now)

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
        last = max(memory.activity(user, user["clock"]), default=None)
        for journey in self.journeys.values():
            if "inactive_for" in journey["enter"] and last is not None and last not in user["fired"].get(journey["journey"], []):
                due = max(last + journey["enter"]["inactive_for"], user["clock"])
                found.append((due, journey["journey"], "", due, 0, {"journey": journey, "last": last}))
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
            proposals = []
            for at, _, _, _, kind, what in waiting:
                if at != due:
                    break
                if kind == 1:
                    proposals += self.ask_pending(user, what, due)
                elif "last" in what:
                    proposals += self.fall_silent(user, what, due)
                else:
                    proposals += self.time_out(user, what, due)
            self.settle(user, due, proposals)
        user["clock"] = max(user["clock"], now)

    def settle(self, user, now, proposals):
        """Slates at one instant until nothing proposes."""
        while proposals:
            proposals = self.slate(user, now, proposals)

    # Journeys

    def time_out(self, user, run, due):
        step = run["definition"]["flat"][run["step"]]
        branch = step["on_timeout"]
        if branch is not None:
            run["step"] = branch
        else:
            run["step"] += 1
        run["since"] = due
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
                run["since"] = max(run["since"], seen)                  # question 2
                run["step"] += 1
            else:
                when = memory.condition(
                    user, step.get("when"), run["definition"]["version"], at=run["since"], properties=run["properties"], entry=run["entry"]
                )
                if when:
                    message = self.messages.get(step["send"]) or next(  # question 3
                        m for m in run["definition"]["version"]["messages"] if m["message"] == step["send"]
                    )
                    return [{
                        "run": run, "message": message, "rounds": 0, "without": (), "is_again": False,
                        "deadline": now + message["useful_for"],
                    }]
                run["step"] += 1
        remove(user["runs"], run)
        return []

    def looked_up(self, user, run, step, now):
        """For ``since: entry``: the first instant at which it had happened already."""
        if step.get("since", "now") != "entry":
            return None
        return min((
            e["at"] for e in user["arrived"]
            if e["name"] == step["until"] and e["at"] >= run["entry"] and memory.is_about(e, run["definition"], run["key"])
            and not e["is_late"] and not e["is_history"] and now - e["at"] <= self.lateness
        ), default=None)

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
            if hit and run["entry"] <= event["at"] and memory.is_about(event, run["definition"], run["key"]):
                self.end_run(user, run, "exited", now)

    def in_order(self, user):
        return sorted(user["runs"], key=lambda run: (run["journey"], run["key"], run["entry"]))

    def end_run(self, user, run, code, now):
        remove(user["runs"], run)
        for pending in [p for p in user["pending"] if p["id"] == run["decision"]]:
            self.call_off(user, pending, code, now)

    def call_off(self, user, pending, code, now):
        if pending["state"] == "planned":
            self.close(user, pending, "not_sent", code, now)
        elif pending["state"] == "claimed" and not pending["recalled"]:  # question 4
            pending["recalled"] = code
            self.out["recalls"].append({"decision": pending["id"], "code": code})

    def goal(self, user, event):
        for name, journey in sorted(self.journeys.items()):
            goal = journey.get("goal")
            if not goal or not self.is_it(user, event, goal):
                continue
            key = memory.key_of(event, journey)
            past = [e for e in user["entries"] if e["journey"] == name and key in (None, e["key"])]
            reached = []
            for known in sorted({e["key"] for e in past}):              # question 5
                going = {r["entry"] for r in user["runs"] if (r["journey"], r["key"]) == (name, known)}
                of_key = [e for e in past if e["key"] == known]
                newest = max(e["entry"] for e in of_key)
                reached += [
                    e for e in of_key if e["entry"] in going | {newest}
                    and e["entry"] <= event["at"] <= e["entry"] + goal["within"]
                ]
            if key is None:
                reached = sorted(reached, key=lambda e: (e["entry"], e["key"]))[-1:]
            for entry in sorted(reached, key=lambda e: (e["key"], e["entry"])):
                if entry["goal"] is None:
                    entry["goal"] = event["at"]
                    self.out["goals"].append({
                        "user": user["user"], "journey": name, "key": entry["key"], "entry": entry["entry"], "at": event["at"],
                        "value": event["properties"].get(goal.get("value")),
                    })

    def until(self, user, event, now):
        proposals = []
        for run in self.in_order(user):
            step = run["definition"]["flat"][run["step"]]
            if step.get("until") != event["name"] or run["due"] is None:
                continue
            least = run["entry"] if step.get("since", "now") == "entry" else run["since"]
            decision = event["properties"].get("decision") if event["name"] in memory.ENGAGEMENTS else None
            if event["at"] < least or not memory.is_about(event, run["definition"], run["key"]) or decision not in (None, run["decision"]):
                continue                                                # question 6: whose key
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
            if memory.known_exit(user, journey["journey"], key, event["at"], now=now, lateness=self.lateness):
                continue
            proposals += self.begin(user, journey, key, event["at"], event["properties"], now)
        return proposals

    def fall_silent(self, user, what, due):
        journey = what["journey"]
        user["fired"].setdefault(journey["journey"], []).append(what["last"])
        return self.begin(user, journey, "", due, {}, due)

    def begin(self, user, journey, key, entry, properties, now):
        if not self.may_enter(user, journey, key, entry):
            return []
        run = {
            "definition": journey, "journey": journey["journey"], "key": key, "entry": entry, "step": 0, "since": entry,
            "due": None, "decision": "", "properties": properties,
        }
        user["runs"].append(run)
        user["entries"].append({"journey": journey["journey"], "key": key, "entry": entry, "sent": [], "goal": None})
        return self.proceed(user, run, now)

    def may_enter(self, user, journey, key, entry):
        past = [e for e in user["entries"] if (e["journey"], e["key"]) == (journey["journey"], key)]
        if any((r["journey"], r["key"]) == (journey["journey"], key) for r in user["runs"]):
            return False
        if any(e["entry"] == entry for e in past):                      # question 13: a run is unique by its entry
            return False
        match journey["reentry"]:
            case "always":
                return True
            case "once":
                return not past
            case {"cooldown": span, "from": basis}:
                instants = {
                    "entry": [e["entry"] for e in past],
                    "send": [at for e in past for at in e["sent"]],
                    "goal": [e["goal"] for e in past if e["goal"] is not None],
                }[basis]
                return not instants or entry >= max(instants) + span
        raise AssertionError(journey["reentry"])

    # Stops and receipts

    def stop(self, user, event, now):
        """A stop asks at once whether what is pending may still be sent."""
        takes_away = False in event["context"].get("consent", {}).values()  # question 7
        if event["name"] not in memory.STOPS and not takes_away:
            return []
        proposals = []
        for pending in pendings_in_order(user):
            code = self.refusal(user, pending, now)
            if code is None or pending["state"] == "shown_awaited":
                continue
            if pending["state"] == "claimed":
                self.call_off(user, pending, code, now)
            else:
                run = self.close(user, pending, "not_sent", code, now)
                proposals += self.moved_on(user, run, "not_sent", since=now, now=now)
        return proposals

    def refusal(self, user, pending, now):
        if memory.is_suppressed(user, pending["channel"]):
            return gates.CODES["suppression"]
        is_marketing = pending["message"]["kind"] == "marketing"
        topic = pending["topic"]
        if is_marketing and not memory.has_consent(user, self.playbook, pending["channel"], topic, now):
            return "no_consent"
        return None

    def fold_ledger(self, user, event):
        """What an event says of messages. Answers the pending decision that it is a receipt of, if it is one."""
        name, said = event["name"], event["properties"]
        pending = next((p for p in user["pending"] if p["id"] == said.get("decision")), None)
        if name == "Message Sent" and "decision" not in said:
            user["sent"].append({
                "at": event["at"], "id": "", "channel": said.get("channel", ""), "topic": said.get("topic", ""),
                "counts": said.get("counts", True), "is_noticed": False,
            })
        if name in memory.ENGAGEMENTS:
            self.notice(user, event)
        is_receipt = name in ("Message Sent", "Message Failed", "Message Unknown", "Attempt Lapsed", "In-App Shown")
        return pending if is_receipt else None

    def notice(self, user, event):
        """The message with the decision's id; without one, the newest on the channel (question 8)."""
        said, channel = event["properties"], memory.ENGAGEMENTS[event["name"]]
        if "decision" in said:
            noticed = [sent for sent in user["sent"] if sent["id"] == said["decision"]]
        else:
            earlier = [sent for sent in user["sent"] if sent["channel"] == channel and sent["at"] <= event["at"]]
            noticed = sorted(earlier, key=lambda sent: sent["at"])[-1:]
        for sent in noticed:
            sent["is_noticed"] = True

    def receipt(self, user, event, pending, now):
        """What the dispatcher's answer, or the inbox's, does to the decision it is about."""
        if pending is None or pending["state"] == "planned":
            return []
        at = event["at"]
        match event["name"], pending["state"]:
            case ("Message Sent", "claimed"):
                if self.awaits_shown(pending):
                    end = memory.session_end(user, self.playbook, now) or now
                    pending.update(state="shown_awaited", session_end=max(end, now))
                    return []
                return self.accepted(user, pending, "sent", at, now)
            case ("In-App Shown", _):
                return self.accepted(user, pending, "sent", at, now)
            case ("Message Unknown", "claimed"):
                return self.accepted(user, pending, "unknown", at, now)
            case ("Message Failed", "claimed"):
                run = self.close(user, pending, "not_sent", event["properties"].get("code", "failed"), at)
                return self.moved_on(user, run, "not_sent", since=at, now=now)
            case ("Attempt Lapsed", "claimed"):
                if pending["recalled"]:
                    run = self.close(user, pending, "not_sent", pending["recalled"], now)
                    return self.moved_on(user, run, "not_sent", since=now, now=now)
                pending.update(state="planned", at=now)
                return self.ask_pending(user, pending, now)
        return []

    def awaits_shown(self, pending):
        others = len(pending["message"]["channels"]) > 1
        return pending["channel"] == "in_app" and others and pending["was_in_session"]

    def accepted(self, user, pending, outcome, at, now):
        user["sent"].append({
            "at": at, "id": pending["id"], "channel": pending["channel"], "topic": pending["topic"],
            "counts": pending["counts"], "is_noticed": False,
        })
        for entry in user["entries"]:
            if is_of(pending, entry):
                entry["sent"].append(at)
        run = self.close(user, pending, outcome, outcome, at)
        return self.moved_on(user, run, outcome, since=at, now=now)

    def close(self, user, pending, outcome, code, at, until=None):
        """End the decision; answers the run that has been waiting for it, if it still goes on."""
        remove(user["pending"], pending)
        self.end(user, pending["id"], outcome, code, at, until)
        return next((r for r in user["runs"] if is_of(pending, r) and r["decision"] == pending["id"]), None)

    def end(self, user, decision, outcome, code, at, until=None):
        self.out["endings"].append(
            {"decision": decision, "user": user["user"], "outcome": outcome, "code": code, "at": at, "until": until}
        )

    def moved_on(self, user, run, outcome, *, since, now):
        if run is None:
            return []
        step = run["definition"]["flat"][run["step"]]
        if outcome in ("not_sent", "expired") and step.get("not_sent", "continue") == "end":
            remove(user["runs"], run)
            return []
        run["step"] += 1
        run["since"] = since
        return self.proceed(user, run, now)

    # Pending decisions at their instant

    def ask_pending(self, user, pending, now):
        if pending["state"] == "shown_awaited":
            return self.ask_shown(user, pending, now)
        said = self.objections(user, pending, pending["channel"], pending["at"], now, own=pending["id"])
        if not said:
            self.claim(user, pending, now)
            return []
        if any(code == "too_late" for code, _, _ in said):
            run = self.close(user, pending, "expired", "too_late", now)
            return self.moved_on(user, run, "expired", since=now, now=now)
        run = self.close(user, pending, "not_sent", said[0][0], now, latest(said))
        return self.again(user, run, pending, pending["without"], now)

    def ask_shown(self, user, pending, now):
        end = memory.session_end(user, self.playbook, now)
        if end is not None and end > now:
            pending["session_end"] = end
            return []
        run = self.close(user, pending, "not_sent", "not_shown", now)
        return self.again(user, run, pending, (*pending["without"], "in_app"), now)

    def again(self, user, run, pending, without, now):
        """The proposal of a decision that just ended unsent, to be decided once more."""
        if run is None:
            return []
        if pending["rounds"] >= ROUNDS:
            return self.moved_on(user, run, "not_sent", since=now, now=now)
        return [{
            "run": run, "message": pending["message"], "rounds": pending["rounds"] + 1, "without": without,
            "is_again": True, "deadline": pending["deadline"],
        }]

    def claim(self, user, pending, now):
        pending.update(state="claimed", at=now)
        expires = min(now + CLAIM, pending["deadline"])
        if pending["message"]["kind"] == "marketing":
            for policy in self.playbook["policies"]:
                if policy["policy"] == "quiet_hours" and pending["channel"] in gates.channels_of(policy):
                    zones = memory.zones(user, self.playbook, now)
                    expires = clocks.quiet_begins(now, policy["from"], policy["to"], zones, expires)
        self.out["attempts"].append({
            "decision": pending["id"], "user": user["user"], "message": pending["message"]["message"],
            "variant": pending["variant"], "channel": pending["channel"], "at": now, "expires": expires,
        })

    # Deciding

    def objections(self, user, proposal, channel, at, now, own=None, without_planned=()):
        without = proposal["without"]
        return gates.objections(
            user, self.playbook, message=proposal["message"], channel=channel, at=at, deadline=proposal["deadline"],
            now=now, own=own, without_planned=without_planned,
            channels=[c for c in proposal["message"]["channels"] if c not in without],
        )

    def slate(self, user, now, proposals):
        """Decide all of these as of ``now``; answers what the runs propose next."""
        after = []
        in_order = sorted(proposals, key=lambda p: (p["run"]["journey"], p["run"]["key"], p["run"]["entry"]))
        for proposal in in_order:
            if proposal["message"]["kind"] == "transactional":
                standing, silence = self.considered(user, proposal, now)
                after += self.choose(user, proposal, best(standing), now) if standing else self.silent(user, proposal, silence, now)
        marketing = [p for p in in_order if p["message"]["kind"] == "marketing"]
        considered = [(p, *self.considered(user, p, now)) for p in marketing]
        survivors = [(p, best(standing)) for p, standing, _ in considered if standing]
        winner, code = self.picked(user, survivors, now)
        for proposal, standing, silence in considered:
            if not standing:
                after += self.silent(user, proposal, silence, now)
            elif code == "held_out" or proposal is not winner:
                after += self.silent(user, proposal, (code if code == "held_out" else "outranked", None), now)
            elif code:
                after += self.silent(user, proposal, (code, None), now)
            else:
                after += self.choose(user, proposal, best(standing), now)
        return after

    def picked(self, user, survivors, now):
        """(the winner, why it is silent all the same)."""
        if not survivors:
            return None, ""
        holdout = memory.policy_of(self.playbook, "holdout")
        if holdout:
            expose(user, now)
            if draws.is_held_out(self.playbook["salt"], user["bucket"], holdout["share"]):
                return None, "held_out"
        winner, _ = min(survivors, key=lambda pair: (
            -worth_of(pair[0]["message"]), -pair[0]["message"]["priority"], pair[1]["at"], pair[0]["message"]["message"],
            pair[0]["run"]["journey"], pair[0]["run"]["key"], pair[0]["run"]["entry"],
        ))
        return winner, "" if worth_of(winner["message"]) > 0 else "not_worth_it"

    def considered(self, user, proposal, now):
        """(candidates that stand, None) or ([], (code, until) of the first candidate)."""
        candidates = self.expanded(user, proposal, now)
        for candidate in candidates:
            candidate["said"] = self.objections(user, proposal, candidate["channel"], candidate["at"], now)
        free = [c for c in candidates if not c["said"]]
        if free:
            return free, None
        displacing = [c for c in candidates if self.may_displace(user, proposal, c, now)]     # question 9
        if displacing:
            return displacing, None
        for candidate in candidates:
            self.move(user, proposal, candidate, now)
        free = [c for c in candidates if not c["said"]]
        if free:
            return free, None
        said = candidates[0]["said"]                                    # question 10
        return [], (said[0][0], latest(said))

    def expanded(self, user, proposal, now):
        channels = [c for c in proposal["message"]["channels"] if c not in proposal["without"]]
        made = []
        hours = ()
        if memory.policy_of(self.playbook, "hours"):
            zone = memory.zones(user, self.playbook, now)[0]
            hours = clocks.whole_hours(now, proposal["deadline"], zone)
        for place, channel in enumerate(channels):
            made += [{"channel": channel, "place": place, "at": at, "displaces": []} for at in (now, *hours)]
        return made

    def move(self, user, proposal, candidate, now):
        """To the first instant at which nobody objects, in at most 8 moves (question 11)."""
        for _ in range(ROUNDS):
            to = latest(candidate["said"])
            if not candidate["said"] or to is None or to >= proposal["deadline"]:
                return
            candidate["at"] = to
            candidate["said"] = self.objections(user, proposal, candidate["channel"], to, now)

    def may_displace(self, user, proposal, candidate, now):
        """Whether reservations worth clearly less are all that is in the way; notes which of them would go."""
        planned = [p for p in user["pending"] if p["state"] == "planned" and p["message"]["kind"] == "marketing"]
        if self.asked(user, proposal, candidate, now, {p["id"] for p in planned}):
            return False
        gone = []
        for pending in sorted(planned, key=lambda p: (p["worth"], -p["at"], p["id"])):
            said = self.asked(user, proposal, candidate, now, {p["id"] for p in gone})
            if not said:
                break
            if any(self.is_in_the_way(user, pending, candidate, policy, now) for _, _, policy in said):
                gone.append(pending)
        candidate["displaces"] = gone
        arbitration = memory.policy_of(self.playbook, "arbitration")
        margin = arbitration["margin"] if arbitration else 0
        worth = worth_of(proposal["message"])
        is_transactional = proposal["message"]["kind"] == "transactional"
        return is_transactional or worth * 1_000_000 > sum(p["worth"] for p in gone) * (1_000_000 + margin)

    def asked(self, user, proposal, candidate, now, gone):
        return self.objections(user, proposal, candidate["channel"], candidate["at"], now, without_planned=tuple(gone))

    def is_in_the_way(self, user, pending, candidate, policy, now):
        """Whether the reservation is one of those that this objecting policy counts together with the candidate."""
        if policy["policy"] != "fatigue" and not gates.is_counted(policy, pending):
            return False
        if policy["within"] in ("day", "week"):
            zone = memory.zones(user, self.playbook, now)[0]
            buckets = [clocks.bucket_of(at, policy["within"], zone) for at in (pending["at"], candidate["at"])]
            return buckets[0] == buckets[1]
        return abs(pending["at"] - candidate["at"]) < policy["within"]

    # Outcomes

    def silent(self, user, proposal, silence, now):
        run = proposal["run"]
        if not proposal["is_again"]:
            code, until = silence
            decision = self.decision(user, proposal, now, chosen=None, code=code, until=until)
            run["decision"] = decision["id"]
            self.end(user, decision["id"], "not_sent", code, now, until)
        return self.moved_on(user, run, "not_sent", since=now, now=now)

    def decision(self, user, proposal, now, *, chosen, code, until):
        run = proposal["run"]
        made = {
            "id": draws.decision_id(user["user"], run["journey"], run["key"], run["entry"], run["step"], now),
            "user": user["user"], "journey": run["journey"], "key": run["key"], "entry": run["entry"], "step": run["step"],
            "due": now, "message": proposal["message"]["message"], "chosen": chosen, "code": code, "until": until,
        }
        self.out["decisions"].append(made)
        return made

    def choose(self, user, proposal, candidate, now):
        message, run = proposal["message"], proposal["run"]
        if len(message["variants"]) > 1:
            expose(user, now)
        variant = draws.variant_of(self.playbook["salt"], message["message"], user["bucket"], message["variants"])
        chosen = {"channel": candidate["channel"], "at": candidate["at"], "variant": variant}
        decision = self.decision(user, proposal, now, chosen=chosen, code="chosen", until=None)
        run["decision"] = decision["id"]
        after = []
        for pending in candidate["displaces"]:
            freed = self.close(user, pending, "not_sent", "displaced", now)
            after += self.moved_on(user, freed, "not_sent", since=now, now=now)
        pending = {
            "id": decision["id"], "at": candidate["at"], "state": "planned", "message": message,
            "channel": candidate["channel"], "topic": message["topic"], "variant": variant, "counts": message["counts"],
            "worth": worth_of(message), "journey": run["journey"], "key": run["key"], "entry": run["entry"],
            "step": run["step"], "deadline": proposal["deadline"], "rounds": proposal["rounds"], "recalled": "",
            "without": proposal["without"], "was_in_session": memory.session_end(user, self.playbook, now) is not None,
        }
        user["pending"].append(pending)
        if candidate["at"] == now:
            self.claim(user, pending, now)
        return after

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
                after = {"now": now, "lateness": self.lateness, "or_at": True}
                if memory.known_exit(other, run["journey"], run["key"], run["entry"], **after):
                    lost.append((run, "exited"))
        living = [run for run in kept["runs"] + gone["runs"] if not any(run is other for other, _ in lost)]
        for mine in [run for run in kept["runs"] if any(run is other for other in living)]:
            for other in [run for run in gone["runs"] if any(run is one for one in living)]:
                if (mine["journey"], mine["key"]) == (other["journey"], other["key"]):
                    lost.append((other if mine["entry"] <= other["entry"] else mine, "merged"))
        for name in ("arrived", "exits", "runs", "entries", "sent", "pending", "suppressed"):
            kept[name] = kept[name] + gone[name]
        kept["entries"] = united(kept["entries"])
        kept["consents"] = memory.stricter(kept["consents"], gone["consents"])
        for name, ends in gone["fired"].items():
            kept["fired"].setdefault(name, []).extend(ends)
        if gone["exposed_at"] is not None and (kept["exposed_at"] is None or gone["exposed_at"] < kept["exposed_at"]):
            kept.update(bucket=gone["bucket"], exposed_at=gone["exposed_at"])
        kept["seq"] = max(item["seq"], kept["seq"], gone["seq"])
        del self.users[item["from"]]
        for run, code in sorted(lost, key=lambda pair: (pair[0]["journey"], pair[0]["key"], pair[0]["entry"])):
            self.end_run(kept, run, code, now)
        self.fire(kept, now)


def remove(several, one):
    """Take out this very one, not one like it."""
    place = next(place for place, other in enumerate(several) if other is one)
    del several[place]


def united(entries):
    """Two users may have had the same (journey, key, entry): it is one from then on."""
    by_name = {}
    for entry in entries:
        known = by_name.setdefault((entry["journey"], entry["key"], entry["entry"]), entry)
        if known is not entry:
            known["sent"] = known["sent"] + entry["sent"]
            goals = [goal for goal in (known["goal"], entry["goal"]) if goal is not None]
            known["goal"] = max(goals, default=None)
    return list(by_name.values())


def is_of(pending, run):
    return all(pending[name] == run[name] for name in ("journey", "key", "entry"))


def pendings_in_order(user):
    return sorted(user["pending"], key=lambda p: (p["journey"], p["key"], p["entry"]))


def expose(user, now):
    """The first draw that mattered was now, if there was none before (question 12)."""
    if user["exposed_at"] is None:
        user["exposed_at"] = now


def worth_of(message):
    """In millionths: stated, or a hundredth of the priority."""
    return message["worth"] if message["worth"] is not None else message["priority"] * 10_000


def latest(said):
    """The latest ``until``, if every objection has one."""
    untils = [until for _, until, _ in said]
    return None if not untils or None in untils else max(untils)


def best(standing):
    """All candidates of a message are worth the same: the earliest, then the channel liked most."""
    return min(standing, key=lambda candidate: (candidate["at"], candidate["place"]))
