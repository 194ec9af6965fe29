"""At most so many in so long, whoever sends them."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from opportune.features.local_time import day_of, week_of
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.spacing import next_change, next_objection, objection_to
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import DAY, Instant, Millis


class FrequencyCap(Gate, frozen=True, tag="frequency_cap"):
    """At most ``at_most`` counted messages in every window of ``within``, looking ahead as well as back (R7).

    ``within`` is a rolling span, or ``day`` or ``week`` on the user's clock. Reservations count like sends, so two
    decisions cannot both pass. ``channels`` and ``topics`` narrow both what is counted and what is bound.
    """

    at_most: Annotated[int, Meta(ge=1)]
    within: Annotated[Millis, Meta(gt=0, extra={"unit": "span"})] | Literal["day", "week"]
    channels: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    reads: ClassVar[tuple[str, ...]] = ("at",)
    codes: ClassVar[tuple[str, ...]] = ("frequency_cap",)

    @property
    def looks_back(self) -> Millis:
        """Its window."""
        return 8 * DAY if isinstance(self.within, str) else self.within

    def binds(self, message: Message, channel: str) -> bool:
        """Messages that obey, on the channels and topics named."""
        return (
            message.obeys
            and (not self.channels or channel in self.channels)
            and (not self.topics or message.topic in self.topics)
        )

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``frequency_cap``, until the first instant at which one more fits."""
        held = view.reservations(self.channels, self.topics, counted_only=True)
        if len(held) < self.at_most:
            return None
        if isinstance(self.within, int):
            return objection_to(candidate.at, held, most=self.at_most, span=self.within, code="frequency_cap")
        start, end = self._bucket(candidate, view)
        inside = [each for each in held if start <= each.at and each.earliest < end]
        if len(inside) < self.at_most:
            return None
        blockers = tuple(each.id for each in inside if each.is_displaceable)
        return Reason("frequency_cap", end, blockers, len(inside) + 1)

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """As long as just as many are in the windows around it; by the calendar up to the next bucket."""
        held = view.reservations(self.channels, self.topics, counted_only=True)
        if reason is None and len(held) < self.at_most:
            return None
        if isinstance(self.within, int):
            if reason is not None:
                return next_change(candidate.at, held, span=self.within)
            return next_objection(candidate.at, held, most=self.at_most, span=self.within)
        return self._bucket(candidate, view)[1]

    def _bucket(self, candidate: Candidate, view: View) -> tuple[Instant, Instant]:
        return (day_of if self.within == "day" else week_of)(view.zones[0], candidate.at)
