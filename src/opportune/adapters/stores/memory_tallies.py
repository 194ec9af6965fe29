"""How welcome journeys are, in plain memory; the same sums that the host goes on with."""

from collections.abc import Iterable

from opportune.sending.tally import Stopped, Tallied, Tally
from opportune.units import Instant

Sums = tuple[int, int, int]
"""Sends, complaints and unsubscribes."""


class Tallies:
    """Sums by journey, channel and hour."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str, int], Sums] = {}
        self._stopped: dict[tuple[str, str], Stopped] = {}
        self._since: dict[str, Instant] = {}

    def add(self, tallied: Tallied) -> None:
        """What one commit counts."""
        anew = dict(tallied.anew)
        least = -1 if tallied.forget is None else tallied.forget
        self._since |= anew
        self._sums = {key: sums for key, sums in self._sums.items() if key[0] not in anew and key[2] >= least}
        self._stopped = {key: each for key, each in self._stopped.items() if each.hour >= least}
        for each in tallied.tallies:
            key = (each.journey, each.channel, each.hour)
            sends, complaints, unsubscribes = self._sums.get(key, (0, 0, 0))
            self._sums[key] = sends + each.sends, complaints + each.complaints, unsubscribes + each.unsubscribes
        for stop in tallied.stopped:
            self._stopped.setdefault((stop.decision, stop.what), stop)

    def forget(self, decisions: Iterable[str]) -> None:
        """Nothing names these decisions any more; the sums, which name nobody, stay."""
        for decision in decisions:
            for what in ("complaints", "unsubscribes"):
                self._stopped.pop((decision, what), None)

    def tallied(self) -> Tallied:
        """All that is counted, in order of journeys, channels and hours."""
        return Tallied(
            tuple(Tally(*key, *sums) for key, sums in sorted(self._sums.items())),
            tuple(sorted(self._stopped.values(), key=lambda each: (each.hour, each.decision, each.what))),
            tuple(sorted(self._since.items())),
        )
