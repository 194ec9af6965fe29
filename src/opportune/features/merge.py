"""One profile of two, when two ids turn out to be one user (R15).

``merge(fold x, fold y)`` reads as ``fold(sort(x + y))`` does, sorted by ``seq``, as of every instant inside lateness:
no log is read. Two limits: the sessions of the two may join into one that began before ``clock - lateness``, which
then starts at the earliest activity still known; and of more than 100 trait names the kept user's come first
(wishes about messages always stay).
"""

from opportune.features.attention import Attention, merge_attention
from opportune.features.fold import Fold
from opportune.features.keep import Keep
from opportune.features.profile import Group, Profile, Series
from opportune.features.series import add_to_total, empty
from opportune.features.sessions import merge_sessions
from opportune.features.settling import bound_names, join_tallies, later
from opportune.features.traits import MOST_TRAITS, WISHES, merge_stated
from opportune.units import Instant


def merge_profiles(fold: Fold, kept: Profile, absorbed: Profile, clock: Instant) -> Profile:
    """The profile of one user who did what both did; a new value, ``clock`` being the later of their log clocks."""
    known = list({**kept.traits, **absorbed.traits})
    names = [*known[:MOST_TRAITS], *(name for name in known[MOST_TRAITS:] if name in WISHES)]
    traits = {name: merge_stated(kept.traits.get(name, ()), absorbed.traits.get(name, ())) for name in names}
    series = {
        key: merge_series(fold.keeps[key], kept.series.get(key), absorbed.series.get(key))
        for key in {**kept.series, **absorbed.series}
        if key in fold.keeps
    }
    groups = {
        key: _merge_groups(fold.keeps[key], kept.groups.get(key), absorbed.groups.get(key))
        for key in {**kept.groups, **absorbed.groups}
        if key in fold.keeps
    }
    lasts = {
        name: sorted({*kept.lasts.get(name, ()), *absorbed.lasts.get(name, ())})
        for name in {**kept.lasts, **absorbed.lasts}
    }
    sessions = merge_sessions(kept.sessions, absorbed.sessions, fold.idle)
    merged = Profile(traits, series, sessions, lasts, groups, _merge_looks(kept.attention, absorbed.attention))
    fold.forget(merged, clock)
    return merged


def _merge_looks(first: Attention | None, second: Attention | None) -> Attention | None:
    if first is None or second is None:
        return first or second
    return merge_attention(first, second)


def merge_series(keep: Keep, first: Series | None, second: Series | None) -> Series:
    """The entries of both by (at, seq), and the sum of what both have folded away."""
    merged = empty()
    sides = [side for side in (first, second) if side is not None]
    for side in sides:
        merged.count += side.count
        merged.carry += side.carry
        add_to_total(merged, side.total)
        merged.since, merged.lost = later(merged.since, side.since), later(merged.lost, side.lost)
        join_tallies(merged.tally, side.tally)
    bound_names(merged)
    places = [(at, side.seqs[place] if side.seqs else 0, which, place)
              for which, side in enumerate(sides) for place, at in enumerate(side.ats)]  # fmt: skip
    places.sort()
    merged.ats = [at for at, _, _, _ in places]
    if keep.shape == "values":
        merged.seqs = [seq for _, seq, _, _ in places]
    if keep.shape != "instants":
        merged.values = [sides[which].values[place] for _, _, which, place in places]
    if keep.weight is not None:
        merged.weights = [sides[which].weights[place] for _, _, which, place in places]
    return merged


def _merge_groups(keep: Keep, first: Group | None, second: Group | None) -> Group:
    """The series of both by text; what one side may have forgotten of a text is missing from the other's too."""
    sides = (first or Group({}), second or Group({}))
    merged = Group({}, later(sides[0].lost, sides[1].lost))
    for text in {**sides[0].series, **sides[1].series}:
        series = merge_series(keep, sides[0].series.get(text), sides[1].series.get(text))
        for side in sides:
            if text not in side.series:
                series.lost = later(series.lost, side.lost)
        merged.series[text] = series
    return merged
