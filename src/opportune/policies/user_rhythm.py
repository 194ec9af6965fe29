"""What ``send_time`` reads of one user: their clock, their rhythm, and how likely they open what goes out when."""

from math import sqrt
from operator import mul

from msgspec import Struct

from opportune.features.attention import hour_of, slot_of
from opportune.features.attention_model import AttentionModel, Baseline, baseline_of, delays_of
from opportune.features.clock import Known, zone_now
from opportune.features.local_time import Zone, offset_at
from opportune.features.rhythm import Rhythm, population, rhythm_of, spread_between
from opportune.messages.candidate import Candidate
from opportune.policies.view import View
from opportune.units import Instant

PLAYBOOK = "playbook"
"""The source of a zone that nothing said of the user."""


class Outlook(Struct, frozen=True, gc=False):
    """How sends on one channel fare with one user."""

    rhythm: Rhythm
    general: tuple[float, ...]
    """The rates that hold of users in general, by slot."""
    delays: tuple[float, ...]
    hours: tuple[int, ...]
    """The baseline's local hour on each weekday."""
    opened: float
    """The share that is opened at the baseline, in general."""
    at_baseline: float
    """How much is noticed of a send at the baseline, in general."""
    zone: Zone

    def slot(self, at: Instant) -> int:
        """The slot of the user's week that an instant is in."""
        return slot_of(hour_of(at + offset_at(self.zone, at)))

    def own(self, slot: int) -> float:
        """How much this user would notice of a send then; 1 is the mean slot of users in general."""
        return _noticed(self.rhythm.rates, self.delays, slot)

    def usual(self, slot: int) -> float:
        """The same of users in general."""
        return _noticed(self.general, self.delays, slot)

    def chance(self, noticed: float) -> float:
        """The chance of an open where so much is noticed: in proportion to what is noticed at the baseline."""
        return min(1.0, self.opened * noticed / self.at_baseline)

    def deviation(self, first: int, second: int) -> float:
        """The standard deviation of what is known of the difference in noticing between two slots."""
        return sqrt(spread_between(self.rhythm, self.delays, first, second))

    def is_baseline(self, slot: int) -> bool:
        """Whether the slot is the baseline's on its weekday."""
        return self.hours[slot // 24] == slot % 24


def clock_of(view: View) -> Known:
    """The clock this user lives by, that of the zone said last, with what says so; else that of the playbook."""
    known = zone_now(view.scope.profile, view.now)
    return Known(view.zones[0], PLAYBOOK, view.now) if known is None else known


class Outlooks:
    """How sends fare, by user and channel, with one snapshot; what is the same for all users is found once."""

    def __init__(self, model: AttentionModel) -> None:
        self.model = model
        self._general = population(model)
        self._baselines: dict[tuple[str, str], tuple[Baseline, tuple[float, ...], float]] = {}

    def of(self, candidate: Candidate, view: View) -> Outlook:
        """How sends on the candidate's channel fare with the user of this view; found once for each view."""
        key = (candidate.channel, candidate.message.kind)
        found = view.outlooks.get(key)
        if isinstance(found, Outlook):
            return found
        known = next((each for each in view.outlooks.values() if isinstance(each, Outlook)), None)
        baseline, delays, noticed = self._baseline(*key)
        made = view.outlooks[key] = Outlook(
            rhythm=rhythm_of(view.scope.profile.attention, self.model) if known is None else known.rhythm,
            general=self._general,
            delays=delays,
            hours=baseline.hours,
            opened=baseline.opened,
            at_baseline=noticed,
            zone=clock_of(view).zone if known is None else known.zone,
        )
        return made

    def _baseline(self, channel: str, kind: str) -> tuple[Baseline, tuple[float, ...], float]:
        found = self._baselines.get((channel, kind))
        if found is None:
            baseline, delays = baseline_of(self.model, channel, kind), delays_of(self.model, channel)
            noticed = [_noticed(self._general, delays, 24 * day + hour) for day, hour in enumerate(baseline.hours)]
            found = self._baselines[channel, kind] = baseline, delays, sum(noticed) / 7
        return found


def urgency(candidate: Candidate, now: Instant) -> float:
    """What is left of a message's worth at the candidate's instant if it halves every so long; 1 if it does not."""
    half = candidate.message.worth_half_life
    return 1.0 if half is None else 0.5 ** ((candidate.at - now) / half)


def _noticed(rates: tuple[float, ...], delays: tuple[float, ...], slot: int) -> float:
    ahead = rates[slot : slot + len(delays)]
    ahead += rates[: len(delays) - len(ahead)]
    total: float = sum(map(mul, ahead, delays))
    return total / sum(delays)
