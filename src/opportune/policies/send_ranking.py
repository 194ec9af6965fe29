"""The slots of one choice in order: the user's own best, the baseline, and which of the two is taken and why."""

from collections.abc import Sequence

from msgspec import Struct

from opportune.features.attention_model import AttentionModel
from opportune.policies.send_score import SendScore
from opportune.policies.timing import Basis, Because
from opportune.policies.user_rhythm import Outlook, urgency
from opportune.policies.verbs import Group
from opportune.policies.view import View


class Ranked(Struct, frozen=True, gc=False):
    """The slots of one choice, and which of them count."""

    groups: Sequence[Group]
    there: list[int]
    """The places in ``groups`` of the channel that is taken."""
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


def ranked(groups: Sequence[Group], view: View, score: SendScore, *, is_control: bool) -> Ranked:
    """The slots of this user; ``groups`` come channel by channel, earliest first.

    Hours are compared on one channel: that of most worth moments aside, of equals the first that has an open slot.
    Which of two channels a user would rather hear is nothing that a user's hours can tell.
    """
    known = score.outlooks
    outlooks = [known.of(each.best, view) for each in groups]
    slots = [outlook.slot(each.best.at) for outlook, each in zip(outlooks, groups, strict=True)]
    left = [urgency(each.best, view.now) for each in groups]
    there = _on_one_channel(groups, view, score)
    chances = [outlook.chance(outlook.own(slot)) for outlook, slot in zip(outlooks, slots, strict=True)]
    best = max(there, key=lambda place: (groups[place].worth, -groups[place].best.at))
    baseline = _baseline([(place, outlooks[place], slots[place], left[place]) for place in there])
    gain = chances[best] * left[best] - chances[baseline] * left[baseline]
    deviation = outlooks[best].chance(outlooks[best].deviation(slots[best], slots[baseline]))
    because: Because = "control" if is_control else _because(outlooks[best], known.model, gain, deviation)
    basis: Basis = "learned" if because == "sure_gain" else "baseline"
    return Ranked(groups, there, chances, best, baseline, basis, because, gain, deviation)


def _because(outlook: Outlook, model: AttentionModel, gain: float, deviation: float) -> Because:
    """The do-no-harm gate."""
    if outlook.rhythm.check_ins + outlook.rhythm.opens < model.fewest:
        return "too_little_known"
    if gain <= 0:
        return "no_gain"
    return "sure_gain" if gain >= model.sureness * deviation else "unsure_gain"


def _on_one_channel(groups: Sequence[Group], view: View, score: SendScore) -> list[int]:
    if all(each.best.channel == groups[0].best.channel for each in groups):
        return list(range(len(groups)))
    worths = [each.worth - score.worth(each.best, view) for each in groups]
    first = max(range(len(groups)), key=lambda place: (worths[place], -place))
    return [place for place, each in enumerate(groups) if each.best.channel == groups[first].best.channel]


def _baseline(slots: Sequence[tuple[int, Outlook, int, float]]) -> int:
    """The first of these slots that is at the baseline's hour, else the one that is best in general; the earliest.

    Of a message that loses worth while it waits what is left counts too, so that it does not wait for nothing.
    Each slot: its place, its outlook, its slot of the week, and what is left of the worth.
    """
    if all(left == 1 for _, _, _, left in slots):
        at_hour = [place for place, outlook, slot, _ in slots if outlook.is_baseline(slot)]
        if at_hour:
            return at_hour[0]
    return max(slots, key=lambda each: (round(each[1].usual(each[2]) * each[3], 9), -each[0]))[0]
