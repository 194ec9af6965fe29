"""What a set of features asks to be kept of each event, and for how long: the plan that folding and merging follow."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from opportune.events.names import PASSIVE
from opportune.features.aggregate import Aggregate, key_of
from opportune.features.chosen import Chosen
from opportune.features.expression import Expression
from opportune.features.feature import Feature
from opportune.features.profile import Profile
from opportune.features.series import Shape, newest_upto
from opportune.features.sessions import oldest_needed
from opportune.features.window import Everything, InSession, Last, SinceEvent
from opportune.units import Instant, Millis


class Keep(Struct, frozen=True):
    """One series, or one for each text of a property: which events enter it, with which value, and how far back some
    window reads.

    Of what no window reads any more the newest entry stays, however old: it says how old the feature is.
    """

    key: str
    chosen: Chosen
    argument: Expression | None
    shape: Shape
    reach: Millis = 0
    """The greatest span + offset of its windows."""
    is_in_session: bool = False
    """Whether OVER SESSION reads it."""
    keeps_oldest: bool = False
    """Whether the oldest entry stays, however old."""
    is_unbounded: bool = False
    """Whether some window without an end reads it: what has been folded away counts on."""
    since: tuple[str, ...] = ()
    """The series of events since which some window reads it, by key."""
    by: str | None = None
    """The dotted path of the property for each text of which there is a series."""
    weight: Expression | None = None

    @property
    def expressions(self) -> tuple[Expression, ...]:
        """What is asked of an event."""
        return tuple(each for each in (self.chosen.where, self.argument, self.weight) if each is not None)

    @property
    def staying(self) -> int:
        """How many of the oldest entries may stay however old they are."""
        return self.keeps_oldest + (2 if self.shape == "extremes" and self.is_unbounded else 0)

    def concerns(self, name: str) -> bool:
        """Whether events of this name can enter."""
        return name not in PASSIVE if self.chosen.names is None else name in self.chosen.names

    def covers(self, other: "Keep") -> bool:
        """Whether what is kept answers all that ``other`` would."""
        return together(self, other) == self


def keep_of(aggregate: Aggregate) -> Keep:
    """What one aggregate asks for, but for the events since which it reads."""
    function, window = aggregate.function, aggregate.window
    is_of_newest = function in ("last", "since")  # of what a window can end with only the newest is ever read,
    is_of_newest = is_of_newest and aggregate.by is None  # but a text unseen for longer than ``reach`` is forgotten
    keep = Keep(
        aggregate.key,
        aggregate.chosen,
        aggregate.argument,
        aggregate.shape,
        reach=aggregate.fades_within or 0,
        keeps_oldest=aggregate.is_unbounded and function == "first",
        is_unbounded=aggregate.is_unbounded,
        by=aggregate.by,
        weight=aggregate.weight,
    )
    match window:
        case Everything():
            return keep
        case Last(span, offset):
            reach = offset + (0 if is_of_newest else span)
            return replace(keep, reach=min(reach, keep.reach) if keep.reach else reach)
        case InSession():
            return replace(keep, reach=0, is_in_session=True)
        case SinceEvent(event):
            return replace(keep, reach=0, since=() if is_of_newest else (since_keep(event).key,))


def since_keep(event: str) -> Keep:
    """What is kept of the events that windows begin with: the newest of them, as of every readable instant."""
    chosen = Chosen((event,))
    return Keep(key_of("since", chosen), chosen, None, "instants")


def together(first: Keep, second: Keep) -> Keep:
    """What serves both; they have the same key."""
    return replace(
        first,
        reach=max(first.reach, second.reach),
        is_in_session=first.is_in_session or second.is_in_session,
        keeps_oldest=first.keeps_oldest or second.keeps_oldest,
        is_unbounded=first.is_unbounded or second.is_unbounded,
        since=tuple(sorted({*first.since, *second.since})),
    )


def keeps_of(features: Iterable[Feature]) -> dict[str, Keep]:
    """What all these features ask for, by key, in order of the keys."""
    keeps: dict[str, Keep] = {}
    for feature in features:
        for keep in _asked(feature):
            keeps[keep.key] = together(keeps[keep.key], keep) if keep.key in keeps else keep
    return dict(sorted(keeps.items()))


def _asked(feature: Feature) -> Iterable[Keep]:
    aggregate = feature.aggregate
    if aggregate is not None:
        yield keep_of(aggregate)
        if isinstance(aggregate.window, SinceEvent):
            yield since_keep(aggregate.window.event)


def in_order(keeps: Iterable[Keep]) -> list[Keep]:
    """In which order one event enters them: those that ask the same of it stand together."""
    return sorted(keeps, key=lambda keep: (keep.chosen.where is not None, repr(keep.chosen.where), keep.key))


def cut_of(keep: Keep, profile: Profile, *, horizon: Instant, idle: Millis) -> Instant:
    """Entries at or before this instant can be read alone by no window as of ``horizon`` or later."""
    cut = horizon - keep.reach
    if keep.is_in_session:
        cut = min(cut, oldest_needed(profile.sessions, horizon, idle) - 1)
    for key in keep.since:
        cut = min(cut, newest_upto(profile.series.get(key), horizon))
    return cut
