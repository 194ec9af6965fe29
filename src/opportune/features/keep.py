"""What a set of features asks to be kept of each event, and for how long: the plan that folding and merging follow."""

from collections.abc import Iterable

from msgspec import Struct

from opportune.events.names import PASSIVE
from opportune.features.aggregate import Aggregate
from opportune.features.chosen import Chosen
from opportune.features.expression import Expression
from opportune.features.feature import Feature
from opportune.features.profile import Profile
from opportune.features.series import Shape, settle
from opportune.features.sessions import oldest_needed
from opportune.features.window import Everything, InSession, Last, SinceEvent
from opportune.units import Instant, Millis


class Keep(Struct, frozen=True):
    """One series: which events enter it, with which value, and how far back some window reads."""

    key: str
    chosen: Chosen
    argument: Expression | None
    shape: Shape
    reach: Millis = 0
    """The greatest span + offset of its windows."""
    is_in_session: bool = False
    """Whether OVER SESSION reads it."""
    keeps_newest: bool = False
    """Whether the newest entry stays, however old."""

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What is asked of an event."""
        return tuple(each for each in (self.chosen.where, self.argument) if each is not None)

    def concerns(self, name: str) -> bool:
        """Whether events of this name can enter."""
        return name not in PASSIVE if self.chosen.names is None else name in self.chosen.names

    def covers(self, other: "Keep") -> bool:
        """Whether what is kept answers all that ``other`` would."""
        return together(self, other) == self


def keep_of(aggregate: Aggregate) -> Keep:
    """What one aggregate asks for."""
    keep = Keep(
        aggregate.key,
        aggregate.chosen,
        aggregate.argument,
        aggregate.shape,
        keeps_newest=aggregate.is_unbounded and aggregate.function in ("last", "since"),
    )
    match aggregate.window:
        case Everything() | SinceEvent():
            return keep
        case Last(span, offset):
            return together(keep, Keep(keep.key, keep.chosen, keep.argument, keep.shape, reach=span + offset))
        case InSession():
            return together(keep, Keep(keep.key, keep.chosen, keep.argument, keep.shape, is_in_session=True))


def together(first: Keep, second: Keep) -> Keep:
    """What serves both; they have the same key."""
    return Keep(
        first.key,
        first.chosen,
        first.argument,
        first.shape,
        reach=max(first.reach, second.reach),
        is_in_session=first.is_in_session or second.is_in_session,
        keeps_newest=first.keeps_newest or second.keeps_newest,
    )


def keeps_of(features: Iterable[Feature]) -> dict[str, Keep]:
    """What all these features ask for, by key, in order of the keys."""
    keeps: dict[str, Keep] = {}
    for feature in features:
        if feature.aggregate is not None:
            keep = keep_of(feature.aggregate)
            keeps[keep.key] = together(keeps[keep.key], keep) if keep.key in keeps else keep
    return dict(sorted(keeps.items()))


def cut_of(keep: Keep, profile: Profile, *, horizon: Instant, idle: Millis) -> Instant:
    """Entries at or before this instant can be read alone by no window as of ``horizon`` or later."""
    cut = horizon - keep.reach
    return min(cut, oldest_needed(profile.sessions, horizon, idle) - 1) if keep.is_in_session else cut


def settle_kept(keep: Keep, profile: Profile, *, horizon: Instant, idle: Millis) -> None:
    """Drop the entries that nothing can read alone any more."""
    series = profile.series.get(keep.key)
    if series is not None:
        cut = cut_of(keep, profile, horizon=horizon, idle=idle)
        settle(series, cut, shape=keep.shape, keeps_newest=keep.keeps_newest)
