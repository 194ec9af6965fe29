"""Stops, receipts and pending decisions at their instant: a part of the oracle (kernel.md, Deciding, its end)."""

from tests.oracle import clocks, gates, memory
from tests.oracle.lists import is_of, pendings_in_order, remove

ROUNDS = 8
CLAIM = 60_000


def rank(pending):
    """The best first."""
    return (
        *(-pending["worth"], -pending["message"]["priority"], pending["entry"]),
        *(pending["message"]["message"], pending["journey"], pending["key"]),
    )


class Receipts:
    def stop(self, user, event, now):
        """A stop asks at once whether what is open may still be sent."""
        takes_away = False in event["context"].get("consent", {}).values()
        is_stop = event["name"] in memory.STOPS or takes_away
        return self.ask_rights(user, now) if is_stop and not event["is_history"] else []

    def ask_rights(self, user, now):
        """End or recall what consent or suppression refuse by now; answers what the runs propose next."""
        proposals = []
        for pending in pendings_in_order(user):
            code = self.refusal(user, pending, now)
            if code is None:
                continue
            if pending["state"] != "planned":
                self.call_back(pending, code)
            if pending["state"] != "claimed":
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
            user["sent"].append(
                {
                    "at": event["at"],
                    "id": "",
                    "channel": said.get("channel", ""),
                    "topic": said.get("topic", ""),
                    "counts": said.get("counts", True),
                    "is_noticed": False,
                }
            )
        if name in memory.ENGAGEMENTS:
            self.notice(user, event)
        is_receipt = name in ("Message Sent", "Message Failed", "Message Unknown", "Attempt Lapsed", "In-App Shown")
        return pending if is_receipt else None

    def notice(self, user, event):
        """The message with the decision's id; without one, the newest sent on the channel by then."""
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
        at = max(event["at"], pending["at"])
        match event["name"], pending["state"]:
            case ("Message Sent", "claimed"):
                end = memory.session_end(user, self.playbook, pending["at"], now)
                if pending["recalled"] and self.awaits_shown(pending):
                    self.out["recalls"].append({"decision": pending["id"], "code": pending["recalled"]})
                    run = self.close(user, pending, "not_sent", pending["recalled"], at)
                    return self.moved_on(user, run, "not_sent", since=at, now=now)
                if end is not None and self.awaits_shown(pending):
                    pending.update(state="shown_awaited", session_end=max(end, now))
                    return []
                return self.accepted(user, pending, "sent", at, now)
            case ("In-App Shown", _):
                return self.accepted(user, pending, "sent", at, now, is_noticed=True)
            case ("Message Unknown", "claimed"):
                return self.accepted(user, pending, "unknown", at, now)
            case ("Message Failed", "claimed"):
                run = self.close(user, pending, "not_sent", event["properties"].get("code", "failed"), at)
                return self.moved_on(user, run, "not_sent", since=at, now=now)
            case ("Attempt Lapsed", "claimed"):
                if pending["recalled"]:
                    run = self.close(user, pending, "not_sent", pending["recalled"], at)
                    return self.moved_on(user, run, "not_sent", since=at, now=now)
                pending.update(state="planned", at=now)
                return self.ask_pending(user, pending, now)
        return []

    def awaits_shown(self, pending):
        """Whether it spoke into a session instead of another channel, which takes over if nobody saw it."""
        policy, message = memory.policy_of(self.playbook, "in_session"), self.newest(pending["message"])
        if policy is None or message["kind"] != "marketing":
            return False
        return pending["channel"] in policy["speak_on"] and bool(set(message["channels"]) - set(policy["speak_on"]))

    def accepted(self, user, pending, outcome, at, now, is_noticed=False):
        user["sent"].append(
            {
                "at": at,
                "id": pending["id"],
                "channel": pending["channel"],
                "topic": pending["topic"],
                "counts": pending["counts"],
                "is_noticed": is_noticed,
            }
        )
        past = self.past(user, pending["journey"], pending["key"])
        past["sent"] = at if past["sent"] is None else max(at, past["sent"])
        run = self.close(user, pending, outcome, outcome, at)
        return self.moved_on(user, run, outcome, since=at, now=now)

    def close(self, user, pending, outcome, code, at):
        """End the decision; answers the run that has been waiting for it, if it still goes on."""
        remove(user["pending"], pending)
        self.end(user, pending["id"], outcome, code, at, None)
        return next((r for r in user["runs"] if is_of(pending, r) and r["decision"] == pending["id"]), None)

    def end(self, user, decision, outcome, code, at, until):
        self.out["endings"].append(
            {"decision": decision, "user": user["user"], "outcome": outcome, "code": code, "at": at, "until": until}
        )

    def moved_on(self, user, run, outcome, *, since, now):
        if run is None:
            return []
        step = run["definition"]["flat"][run["step"]]
        silent = step.get("not_sent", "continue") if outcome in ("not_sent", "expired") else "continue"
        run.update(since=since, is_from_send=True)
        if silent == "end":
            return self.finish(user, run, now)
        run["step"] = run["step"] + 1 if silent == "continue" else silent
        return self.proceed(user, run, now)

    # Pending decisions at their instant

    def ask_pending(self, user, pending, now):
        if pending["state"] == "shown_awaited":
            return self.ask_shown(user, pending, now)
        pending["message"] = self.newest(pending["message"])
        said = self.objections(user, pending, pending["channel"], pending["at"], now, own=pending["id"])
        if not said:
            self.claim(user, pending, now)
            return []
        if any(code == "too_late" for code, _, _ in said):
            run = self.close(user, pending, "expired", "too_late", now)
            return self.moved_on(user, run, "expired", since=now, now=now)
        run = self.close(user, pending, "not_sent", said[0][0], now)
        return self.again(user, run, pending, pending["without"], now)

    def queue(self, user, due):
        """Of what is planned for the end of a night and free to go, the best goes; the others end."""
        free = []
        for pending in pendings_in_order(user):
            if (pending["state"], pending["at"], pending["message"]["kind"]) == ("planned", due, "marketing"):
                pending["message"] = self.newest(pending["message"])
                if not self.objections(user, pending, pending["channel"], due, due, own=pending["id"]):
                    free.append(pending)
        free.sort(key=rank)
        zones, proposals = memory.zones(user, self.playbook, due), []
        for policy in self.playbook["policies"]:
            taken = set()
            for pending in [p for p in free if policy in gates.nights(self.playbook, p["channel"])]:
                group = gates.group_of(policy, pending["topic"])
                if group in taken and gates.is_end(policy, due, zones):
                    free.remove(pending)
                    run = self.close(user, pending, "not_sent", "queued_out", due)
                    proposals += self.moved_on(user, run, "not_sent", since=due, now=due)
                taken.add(group)
        return proposals

    def ask_shown(self, user, pending, now):
        end = memory.session_end(user, self.playbook, now)
        if end is not None and end > now:
            pending["session_end"] = end
            return []
        self.call_back(pending, "not_shown")
        run = self.close(user, pending, "not_sent", "not_shown", now)
        return self.again(user, run, pending, (*pending["without"], "in_app"), now)

    def newest(self, message):
        """The message as the newest version has it."""
        return self.messages.get(message["message"], message)

    def again(self, user, run, pending, without, now):
        """The proposal of a decision that just ended unsent, to be decided once more."""
        if run is None:
            return []
        if pending["rounds"] >= ROUNDS or now >= pending["deadline"]:
            return self.moved_on(user, run, "not_sent", since=now, now=now)
        return [
            {
                "run": run,
                "message": self.newest(pending["message"]),
                "rounds": pending["rounds"] + 1,
                "without": without,
                "is_again": True,
                "deadline": pending["deadline"],
            }
        ]

    def claim(self, user, pending, now):
        delivery = self.newest(pending["message"]).get("delivery", "once")
        pending.update(state="claimed", at=now, may_repeat=delivery == "at_least_once")
        expires = min(now + CLAIM, pending["deadline"])
        if pending["message"]["kind"] == "marketing":
            for policy in self.playbook["policies"]:
                if policy["policy"] == "quiet_hours" and pending["channel"] in gates.channels_of(policy):
                    zones = memory.zones(user, self.playbook, now)
                    expires = clocks.quiet_begins(now, policy["from"], policy["to"], zones, expires)
        self.out["attempts"].append(
            {
                "decision": pending["id"],
                "user": user["user"],
                "message": pending["message"]["message"],
                "variant": pending["variant"],
                "channel": pending["channel"],
                "at": now,
                "expires": expires,
                "deadline": pending["deadline"],
                "delivery": delivery,
            }
        )
