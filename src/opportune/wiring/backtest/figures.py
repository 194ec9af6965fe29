"""All figures of one playbook over a past, user by user: what ``backtest`` and ``shadow`` report."""

from collections.abc import Sequence

from opportune.features.local_time import UTC, zone_named
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Decision
from opportune.units import Instant
from opportune.wiring.backtest.caps import CapsUsed, Spoke
from opportune.wiring.backtest.collisions import Collisions
from opportune.wiring.backtest.examples import Examples
from opportune.wiring.backtest.limits import Limits, Settled, instants_of
from opportune.wiring.backtest.lived import Lived
from opportune.wiring.backtest.report import Report
from opportune.wiring.backtest.said import said_to
from opportune.wiring.backtest.volumes import Volumes


class Figures:
    """A fold over users; goes from process to process, and merges in any order to the very same report.

    ``place``: which of the playbooks that were lived it is about. A send counts at the instant at which it ended, on
    the user's own clock as its decision knew it.
    """

    def __init__(self, playbook: Playbook, place: int, since: Instant, until: Instant) -> None:
        self.playbook = playbook
        self.place = place
        self.since = since
        self.until = until
        self._volumes = Volumes(playbook.journeys, playbook.messages)
        self._limits = Limits(playbook.policies)
        self._caps = CapsUsed(self._limits)
        self._collisions = Collisions(self._limits, playbook.messages)
        self._examples = Examples(playbook)

    def add(self, lived: Sequence[Lived]) -> None:
        """One user, as lived under each of the playbooks."""
        mine = lived[self.place]
        said = said_to(mine, self.playbook.messages)
        self._volumes.add(mine, said)
        self._examples.add(mine)
        spoke, settled = self._limiting(mine)
        held = self._collisions.in_the_way(mine, settled)
        self._caps.add(spoke, settled, [[each.at for each in others] for others in held])
        self._caps.count(said, mine.others, zone_named(self.playbook.zone) or UTC)
        self._collisions.add(mine, settled, held)

    def _limiting(self, lived: Lived) -> tuple[list[tuple[Decision, Spoke]], list[Settled]]:
        """What limits said of this user's decisions, and those that they settled."""
        spoke, settled, instants = list[tuple[Decision, Spoke]](), list[Settled](), set[Instant]()
        for decision in lived.decisions:
            message, ending = self.playbook.messages[decision.message], lived.endings.get(decision.id)
            if decision.verdicts and not instants:
                instants = instants_of(lived)
            verdicts = self._limits.spoke(decision, message, instants) if decision.verdicts else []
            if verdicts:
                spoke.append((decision, verdicts))
            one = None if ending is None else self._limits.settled(decision, ending, message, verdicts)
            if one is not None:
                settled.append(one)
        return spoke, settled

    def merge(self, other: "Figures") -> None:
        """What another has made of other users."""
        self._volumes.merge(other._volumes)
        self._caps.merge(other._caps)
        self._collisions.merge(other._collisions)
        self._examples.merge(other._examples)

    def report(self, name: str) -> Report:
        """All figures; what only the host knows (rows refused, seconds, memory) is left for it to enter."""
        report = Report(name, self.playbook.hash, self.since, self.until)
        self._volumes.write(report)
        self._caps.write(report)
        self._collisions.write(report)
        self._examples.write(report)
        return report
