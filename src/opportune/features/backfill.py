"""What features ask for anew, folded beside the memories out of events that came before anybody asked (R6).

What is folded beside and then grafted reads as if it had been asked for from the first of these events on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from msgspec import Struct, structs

from opportune.events.event import PLACES, Event
from opportune.features.attention import Attention
from opportune.features.clock import ZONE_TRAITS
from opportune.features.evolve import decoded
from opportune.features.feature import Feature
from opportune.features.fold import Fold, new_profile
from opportune.features.keep import Keep, keeps_of
from opportune.features.merge import merge_profiles
from opportune.features.profile import Group, Profile, Series, Session
from opportune.features.series import empty
from opportune.features.settling import later
from opportune.units import Instant, Millis


@dataclass(frozen=True)
class Anew:
    """What a fold asks for that the one before it did not."""

    fold: Fold
    """Of the features that read something of it, and of nothing else."""
    keys: frozenset[str]
    """The series, or groups of them, that are new or kept further back."""
    lengthened: Mapping[str, Millis]
    """By key, the series that are kept further back than before: how far back that was."""
    unfolded: frozenset[str]
    """The keys of those of which nothing is left where it was folded away that they now ask for."""
    grouped: frozenset[str]
    """The keys of aggregates BY a property."""
    has_sessions: bool
    """Whether sessions are new too."""
    has_attention: bool = False
    """Whether it is new that it is kept when users look."""

    def concerns(self, name: str) -> bool:
        """Whether an event of this name can change any of it."""
        fold = self.fold
        is_asked = fold.keeps_sessions or fold.keeps_attention
        return is_asked or name in fold.watches or any(keep.concerns(name) for keep in fold.keeps.values())


class Staged(Struct, array_like=True, gc=False):
    """One user's part of it so far."""

    clock: Instant
    """The newest that the log has shown of this user."""
    profile: Profile
    is_cut: bool = False
    """Whether the user has done things that the log does not hold any more."""


class Backfill(Struct, array_like=True, gc=False):
    """What one memory gets at a publication."""

    series: dict[str, Series] = {}
    groups: dict[str, Group] = {}
    lasts: dict[str, list[Instant]] = {}
    sessions: list[Session] | None = None
    """In place of those that were not remembered; None: they were."""
    since: dict[str, Instant] = {}
    """By key, series that stay: up to when entries may have been folded away that their readers now ask for."""
    unfolded: set[str] = set()
    """The keys of those where they may count for nothing."""
    attention: Attention | None = None
    """When the user looks, where it was not remembered; None: it was, or nothing was done."""


def anew(before: Fold, after: Fold, features: Iterable[Feature]) -> Anew | None:
    """What ``after`` keeps of each event and ``before`` did not; None if there is nothing.

    ``features`` are all that ``after`` was made of.
    """
    keys = {key for key, keep in after.keeps.items() if key not in before.keeps or not before.keeps[key].covers(keep)}
    watches = [each for name, each in after.watches.items() if each != before.watches.get(name)]
    has_sessions = after.keeps_sessions and not (before.keeps_sessions and after.idle == before.idle)
    has_attention = after.keeps_attention and not before.keeps_attention
    if not (keys or watches or has_sessions or has_attention):
        return None
    asking = [each for each in features if keys.intersection(keeps_of([each]))]
    fold = Fold(asking, watches=watches, lateness=after.lateness, idle=after.idle, keeps_sessions=has_sessions)
    fold = fold.attending(has_attention).in_zone(after.zone)
    known = {key: before.keeps[key].reach + before.lateness for key in sorted(keys) if key in before.keeps}
    grouped = frozenset(each.aggregate.key for each in asking if each.aggregate and each.aggregate.by is not None)
    unfolded = frozenset(key for key in known if _asks_for_more(before.keeps[key], after.keeps[key]))
    return Anew(fold, frozenset(keys), known, unfolded, grouped, has_sessions, has_attention)


def _asks_for_more(before: Keep, after: Keep) -> bool:
    """Whether windows without an end read what was not kept of entries so far: counts and sums always are."""
    if before.by is not None:
        return True
    is_told_apart = before.shape in ("extremes", "tallies")
    return after.keeps_oldest > before.keeps_oldest or (is_told_apart and after.is_unbounded > before.is_unbounded)


def nothing_staged(*, is_cut: bool = False) -> Staged:
    """The part of a user of whom nothing was read yet."""
    return Staged(0, new_profile(), is_cut)


def stage(asked: Anew, one: Staged, event: Event) -> None:
    """Enters the user's next event, in place."""
    one.clock = max(one.clock, event.received_at)
    if event.place:  # it was folded behind what led to it, before other entries that came meanwhile
        event = structs.replace(event, seq=event.place // PLACES)
    asked.fold.apply(one.profile, event, decoded(event.properties), decoded(event.context), one.clock)
    traits = one.profile.traits  # they are remembered anyway; what looks are read on is the zone
    one.profile.traits = {name: traits[name] for name in ZONE_TRAITS if asked.has_attention and name in traits}


def united(asked: Anew, kept: Staged, absorbed: Staged, now: Instant) -> Staged:
    """The part of one user of two, as of their merge."""
    clock = max(now, kept.clock, absorbed.clock)
    profile = merge_profiles(asked.fold, kept.profile, absorbed.profile, clock)
    return Staged(clock, profile, kept.is_cut or absorbed.is_cut)


def backfill_of(asked: Anew, one: Staged, *, cut_at: Instant, now: Instant) -> Backfill:
    """What this user's memory gets, as of the publication's ``now``.

    Of a user of whom the log has lost something, which happened up to ``cut_at``, a series that is only kept further
    back stays what it is.
    """
    profile, stays = one.profile, asked.lengthened if one.is_cut else {}
    keys = asked.keys - stays.keys()
    for key in sorted(keys) if one.is_cut else ():
        _lose(profile, key, cut_at, is_grouped=key in asked.grouped)
    return Backfill(
        {key: each for key, each in profile.series.items() if key in keys},
        {key: each for key, each in profile.groups.items() if key in keys},
        profile.lasts,
        profile.sessions if asked.has_sessions and (profile.sessions or not one.is_cut) else None,
        {key: now - span for key, span in stays.items()},
        stays.keys() & asked.unfolded,
        profile.attention,
    )


def graft(profile: Profile, given: Backfill) -> None:
    """Puts it into a profile, in place; done twice it is the same."""
    profile.series |= given.series
    profile.groups |= given.groups
    for name, instants in given.lasts.items():
        profile.lasts[name] = sorted({*profile.lasts.get(name, ()), *instants})
    if given.sessions is not None:
        profile.sessions = given.sessions
    if given.attention is not None:
        profile.attention = given.attention
    for key, since in given.since.items():
        if key in given.unfolded and key in profile.groups:
            profile.groups[key].lost = later(profile.groups[key].lost, since)
        for series in _kept_under(profile, key):
            series.since = later(series.since, since)
            if key in given.unfolded:
                series.lost = later(series.lost, since)


def _kept_under(profile: Profile, key: str) -> list[Series]:
    group = profile.groups.get(key)
    alone = profile.series.get(key)
    return [*([] if alone is None else [alone]), *([] if group is None else group.series.values())]


def _lose(profile: Profile, key: str, cut_at: Instant, *, is_grouped: bool) -> None:
    """Says of what is kept that events up to this instant may be missing, also where nothing was entered."""
    if not is_grouped:
        profile.series.setdefault(key, empty()).lost = cut_at
        return
    group = profile.groups.setdefault(key, Group({}))
    group.lost = cut_at
    for series in group.series.values():
        series.lost = cut_at
