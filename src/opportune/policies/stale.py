"""Nothing that rests on old news: where events have ceased to come, what they said may be true no more."""

from typing import Annotated, ClassVar

from msgspec import Meta

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import Millis


class Stale(Gate, frozen=True, tag="stale"):
    """Each of ``features`` must have seen an event in the last ``older_than``; where none is known it is stale.

    Judged as of the instant at which is decided, not that at which a candidate would go out: at its own instant it is
    asked again, and by then more may have come. Binds marketing, or only the ``messages`` named, of any kind.
    """

    features: Annotated[tuple[str, ...], Meta(min_length=1)]
    older_than: Annotated[Millis, Meta(gt=0, extra={"unit": "span"})]
    messages: tuple[str, ...] = ()
    reads: ClassVar[tuple[str, ...]] = ("message",)
    codes: ClassVar[tuple[str, ...]] = ("stale",)

    def binds(self, message: Message, channel: str) -> bool:
        """The messages named; if none is, all marketing."""
        return message.name in self.messages if self.messages else message.kind == "marketing"

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``stale``, for good: only an event changes it. An event exactly so long ago is not too old."""
        newest = [view.age(name).newest for name in self.features]
        known = [each for each in newest if each is not None]
        if len(known) < len(newest):
            return Reason("stale")
        oldest = view.now - min(known)
        return Reason("stale", needs=oldest) if oldest > self.older_than else None
