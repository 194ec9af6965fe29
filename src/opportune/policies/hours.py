"""Later hours as rivals of now."""

from collections.abc import Iterable
from itertools import islice, takewhile
from typing import Annotated

from msgspec import Meta

from opportune.features.local_time import whole_hours
from opportune.messages.candidate import Candidate
from opportune.policies.verbs import Expand
from opportune.policies.view import View
from opportune.units import Instant


class Hours(Expand, frozen=True, tag="hours"):
    """The slate's instant, and each whole local hour after it before the deadline, at most ``slots`` in all."""

    slots: Annotated[int, Meta(ge=1, le=168)] = 24

    def expanded(self, candidate: Candidate, view: View) -> Iterable[Candidate]:
        """The same message and channel at each instant, earliest first."""
        for at in self.instants(candidate.at, candidate.deadline, view):
            yield Candidate(candidate.message, candidate.channel, at, candidate.deadline)

    def instants(self, start: Instant, deadline: Instant, view: View) -> list[Instant]:
        """The instants themselves; the first is ``start``, whatever the deadline."""
        later = takewhile(lambda at: at < deadline, whole_hours(view.zones[0], start + 1))
        return [start, *islice(later, self.slots - 1)]
