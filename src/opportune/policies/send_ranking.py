"""The slots of one choice in order: the user's own best, the baseline, and which of the two is taken and why."""

from collections.abc import Sequence

from msgspec import Struct

from opportune.features.attention_model import AttentionModel
from opportune.policies.timing import Basis, Because
from opportune.policies.user_rhythm import Outlook, Outlooks, urgency
from opportune.policies.verbs import Group
from opportune.policies.view import View


class Ranked(Struct, frozen=True, gc=False):
    """The slots of one choice, and which of them count."""

    groups: Sequence[Group]
    chances: list[float]
    """Of an open, by place in ``groups``."""
    best: int
    baseline: int
    basis: Basis
    because: Because
    gain: float
    deviation: float

    @property
    def aim(self) -> int:
        """What is chosen unless a draw explores."""
        return self.best if self.basis == "learned" else self.baseline


def ranked(groups: Sequence[Group], view: View, known: Outlooks, *, is_control: bool) -> Ranked:
    """The slots of this user; ``groups`` come channel by channel, earliest first."""
    outlooks = [known.of(each.best, view) for each in groups]
    slots = [outlook.slot(each.best.at) for outlook, each in zip(outlooks, groups, strict=True)]
    left = [urgency(each.best, view.now) for each in groups]
    chances = [outlook.chance(outlook.own(slot)) for outlook, slot in zip(outlooks, slots, strict=True)]
    best = max(range(len(groups)), key=lambda place: (groups[place].worth, -groups[place].best.at, -place))
    baseline = _baseline(groups, outlooks, slots)
    gain = chances[best] * left[best] - chances[baseline] * left[baseline]
    deviation = outlooks[best].chance(outlooks[best].deviation(slots[best], slots[baseline]))
    because: Because = "control" if is_control else _because(outlooks[best], known.model, gain, deviation)
    basis: Basis = "learned" if because == "sure_gain" else "baseline"
    return Ranked(groups, chances, best, baseline, basis, because, gain, deviation)


def _because(outlook: Outlook, model: AttentionModel, gain: float, deviation: float) -> Because:
    """The do-no-harm gate."""
    if outlook.rhythm.check_ins + outlook.rhythm.opens < model.fewest:
        return "too_little_known"
    if gain <= 0:
        return "no_gain"
    return "sure_gain" if gain >= model.sureness * deviation else "unsure_gain"


def _baseline(groups: Sequence[Group], outlooks: Sequence[Outlook], slots: Sequence[int]) -> int:
    """The first slot at the baseline's hour, else the one that is best in general; of equals the first channel's."""
    at_hour = [place for place in range(len(groups)) if outlooks[place].is_baseline(slots[place])]
    if at_hour:
        return min(at_hour, key=lambda place: (groups[place].best.at, place))
    usual = [outlook.usual(slot) for outlook, slot in zip(outlooks, slots, strict=True)]
    return max(range(len(groups)), key=lambda place: (round(usual[place], 9), -groups[place].best.at, -place))
