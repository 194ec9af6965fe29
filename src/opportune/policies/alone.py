"""One proposal without rivals, picked without groups and chances: what ``outcomes`` finds, found sooner.

Most slates are a single proposal under the picks that are shipped, and for these the groups have one member each.
"""

from collections.abc import Sequence

from opportune.draws import draw
from opportune.policies.arbitration import Arbitration
from opportune.policies.channel_choice import ChannelChoice
from opportune.policies.decision import Chosen
from opportune.policies.holdout import Holdout
from opportune.policies.slate import Decided, Weighed, joint, pick_between, silent
from opportune.policies.variants import Variants
from opportune.policies.verbs import Group, Pick
from opportune.policies.view import View
from opportune.units import ONE

_KNOWN = (Holdout, Arbitration, ChannelChoice, Variants)
_WORDINGS = Variants()


def can_pick_alone(picks: Sequence[Pick]) -> bool:
    """Whether ``outcome_alone`` knows all of these picks; subclasses may mean something else."""
    return all(type(pick) in _KNOWN for pick in picks)


def outcome_alone(picks: Sequence[Pick], weighed: Weighed, view: View) -> Decided:
    """The outcome of the only proposal of a slate."""
    stands, message, chance = weighed.stands, weighed.proposal.message, ONE
    if not stands:
        return silent(weighed, weighed.fallen.code, until=weighed.fallen.until)
    best = stands[0] if len(stands) == 1 else min(stands, key=lambda each: (-each.extra, each.candidate.at))
    worth = weighed.worth + best.extra
    for pick in picks if message.kind == "marketing" else ():
        if isinstance(pick, Holdout):
            is_out = draw(*pick.names(best.candidate, view)) < pick.share
            chance = joint(chance, pick.share if is_out else ONE - pick.share)
            if is_out:
                return silent(weighed, "held_out", propensity=chance)
        elif isinstance(pick, Arbitration) and worth <= 0:
            return silent(weighed, "not_worth_it", propensity=chance)
    variant = message.variants[0]
    if len(message.variants) > 1:
        groups = [Group(name, weighed.worth, best.candidate) for name in sorted(message.variants)]
        variant, share = pick_between(_WORDINGS, groups, view)
        chance = joint(chance, share)
    chosen = Chosen(best.candidate.channel, variant, best.candidate.at)
    return Decided(weighed.proposal, chosen, "chosen", None, worth, chance, weighed.verdicts, best.displaces)
