"""All figures of one playbook over a past, user by user: what ``backtest`` and ``shadow`` report."""

from collections.abc import Sequence

from opportune.playbook.definition import Playbook
from opportune.units import Instant
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

    def add(self, lived: Sequence[Lived]) -> None:
        """One user, as lived under each of the playbooks."""
        mine = lived[self.place]
        said = said_to(mine, self.playbook.messages)
        self._volumes.add(mine, said)

    def merge(self, other: "Figures") -> None:
        """What another has made of other users."""
        self._volumes.merge(other._volumes)

    def report(self, name: str) -> Report:
        """All figures; what only the host knows (rows refused, seconds, memory) is left for it to enter."""
        report = Report(name, self.playbook.hash, self.since, self.until)
        self._volumes.write(report)
        return report
