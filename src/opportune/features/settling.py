"""How much is kept, and what leaves first: entries that nothing can read alone any more, and those that are too many.

What leaves is folded into what windows without an end add to what they find: ``count``, ``total`` and ``tally``. Where
too much comes, the oldest leaves, and the series says since when it is not whole.
"""

from bisect import bisect_right

from opportune.features.keep import Keep, cut_of
from opportune.features.profile import Group, Profile, Series
from opportune.features.series import add_to_total, added, are_whole, empty, greatest, least, whole
from opportune.units import ONE, Instant, Micros, Millis, micros

MOST_ENTRIES = 10_000
"""Entries of one series that are kept apart; of more the oldest are folded away."""
MOST_NAMES = 1_000
"""Different values that are told apart once their entries are folded away; of more the longest unseen are forgotten."""
MOST_TEXTS = 200
"""Texts of a property for which an aggregate BY it has a series; of more the longest unseen are forgotten."""


def settle_kept(keep: Keep, profile: Profile, *, horizon: Instant, idle: Millis) -> None:
    """Fold away the entries that nothing can read alone any more, and forget what is read no more at all."""
    cut = cut_of(keep, profile, horizon=horizon, idle=idle)
    if keep.by is None:
        series = profile.series.get(keep.key)
        if series is not None:
            settle(series, keep, cut)
        return
    group = profile.groups.get(keep.key)
    if group is not None:
        for text, series in list(group.series.items()):
            settle(series, keep, cut)
            if not keep.is_unbounded and series.ats[-1] <= cut:
                del group.series[text]
        bound_texts(group)


def settle_entered(keep: Keep, profile: Profile, text: str, *, horizon: Instant, idle: Millis) -> None:
    """The same for the series that an event has just entered."""
    settle(series_of(profile, keep, text), keep, cut_of(keep, profile, horizon=horizon, idle=idle))
    if keep.by is not None:
        bound_texts(profile.groups[keep.key])


def series_of(profile: Profile, keep: Keep, text: str) -> Series:
    """The series that an event enters; a new one if there is none. ``text``: that of the property BY which it is."""
    if keep.by is None:
        return profile.series.setdefault(keep.key, empty())
    group = profile.groups.setdefault(keep.key, Group({}))
    if text not in group.series:
        group.series[text] = empty()
        group.series[text].lost = group.lost
    return group.series[text]


def settle(series: Series, keep: Keep, cut: Instant) -> None:
    """Fold away the entries with ``at <= cut``, but for those that stay however old, and those that are too many.

    ``cut`` must be so old that no window begins before it and no reader asks as of an instant before it.
    """
    ats, staying = series.ats, keep.staying
    gone = bisect_right(ats, cut) - 1  # the newest of them says how old the feature is
    if len(ats) - gone > MOST_ENTRIES:
        gone = len(ats) - MOST_ENTRIES
        if gone > staying:
            series.since = later(series.since, ats[gone - 1])
    if gone <= staying:
        return
    if staying:
        _settle_around(series, _staying(series, keep, gone), gone)
        return
    series.count += gone
    if keep.shape == "numbers":
        numbers = series.values[:gone]
        add_to_total(series, sum(numbers) if are_whole(numbers) else 0)
    elif keep.shape == "tallies" and keep.is_unbounded:
        _tally_first(series, gone)
    del ats[:gone], series.values[:gone]
    if series.seqs:
        del series.seqs[:gone]
    if series.weights:
        del series.weights[:gone]


def _staying(series: Series, keep: Keep, gone: int) -> list[int]:
    """The places, before ``gone``, of the entries that some window without an end reads alone."""
    if keep.shape != "extremes":
        return [0]
    values = series.values[:gone]
    return sorted({values.index(least(values)), values.index(greatest(values))})


def _settle_around(series: Series, staying: list[int], gone: int) -> None:
    """Of the first ``gone`` entries only those at the places ``staying`` are left."""
    series.count += gone - len(staying)
    series.ats[:gone] = [series.ats[place] for place in staying]
    series.values[:gone] = [series.values[place] for place in staying]
    if series.seqs:
        series.seqs[:gone] = [series.seqs[place] for place in staying]


def _tally_first(series: Series, gone: int) -> None:
    """Add the first ``gone`` entries to the tally."""
    weights = [micros(weight) for weight in series.weights[:gone]] or [ONE] * gone
    for at, name, weight in zip(series.ats, series.values, weights, strict=False):
        _tally(series.tally, str(name), at, weight)
    bound_names(series)


def _tally(tally: dict[str, list[int]], name: str, at: Instant, weight: Micros) -> None:
    newest, total, carry = tally.get(name) or (at, 0, 0)
    tally[name] = [max(newest, at), *added(total, carry, weight)]


def later(first: Instant | None, second: Instant | None) -> Instant | None:
    """The later of two instants that may not be there."""
    if first is None or second is None:
        return second if first is None else first
    return max(first, second)


def join_tallies(tally: dict[str, list[int]], other: dict[str, list[int]]) -> None:
    """Add another tally to this one."""
    for name, (newest, total, carry) in other.items():
        _tally(tally, name, newest, whole(total, carry))


def bound_names(series: Series) -> None:
    """Forget the values unseen for longest, of equally old ones the first name, while there are too many."""
    for _ in range(len(series.tally) - MOST_NAMES):
        name = min(series.tally, key=lambda name: (series.tally[name][0], name))
        series.lost = later(series.lost, series.tally.pop(name)[0])


def bound_texts(group: Group) -> None:
    """Forget the series unseen for longest, of equally old ones that of the first text, while there are too many."""
    for _ in range(len(group.series) - MOST_TEXTS):
        text = min(group.series, key=lambda text: (group.series[text].ats[-1], text))
        group.lost = later(group.lost, group.series.pop(text).ats[-1])
