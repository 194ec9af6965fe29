"""What is looked up in a store so that a decision can be told with what was around it."""

from collections.abc import Iterator, Mapping

from opportune.errors import PlaybookError
from opportune.playbook.as_published import as_published
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Decision, Ending
from opportune.policies.obstacles import code_of
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import History
from opportune.wiring.around import Around
from opportune.wiring.lives import Lives

MOST_LOOKED_THROUGH = 1_000
"""How many of a user's newest decisions are looked through."""


class Looking:
    """Playbooks that were read before are not read again: whoever asks often keeps one of these."""

    def __init__(self, policies: Mapping[str, type[Policy]] = SHIPPED) -> None:
        self.policies = policies
        """What a playbook may name."""
        self._known: dict[str, Playbook | None] = {}

    def playbook(self, history: History, name: str) -> Playbook | None:
        """The version with this hash; None if the store does not hold it, or it names policies that are not there."""
        if name not in self._known:
            files = history.publication(name)
            try:
                self._known[name] = None if files is None else as_published(files, name, policies=self.policies)
            except PlaybookError:
                self._known[name] = None
        return self._known[name]

    def near(self, history: History, lives: Lives) -> "Near":
        """What the store holds of this user, and of nobody they shared an id with."""
        return Near(self, history, lives)


class Near:
    """One user's newest decisions, and how they ended."""

    def __init__(self, looking: Looking, history: History, lives: Lives) -> None:
        self._looking, self._history = looking, history
        of_each = [history.decisions_of(name, MOST_LOOKED_THROUGH) for name in lives.names]
        self.decisions = [each for some in of_each for each in some if lives.holds(each.user, each.seq)]
        self._endings = _Endings(history)
        whole = [some for some in of_each if len(some) == MOST_LOOKED_THROUGH]
        self._since = max((min(each.due for each in some) + 1 for some in whole), default=0)
        """From this instant on none is missing."""

    def code(self, decision: Decision) -> str:
        """Under which it is told."""
        return code_of(decision, self._endings.get(decision.id))

    def around(self, decision: Decision) -> Around:
        """What is known around this decision; no others if it is too old for all of them to be at hand."""
        playbook = self._looking.playbook(self._history, decision.playbook)
        if decision.due < self._since:
            return Around(playbook=playbook)
        return Around(self.decisions, self._endings, playbook)


class _Endings(Mapping[str, Ending]):
    """Endings by decision, read when they are asked for."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._read: dict[str, Ending | None] = {}

    def __getitem__(self, decision_id: str) -> Ending:
        if decision_id not in self._read:
            self._read[decision_id] = self._history.ending(decision_id)
        found = self._read[decision_id]
        if found is None:
            raise KeyError(decision_id)
        return found

    def __iter__(self) -> Iterator[str]:
        return (name for name, ending in self._read.items() if ending is not None)

    def __len__(self) -> int:
        return sum(ending is not None for ending in self._read.values())
