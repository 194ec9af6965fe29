"""One slate decided, in plain form: what stands, what gives way, what moves, what is picked.

This is the meaning; ``pipeline`` adds generated code for the first step only, and is tested against this file.
"""

from collections.abc import Sequence

from msgspec import Struct

from opportune.draws import draw
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.decision import Chosen, Verdict
from opportune.policies.send_pick import SendPick
from opportune.policies.timing import Timing
from opportune.policies.verbs import SILENCE, Gate, Group, Pick, Reason
from opportune.policies.view import View
from opportune.units import ONE, Instant, Micros, Scalar

MOST_ROUNDS = 8
"""How often a proposal may be moved, or decided again, before it falls silent (R8)."""


class Proposal(Struct, frozen=True, gc=False):
    """One run's wish to say one message, as of the slate's instant."""

    journey: str
    version: str
    key: str
    entry: Instant
    step: int
    message: Message
    deadline: Instant
    without: tuple[str, ...] = ()
    """Channels that have been tried in vain."""
    rounds: int = 0
    kept: dict[str, Scalar] = {}
    """What the run kept of its entry event."""


class Standing(Struct, frozen=True, gc=False):
    """A candidate no gate objects to, once the decisions in ``displaces`` have ended."""

    candidate: Candidate
    displaces: tuple[str, ...] = ()
    extra: Micros = 0
    """What scores that read more than the message add to its worth."""


class Weighed(Struct, gc=False):
    """What gates and scores made of one proposal."""

    proposal: Proposal
    worth: Micros
    """Of the message; that of a candidate is this and its extra."""
    stands: list[Standing]
    verdicts: list[Verdict]
    fallen: Reason
    """Why nothing stands, if nothing does."""


class Decided(Struct, gc=False):
    """What became of one proposal."""

    proposal: Proposal
    chosen: Chosen | None
    code: str
    until: Instant | None
    worth: Micros
    propensity: Micros
    verdicts: list[Verdict]
    displaces: tuple[str, ...] = ()
    timing: Timing | None = None


class Refused(Struct, frozen=True, gc=False):
    """A candidate at its first instant, and who objects to it there."""

    candidate: Candidate
    against: list[tuple[Gate, Reason]]

    @property
    def may_displace(self) -> bool:
        """Whether every objection might go with the decisions it comes from."""
        return all(why.blockers for _, why in self.against)


def objections(gates: Sequence[Gate], candidate: Candidate, view: View) -> list[tuple[Gate, Reason]]:
    """Every gate that objects, in the pipeline's order, with its reason."""
    view = beside(gates, candidate, view)
    found = []
    for gate in gates:
        if gate.binds(candidate.message, candidate.channel):
            reason = gate.objection(candidate, view)
            if reason is not None:
                found.append((gate, reason))
    return found


def beside(gates: Sequence[Gate], candidate: Candidate, view: View) -> View:
    """The view without the planned decisions that will not go out if the candidate does."""
    if not view.ledger.pending:
        return view
    rivals = frozenset[str]()
    for gate in gates:
        if gate.has_rivals and gate.binds(candidate.message, candidate.channel):
            rivals = rivals.union(gate.rivals(candidate, view))
    return view.excluding(rivals) if rivals else view


def latest_until(reasons: Sequence[Reason]) -> Instant | None:
    """The first instant at which none of these reasons is sure to hold; None if one of them holds for good."""
    latest = 0
    for reason in reasons:
        if reason.until is None:
            return None
        latest = max(latest, reason.until)
    return latest


def verdicts_of(against: Sequence[tuple[Gate, Reason]], candidate: Candidate) -> list[Verdict]:
    """The same as records."""
    channel, at = candidate.channel, candidate.at
    return [Verdict(gate.name, channel, at, why.code, why.until, why.needs) for gate, why in against]


def displacing(
    gates: Sequence[Gate], refused: Refused, view: View, *, worth: Micros, margin: Micros
) -> Standing | None:
    """The candidate as one that displaces planned decisions, cheapest first, if worth more by the margin (R10)."""
    planned = {each.id: each for each in view.ledger.pending}
    candidate, against = refused.candidate, refused.against
    ended: list[str] = []
    while against:
        if any(not why.blockers for _, why in against):
            return None
        cheapest = min(
            (planned[each] for _, why in against for each in why.blockers),
            key=lambda pending: (pending.worth, -pending.at, pending.id),
        )
        ended.append(cheapest.id)
        against = objections(gates, candidate, view.excluding(frozenset(ended)))
    price = sum(planned[each].worth for each in ended)
    if candidate.message.kind == "transactional" or worth * ONE > price * (ONE + margin):
        return Standing(candidate, tuple(ended))
    return None


def moved(gates: Sequence[Gate], refused: Refused, view: View, verdicts: list[Verdict]) -> Standing | Reason:
    """The candidate at the first instant at which every gate allows it, if that lies before its deadline (R8).

    Else why not, where it was asked last: the first objection, and when all of them might be gone.
    """
    candidate, against, moves = refused.candidate, refused.against, 0
    while against:
        if candidate.at != view.now:
            verdicts.extend(verdicts_of(against, candidate))
        at = latest_until([why for _, why in against])
        if at is None or at >= candidate.deadline or moves == MOST_ROUNDS:
            return Reason(against[0][1].code, at)
        candidate = Candidate(candidate.message, candidate.channel, at, candidate.deadline)
        against = objections(gates, candidate, view)
        moves += 1
    return Standing(candidate)


