"""Which playbook let a message go, and how long what had gone out was remembered under those before it."""

from collections.abc import Mapping, Sequence
from typing import Final

from opportune.errors import Unavailable
from opportune.events.event import Published
from opportune.messages.message import Message
from opportune.playbook.as_published import as_published
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Decision
from opportune.policies.verbs import Policy
from opportune.ports import History
from opportune.sending.outbox import Row
from opportune.units import ONE, WEEK, Instant


class Ruling:
    """All playbooks of a record; raises Unavailable for one that the record names and does not hold."""

    def __init__(self, history: History, policies: Mapping[str, type[Policy]]) -> None:
        self._history = history
        self._policies = policies
        self._known: dict[str, Playbook] = {}
        self._said: Final[Sequence[Published]] = history.published()

    @property
    def playbooks(self) -> list[Playbook]:
        """All that were ever in force, in order."""
        names = dict.fromkeys(name for said in self._said for name in (said.playbook, said.stable) if name)
        return [self.named(name) for name in names]

    def named(self, name: str) -> Playbook:
        """The playbook with this hash."""
        found = self._known.get(name)
        if found is None:
            files = self._history.publication(name)
            if files is None:
                raise Unavailable(f"the record names playbook {name}, but its files are not in this store")
            found = self._known[name] = as_published(files, name, policies=self._policies)
        return found

    def of(self, decision: Decision, row: Row | None, claim: Instant) -> Playbook | None:
        """Which let it go then; None where a share of users was on trial, and the attempt does not tell any more."""
        if row is not None:
            return self.named(row.claim.attempt.playbook)
        before = [said for said in self._said if said.now <= claim]
        if not before:
            return self.named(decision.playbook)
        return self.named(before[-1].playbook) if before[-1].share >= ONE else None

    def message_of(self, decision: Decision, playbook: Playbook | None) -> Message | None:
        """The message as this playbook has it, else as the newest that has it; None if none does."""
        first = self.named(decision.playbook) if playbook is None else playbook
        for each in (first, self.named(decision.playbook), *reversed(self.playbooks)):
            if decision.message in each.messages:
                return each.messages[decision.message]
        return None

    def moving(self) -> frozenset[str]:
        """Journeys of which some version takes runs of earlier ones to other steps."""
        return frozenset(name for each in self.playbooks for name, journey in each.journeys.items() if journey.moves)

    def traits(self) -> frozenset[str]:
        """The traits that consent hangs on in some version."""
        grants = (grant for each in self.playbooks for grant in each.consents.values())
        return frozenset(grant.trait for grant in grants if grant.trait is not None)

    def remembered(self, at: Instant) -> Instant:
        """What went out at this instant or before is forgotten ``at``: caps of then looked no further back."""
        found: Instant = 0
        for place, said in enumerate(self._said):
            if said.now > at:
                break
            until = self._said[place + 1].now if place + 1 < len(self._said) else at
            books = [self.named(name) for name in (said.playbook, said.stable) if name]
            found = max(found, min(until, at) - min(map(_span, books)))
        return found


def _span(playbook: Playbook) -> int:
    return max([WEEK, *(each.looks_back for each in playbook.policies)]) + playbook.lateness
