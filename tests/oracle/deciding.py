"""One slate: a part of the oracle (kernel.md, Deciding)."""

from tests.oracle import clocks, draws, gates, memory
from tests.oracle.lists import best, expose, is_of, latest, remove, worth_of
from tests.oracle.receipts import ROUNDS


class Deciding:
    def objections(self, user, proposal, channel, at, now, own=None, without_planned=()):
        without = proposal["without"]
        return gates.objections(
            user,
            self.playbook,
            message=proposal["message"],
            channel=channel,
            at=at,
            deadline=proposal["deadline"],
            now=now,
            own=own,
            without_planned=without_planned,
            channels=[c for c in proposal["message"]["channels"] if c not in without],
        )

    def slate(self, user, now, proposals):
        """Decide all of these as of ``now``; answers what the runs propose next."""
        after = []
        in_order = sorted(proposals, key=lambda p: (p["run"]["journey"], p["run"]["key"], p["run"]["entry"]))
        for proposal in in_order:
            if proposal["message"]["kind"] == "transactional":
                standing, silence = self.considered(user, proposal, now)
                after += (
                    self.choose(user, proposal, best(standing), now)
                    if standing
                    else self.silent(user, proposal, silence, now)
                )
        marketing = [p for p in in_order if p["message"]["kind"] == "marketing"]
        considered = [(p, *self.considered(user, p, now)) for p in marketing]
        survivors = [(p, best(standing)) for p, standing, _ in considered if standing]
        winner, code = self.picked(user, survivors, now)
        for proposal, standing, silence in considered:
            if not standing:
                after += self.silent(user, proposal, silence, now)
            elif code == "held_out":
                after += self.silent(user, proposal, (code, None), now)
            elif worth_of(proposal["message"]) <= 0:
                after += self.silent(user, proposal, ("not_worth_it", None), now)
            elif proposal is not winner:
                after += self.silent(user, proposal, ("outranked", None), now)
            else:
                after += self.choose(user, proposal, best(standing), now)
        return after

    def picked(self, user, survivors, now):
        """(the winner among those worth more than silence, or None; why all of them are silent)."""
        if not survivors:
            return None, ""
        holdout = memory.policy_of(self.playbook, "holdout")
        if holdout:
            expose(user, now)
            if draws.is_held_out(self.playbook["salt"], user["bucket"], holdout["share"]):
                return None, "held_out"
        ranked = sorted(
            (pair for pair in survivors if worth_of(pair[0]["message"]) > 0),
            key=lambda pair: (
                -worth_of(pair[0]["message"]),
                -pair[0]["message"]["priority"],
                pair[1]["at"],
                pair[0]["message"]["message"],
                pair[0]["run"]["journey"],
                pair[0]["run"]["key"],
                pair[0]["run"]["entry"],
            ),
        )
        return ranked[0][0] if ranked else None, ""

    def considered(self, user, proposal, now):
        """(candidates that stand, None) or ([], (code, until) of the first candidate)."""
        candidates = self.expanded(user, proposal, now)
        for candidate in candidates:
            candidate["said"] = self.objections(user, proposal, candidate["channel"], candidate["at"], now)
        free = [c for c in candidates if not c["said"]]
        if free:
            return free, None
        candidates = [c for c in candidates if c["at"] == now]
        displacing = [c for c in candidates if self.may_displace(user, proposal, c, now)]
        if displacing:
            return displacing, None
        there = [c for c in candidates if not {code for code, _, _ in c["said"]} & {"not_in_session", "no_address"}]
        for candidate in candidates:
            self.move(user, proposal, candidate, now)
        free = [c for c in candidates if not c["said"]]
        if free:
            return free, None
        said = next((c["said"] for c in there if c["is_first"]), candidates[0]["said"])
        return [], (said[0][0], latest(said))

    def expanded(self, user, proposal, now):
        channels = [c for c in proposal["message"]["channels"] if c not in proposal["without"]]
        made = []
        hours = ()
        policy = memory.policy_of(self.playbook, "hours")
        if policy and proposal["message"]["kind"] == "marketing":
            zone = memory.zones(user, self.playbook, now)[0]
            hours = clocks.whole_hours(now, proposal["deadline"], zone)[: policy.get("slots", 24) - 1]
        for place, channel in enumerate(channels):
            made += [
                {"channel": channel, "place": place, "at": at, "displaces": [], "is_first": at == now}
                for at in (now, *hours)
            ]
        return made

    def move(self, user, proposal, candidate, now):
        """To the first instant at which nobody objects, in at most 8 moves."""
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
            ids = {p["id"] for p in (pending, *gone)}
            taken = [e for e in gates.reserved(user) if e["id"] not in ids or not e["id"]]
            zone = memory.zones(user, self.playbook, now)[0]
            if any(gates.shares_a_full_window(p, pending, taken, candidate["at"], zone) for _, _, p in said):
                gone.append(pending)
        arbitration = memory.policy_of(self.playbook, "arbitration")
        margin = arbitration["margin"] if arbitration else 200_000
        worth = worth_of(proposal["message"])
        is_transactional = proposal["message"]["kind"] == "transactional"
        price = sum(p["worth"] for p in gone)
        may = is_transactional or worth * 1_000_000 > price * (1_000_000 + margin)
        candidate["displaces"] = gone if may else []
        return may

    def asked(self, user, proposal, candidate, now, gone):
        return self.objections(user, proposal, candidate["channel"], candidate["at"], now, without_planned=tuple(gone))

    # Other zones

    def replan(self, user, now):
        """Every planned marketing decision, earliest first, is decided again alone; what comes out the same stays."""
        planned = [
            p
            for p in sorted(user["pending"], key=lambda p: (p["at"], p["journey"], p["key"], p["entry"]))
            if (p["state"] == "planned" and p["message"]["kind"] == "marketing" and p["rounds"] < ROUNDS / 2)
            and any(is_of(p, run) for run in user["runs"])
        ]
        for pending in planned:
            remove(user["pending"], pending)
        after = []
        for pending in planned:
            run = next(r for r in user["runs"] if is_of(pending, r))
            [proposal] = self.again(user, run, pending, pending["without"], now)
            standing, silence = self.considered(user, proposal, now)
            winner, code = self.picked(user, [(proposal, best(standing))] if standing else [], now)
            if winner and not self.is_other(user, pending, proposal, best(standing)):
                user["pending"].append(pending)
            elif winner:
                self.end(user, pending["id"], "not_sent", "replanned", now, None)
                after += self.choose(user, proposal, best(standing), now)
            else:
                code, until = (code or "not_worth_it", None) if standing else silence
                outcome = "expired" if code == "too_late" else "not_sent"
                self.end(user, pending["id"], outcome, code, now, until)
                after += self.moved_on(user, run, outcome, since=now, now=now)
        return after

    def is_other(self, user, pending, proposal, candidate):
        message = proposal["message"]
        variant = draws.variant_of(self.playbook["salt"], message["message"], user["bucket"], message["variants"])
        planned = pending["channel"], pending["at"], pending["variant"]
        return planned != (candidate["channel"], candidate["at"], variant)

    # Outcomes

    def silent(self, user, proposal, silence, now):
        run = proposal["run"]
        run["has_acted"] = True
        if not proposal["is_again"]:
            code, until = silence
            decision = self.decision(user, proposal, now, chosen=None, code=code, until=until)
            self.end(user, decision["id"], "not_sent", code, now, until)
        return self.moved_on(user, run, "not_sent", since=now, now=now)

    def decision(self, user, proposal, now, *, chosen, code, until):
        run = proposal["run"]
        run["has_acted"] = True
        name = (user["user"], run["journey"], run["key"], run["entry"], run["step"], now, proposal["rounds"])
        made = {
            "id": draws.decision_id(*name),
            "user": user["user"],
            "journey": run["journey"],
            "key": run["key"],
            "entry": run["entry"],
            "step": run["step"],
            "due": now,
            "message": proposal["message"]["message"],
            "chosen": chosen,
            "code": code,
            "until": until,
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
            "id": decision["id"],
            "at": candidate["at"],
            "state": "planned",
            "message": message,
            "channel": candidate["channel"],
            "topic": message["topic"],
            "variant": variant,
            "counts": message["counts"],
            "worth": worth_of(message),
            "journey": run["journey"],
            "key": run["key"],
            "entry": run["entry"],
            "step": run["step"],
            "deadline": proposal["deadline"],
            "rounds": proposal["rounds"],
            "recalled": "",
            "without": proposal["without"],
        }
        user["pending"].append(pending)
        if candidate["at"] == now:
            self.claim(user, pending, now)
        return after
