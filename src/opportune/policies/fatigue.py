"""Even good messages tire: too many of any kind, or several that nobody noticed."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from msgspec import Meta

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.spacing import next_objection, objection_to
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import Reservation, View
from opportune.units import Instant, Millis

NOTICEABLE = ("email", "push", "in_app")
"""Channels on which an open or a click can be seen; an SMS that was read leaves no trace."""


class Fatigue(Gate, frozen=True, tag="fatigue"):
    """At most ``at_most`` messages of any kind in every window of ``within``; and a pause after ``ignored`` in a row.

    Counts everything the user received, transactional and other systems' sends included. ``ignored``: of the messages
    sent in (at - within, at] on channels where notice can be seen, the newest so many were all left unnoticed.
    """

    at_most: Annotated[int, Meta(ge=1)]
    within: Annotated[Millis, Meta(gt=0, extra={"unit": "span"})]
    ignored: Annotated[int, Meta(ge=1)] | None = None
    reads: ClassVar[tuple[str, ...]] = ("at",)
    codes: ClassVar[tuple[str, ...]] = ("fatigue",)

    @property
    def looks_back(self) -> Millis:
        """Its window."""
        return self.within

    def binds(self, message: Message, channel: str) -> bool:
        """Messages that obey."""
        return message.obeys

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``fatigue``, until one more fits, or the ignored messages are old enough."""
        held = view.reservations(counted_only=False)
        crowd = objection_to(candidate.at, held, most=self.at_most, span=self.within, code="fatigue")
        tired = None if self.ignored is None else self._ignored(held, self.ignored, candidate.at)
        if crowd is None or tired is None:
            return crowd or tired
        return Reason("fatigue", max(each.until for each in (crowd, tired) if each.until is not None))

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """Up to where one more would be too many, if nothing sent later can be among the ignored."""
        held = view.reservations(counted_only=False)
        if reason is not None or any(each.at > candidate.at and each.is_noticed is not None for each in held):
            return candidate.at + 1
        return next_objection(candidate.at, held, most=self.at_most, span=self.within)

    def _ignored(self, held: Sequence[Reservation], most: int, at: Instant) -> Reason | None:
        if len(held) < most:
            return None
        seen = [
            each
            for each in held
            if each.is_noticed is not None and each.channel in NOTICEABLE and at - self.within < each.at <= at
        ]
        newest = seen[-most:]
        if len(newest) < most or any(each.is_noticed for each in newest):
            return None
        return Reason("fatigue", newest[0].at + self.within)
