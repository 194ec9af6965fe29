"""Which of the slots, with which chances: the control's baseline, the best there is, and exploration."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from opportune.draws import draw
from opportune.messages.candidate import Candidate
from opportune.policies.send_ranking import Ranked, ranked
from opportune.policies.send_score import SendScore
from opportune.policies.timing import Slot, Timing
from opportune.policies.user_rhythm import clock_of
from opportune.policies.verbs import Group, Pick
from opportune.policies.view import View
from opportune.units import ONE, Micros, micros

LEAST = 10
"""What is not worth this part of what is chosen without a draw is never tried."""
SHARPNESS = 8
"""Exploration draws in proportion to this power of worth: a softmax of its logarithm."""


class SendPick(Pick, frozen=True, tag="send_time"):
    """The user's own best slot if it is surely better than the baseline, else the baseline; at times another."""

    control: Micros
    explore: Micros
    among: int
    score: SendScore
    told: str
    """A hash of all that decides."""
    between: ClassVar[Literal["slate", "proposals", "candidates", "variants"]] = "candidates"

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        """Certainty for users of the control; else ``explore`` is shared by the few best, the baseline among them."""
        return self._chances(self._ranked(groups, view))

    def _chances(self, order: Ranked) -> dict[str, Micros]:
        groups, aim = order.groups, order.groups[order.aim]
        if order.because == "control" or self.explore == 0:
            return {aim.name: ONE}
        shares = self._explored(order)
        chances = {groups[place].name: share for place, share in shares.items() if share}
        chances[aim.name] = chances.get(aim.name, 0) + ONE - sum(chances.values())
        return dict(sorted(chances.items(), key=lambda each: int(each[0])))

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        """User, message and deadline: a message that is planned anew is drawn the same."""
        return (view.salt, "send_time", best.message.name, str(best.deadline), view.bucket)

    def timing(self, groups: Sequence[Group], view: View) -> Timing:
        """What goes on record of this choice."""
        order, clock = self._ranked(groups, view), clock_of(view)
        chances = self._chances(order)
        first = groups[order.baseline].best
        outlook = self.score.outlooks.of(first, view)
        return Timing(
            arm="control" if self._is_control(view) else "treatment",
            basis=order.basis,
            because=order.because,
            best=groups[order.best].best.at,
            baseline=first.at,
            baseline_hour=outlook.hours[outlook.slot(first.at) // 24],
            gain=micros(order.gain),
            deviation=micros(order.deviation),
            check_ins=outlook.rhythm.check_ins,
            opens=outlook.rhythm.opens,
            model=self.score.outlooks.model.name,
            policy=self.told,
            zone=clock.zone.name,
            zone_source=clock.source,
            zone_age=None if clock.source == "playbook" else view.now - clock.at,
            channel=first.channel,
            slots=tuple(
                Slot(each.best.channel, each.best.at, micros(chance), each.worth, chances.get(each.name, 0))
                for each, chance in zip(groups, order.chances, strict=True)
            ),
        )

    def _is_control(self, view: View) -> bool:
        return draw(view.salt, "send_time", "control", view.bucket) < self.control

    def _ranked(self, groups: Sequence[Group], view: View) -> Ranked:
        return ranked(groups, view, self.score, is_control=self._is_control(view))

    def _explored(self, found: Ranked) -> dict[int, Micros]:
        """How ``explore`` is shared: half of it evenly, so that each has a floor, half by worth.

        A draw tries hours, not channels, and none at which the message would be worth next to nothing.
        """
        groups = found.groups
        order = sorted(found.there, key=lambda place: (-groups[place].worth, groups[place].best.at))
        least = max(1, groups[found.aim].worth // LEAST)
        worthy = [place for place in order[: self.among] if groups[place].worth >= least]
        few = sorted({*worthy, found.aim, found.baseline})
        top = max(1, max(groups[place].worth for place in few))
        powers = [max(0.0, groups[place].worth / top) ** SHARPNESS for place in few]
        total = sum(powers) or 1.0
        return {
            place: int(self.explore * (0.5 / len(few) + 0.5 * power / total))
            for place, power in zip(few, powers, strict=True)
        }
