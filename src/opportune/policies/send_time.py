"""The right moment: later hours as rivals of now, weighed by when the user looks, and chosen with chances on record."""

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta

from opportune.draws import hash_of
from opportune.features.attention_model import AttentionModel
from opportune.journeys.plan import Value
from opportune.policies.send_pick import SendPick
from opportune.policies.send_score import SendScore
from opportune.policies.send_slots import SendSlots
from opportune.policies.user_rhythm import Outlooks
from opportune.policies.verbs import Policy
from opportune.policies.worth import Worth
from opportune.units import HOUR, MINUTE, ONE, Micros, Millis


class SendTime(Policy, frozen=True, tag="send_time"):
    """Chooses the best slot at which no gate objects, from when this user looks, unless nothing sure is known of it.

    A definition: the pipeline takes what ``parts`` makes of it, which are an expand, a score and a pick.
    """

    control: Annotated[Micros, Meta(ge=0, le=ONE, extra={"unit": "share"})] = ONE // 10
    """The share of users who are kept at the baseline, always the same, so that the gain can be measured."""
    explore: Annotated[Micros, Meta(ge=0, le=ONE, extra={"unit": "share"})] = ONE // 10
    """The share of the other choices that is drawn among the best few slots and the baseline."""
    among: Annotated[int, Meta(ge=1, le=24)] = 4
    """How many of the best slots these are."""
    slots: Annotated[int, Meta(ge=1, le=168)] = 24
    """The slate's instant, and at most so many whole local hours after it before the deadline, in all."""
    spread: Annotated[Millis, Meta(gt=0, lt=HOUR, extra={"unit": "span"})] | Literal["none"] = 30 * MINUTE
    """Over how much of an hour users are spread, each by a draw of their own, so that not all go out at its stroke."""

    def parts(self, model: AttentionModel, worths: Mapping[str, Value]) -> tuple[SendSlots, SendScore, SendPick]:
        """What decides: with this snapshot, and with the formulas that say what a message is worth."""
        told = hash_of("send_time", *(getattr(self, name) for name in self.__struct_fields__), repr(model)).hex()[:16]
        score = SendScore(Outlooks(model), Worth(worths))
        pick = SendPick(self.control, self.explore, self.among, score, told)
        spread = 0 if self.spread == "none" else self.spread
        return SendSlots(slots=self.slots, spread=spread), score, pick
