"""From counts to figures: shares with their intervals, and the windows that come out best."""

from opportune.wiring.heatmap.areas import CELLS, Area, Areas
from opportune.wiring.heatmap.delays import delays_of
from opportune.wiring.heatmap.intervals import interval
from opportune.wiring.heatmap.report import WRONG, Cell, Figures, Hour, Share, Window
from opportune.wiring.heatmap.tally import MACHINE, OPENED, UNSURE, Tally

BEST = 3


def figures_of(tally: Tally, areas: Areas, segment: str | None, least: int) -> Figures:
    """What the counts say; fewer than ``least`` sends say too little."""
    windows, compared = _windows(tally, areas, least)
    return Figures(
        segment=segment,
        sends=tally.sends,
        opened=tally.became[OPENED],
        machine=tally.became[MACHINE],
        unsure=tally.became[UNSURE],
        all=_share(tally, areas.week, least),
        cells=tuple(Cell(place // 24, place % 24, _share(tally, place, least)) for place in range(CELLS)),
        hours=tuple(Hour(hour, _share(tally, CELLS + hour, least), tally.opens_at[hour]) for hour in range(24)),
        delays=delays_of(tally.delays),
        windows=windows,
        windows_compared=compared,
    )


def _share(tally: Tally, place: int, least: int, among: int = 1) -> Share:
    sums = tally.sums(place)
    known = {"sends": sums.sends, "opened": sums.opened, "users": sums.users}
    if not sums.sends:
        return Share(**known, share=None, low=None, high=None, is_enough=False)
    low, high = interval(sums, wrong=WRONG, among=among)
    return Share(
        **known, share=round(sums.share, 6), low=round(low, 6), high=round(high, 6), is_enough=sums.sends >= least
    )


def _windows(tally: Tally, areas: Areas, least: int) -> tuple[tuple[Window, ...], int]:
    """The best windows, and of how many: by the low end of the interval, then the share, then their order."""
    cells = list(tally.cells)
    stand = [place for place, area in enumerate(areas.windows) if _stands(area, cells, least)]
    among = max(1, len(stand))
    shares = {place: _share(tally, areas.first_window + place, least, among) for place in stand}
    ranked = sorted(stand, key=lambda place: (-(shares[place].low or 0), -(shares[place].share or 0), place))
    best: list[Window] = []
    taken: set[int] = set()
    for place in ranked:
        area = areas.windows[place]
        if len(best) < BEST and taken.isdisjoint(area.cells) and shares[place].opened:
            best.append(_window(tally, area, shares[place]))
            taken.update(area.cells)
    return tuple(best), len(stand)


def _stands(area: Area, cells: list[tuple[int, int]], least: int) -> bool:
    """Whether each hour of it, and each of its days, has enough sends behind it."""
    return all(sum(cells[cell][0] for cell in line) >= least for line in area.lines)


def _window(tally: Tally, area: Area, of: Share) -> Window:
    sends, opened = tally.sends, tally.became[OPENED]
    rest = round((opened - of.opened) / (sends - of.sends), 6) if sends > of.sends else None
    is_better = of.low is not None and of.low > opened / sends
    return Window(area.days, area.weekdays, area.first, area.end, of, rest, is_better)
