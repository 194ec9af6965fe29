"""Later hours as rivals of now."""

from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta

from opportune.features.local_time import next_whole_hour
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
        found = [start]
        while len(found) < self.slots:
            at = next_whole_hour(view.zones[0], found[-1] + 1)
            if at >= deadline:
                break
            found.append(at)
        return found