def pick_between(
    pick: Pick, groups: Sequence[Group], view: View, chances: dict[str, Micros] | None = None
) -> tuple[str, Micros]:
    """The name of the group drawn, or SILENCE, and the chance it had; ``chances`` where they are known already."""
    chances = pick.chances(groups, view) if chances is None else chances
    if len(chances) == 1:
        ((name, chance),) = chances.items()
        return name, chance
    left = draw(*pick.names(groups[0].best, view))
    for name, chance in chances.items():
        left -= chance
        if left < 0:
            return name, chance
    raise AssertionError(f"{pick.name}: chances sum to less than 1_000_000")


def joint(first: Micros, second: Micros) -> Micros:
    """The chance of two independent draws, in whole millionths, halves to the even neighbour."""
    whole, rest = divmod(first * second, ONE)
    return whole + (1 if rest * 2 > ONE or (rest * 2 == ONE and whole % 2) else 0)


def best_worth(weighed: Weighed) -> Micros:
    """The worth of the proposal's best candidate; of the message if none stands."""
    return weighed.worth + max((each.extra for each in weighed.stands), default=0)


def silent(weighed: Weighed, code: str, *, propensity: Micros = ONE, until: Instant | None = None) -> Decided:
    """Nothing is said of this proposal, for this reason."""
    return Decided(weighed.proposal, None, code, until, best_worth(weighed), propensity, weighed.verdicts)


def outcomes(picks: Sequence[Pick], weighed: Sequence[Weighed], view: View) -> list[Decided]:
    """One outcome for each proposal, in their order; at most one of them is chosen."""
    decided = {
        place: silent(each, each.fallen.code, until=each.fallen.until)
        for place, each in enumerate(weighed)
        if not each.stands
    }
    rivals = [place for place in range(len(weighed)) if place not in decided]
    chance = ONE
    for pick in picks:
        if rivals and pick.between in ("slate", "proposals"):
            kept, share, codes = _contest(pick, weighed, rivals, view)
            chance = joint(chance, share)
            decided |= {r: silent(weighed[r], codes[r], propensity=chance) for r in rivals if r not in kept}
            rivals = kept
    for r in rivals:
        decided[r] = _worded(picks, weighed[r], view, chance)
    return [decided[place] for place in range(len(weighed))]


def _contest(
    pick: Pick, weighed: Sequence[Weighed], rivals: Sequence[int], view: View
) -> tuple[list[int], Micros, dict[int, str]]:
    """Which rivals are left after a pick over slate or proposals, its chance, and the code of each that lost."""
    if pick.between == "slate":
        best = weighed[rivals[0]].stands[0].candidate
        drawn, share = pick_between(pick, [Group("slate", max(best_worth(weighed[r]) for r in rivals), best)], view)
        return ([] if drawn == SILENCE else list(rivals)), share, dict.fromkeys(rivals, pick.codes[0])
    groups = [_group(str(r), weighed[r]) for r in sorted(rivals, key=lambda r: _tie(weighed[r].proposal))]
    drawn, share = pick_between(pick, groups, view)
    worthless, outranked = pick.codes
    codes = {r: worthless if drawn == SILENCE or best_worth(weighed[r]) <= 0 else outranked for r in rivals}
    return ([] if drawn == SILENCE else [int(drawn)]), share, codes


def _worded(picks: Sequence[Pick], weighed: Weighed, view: View, chance: Micros) -> Decided:
    """The winner with channel, instant and wording chosen."""
    stands, message, variant = weighed.stands, weighed.proposal.message, ""
    timing = None
    for pick in picks:
        if not pick.binds(message, stands[0].candidate.channel):
            continue
        if pick.between == "candidates" and (len(stands) > 1 or isinstance(pick, SendPick)):
            groups = [
                Group(str(place), weighed.worth + each.extra, each.candidate) for place, each in enumerate(stands)
            ]
            chances = None
            if isinstance(pick, SendPick):
                timing = pick.timing(groups, view)
                chances = {each.name: slot.chance for each, slot in zip(groups, timing.slots, strict=True)}
            drawn, share = pick_between(pick, groups, view, chances)
            stands, chance = [stands[int(drawn)]], joint(chance, share)
        elif pick.between == "variants":
            groups = [Group(name, weighed.worth, stands[0].candidate) for name in sorted(message.variants)]
            variant, share = pick_between(pick, groups, view)
            chance = joint(chance, share)
    best = stands[0]
    chosen = Chosen(best.candidate.channel, variant, best.candidate.at)
    return Decided(
        *(weighed.proposal, chosen, "chosen", None, weighed.worth + best.extra, chance, weighed.verdicts),
        *(best.displaces, timing),
    )


def _group(name: str, weighed: Weighed) -> Group:
    best = min(weighed.stands, key=lambda each: (-each.extra, each.candidate.at))
    return Group(name, weighed.worth + best.extra, best.candidate)


def _tie(proposal: Proposal) -> tuple[str, str, str, Instant]:
    return proposal.message.name, proposal.journey, proposal.key, proposal.entry
