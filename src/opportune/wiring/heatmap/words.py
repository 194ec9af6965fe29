"""What the figures say, in sentences that are computed from them; the same in the terminal and on the page."""

from collections.abc import Sequence

from opportune.console.axes import counted
from opportune.console.chart_rows import percent
from opportune.wiring.heatmap.delays import Delays, in_words
from opportune.wiring.heatmap.report import Figures, Hour, Report, Share, Window

_FINE = 0.03
"""An interval that is less wide is told with a decimal."""
NOTHING = "There is no send to show."


def many(count: int, one: str) -> str:
    """``1 send``, ``1,204 sends``."""
    return f"{counted(count)} {one}" + ("" if count == 1 else "s")


def span_of(first: int, end: int) -> str:
    """``09:00–12:00``."""
    return f"{first:02}:00–{end:02}:00"


def window_named(window: Window) -> str:
    """``Tuesday 09:00–12:00``; ``every day 09:00–12:00``."""
    return f"{window.days} {span_of(window.first, window.end)}"


def share_of(share: Share) -> str:
    """``24%``; a dash where there are no sends."""
    return "–" if share.share is None else _percent(share.share, share)


def ends_of(share: Share) -> str:
    """``22–26%``, with a decimal where the ends are near."""
    if share.low is None or share.high is None:
        return "–"
    return f"{_percent(share.low, share).removesuffix('%')}–{_percent(share.high, share)}"


def _percent(number: float, of: Share) -> str:
    """With as many places as the interval of the share bears."""
    is_fine = of.low is not None and of.high is not None and of.high - of.low < _FINE
    return f"{number * 100:.1f}%" if is_fine else percent(number)


def of_all(figures: Figures) -> str:
    """How many were sent, to how many, and how many were opened."""
    if not figures.sends:
        return NOTHING
    sends, users = many(figures.sends, "send"), many(figures.all.users, "user")
    return f"{share_of(figures.all)} of {sends} to {users} were opened."


def of_windows(figures: Figures, least: int) -> str:
    """Which window is best, and whether that can be told."""
    if not figures.windows:
        if not figures.windows_compared:
            return f"No window has {least} sends behind each of its hours and days: there is too little to choose from."
        return "No window was ever opened in."
    best = figures.windows[0]
    said = f"Best of {figures.windows_compared} windows: {window_named(best)}, {share_of(best.of)} opened"
    whole = f"{share_of(figures.all)} of all {'sends' if figures.segment is None else 'sends of the segment'}"
    if not best.is_better:
        return f"{said}; but no window is surely above the {whole}."
    return f"{said} ({ends_of(best.of)}), against {whole}."


def of_delays(figures: Figures) -> str:
    """How soon half, and most, of the opens come."""
    delays = figures.delays
    if not delays.opens:
        return "Nothing was opened."
    half, most = in_words(delays.quantiles[50]), in_words(delays.quantiles[90])
    return f"Half of the opens come within {half} of the send, nine in ten within {most}."


def of_hours(figures: Figures, least: int) -> str:
    """Why opens by hour and opens per send by hour tell different things, with this file's own hours."""
    if not figures.opened:
        return "Nothing was opened, so no hour can be told from another."
    hours = figures.hours
    sent = [each for each in hours if each.of.sends]
    if len(sent) == 1:
        return (
            f"All messages went out at one hour, from {_at(sent[0])}: nothing can be said about other hours. When they "
            "were opened mirrors when they were sent."
        )
    most_sent = max(hours, key=lambda each: (each.of.sends, -each.hour))
    most_opens = max(hours, key=lambda each: (each.opens, -each.hour))
    enough = [each for each in hours if each.of.is_enough]
    said = (
        f"Most opens ({percent(most_opens.opens / figures.opened)}) happen in the hour from {_at(most_opens)}; but "
        "opens come after sends, so they mirror when you send: "
        f"most ({percent(most_sent.of.sends / figures.sends)}) from {_at(most_sent)}."
    )
    if not enough:
        return f"{said} No hour has {least} sends, so opens per send cannot be told."
    if len(enough) == 1:
        return f"{said} Only the hour from {_at(enough[0])} has {least} sends, so nothing can be said about others."
    best = max(enough, key=lambda each: (each.of.share or 0, -each.hour))
    return (
        f"{said} Opens per send ask what became of the sends of an hour, however few they were: highest from "
        f"{_at(best)}, {share_of(best.of)} of {many(best.of.sends, 'send')}."
    )


def _at(hour: Hour) -> str:
    return f"{hour.hour:02}:00"


def columns_of(delays: Sequence[Delays]) -> int:
    """How many columns of their histograms are shown: all up to the last with an open, and at least six."""
    last = max((place for each in delays for place, count in enumerate(each.histogram.values()) if count), default=0)
    return max(6, last + 1)


def left_out(report: Report) -> list[str]:
    """What of the rows is no send of its own, each in a line; and what was not counted as opened."""
    figures, settings = report.figures[0], report.settings
    said = [f"{many(count, 'row')} refused: {code}" for code, count in report.refused.items()]
    if report.users_refused:
        said.append(f"{many(report.users_refused, 'row')} of traits refused")
    if report.without_zone:
        said.append(
            f"{many(report.without_zone, 'row')} left out: nothing says their zone (--zone NAME gives them one)"
        )
    if report.repeats:
        said.append(f"{many(report.repeats, 'row')} told of a send again: it counts once, with its earliest open")
    if figures.machine:
        within = in_words(settings.machine_within)
        how = f" (by what the file says, else within {within} of the send)" if settings.machine_within else ""
        said.append(f"{many(figures.machine, 'send')} opened by machines only{how}: counted as not opened")
    if figures.unsure:
        said.append(f"{many(figures.unsure, 'send')} opened by nobody knows whom: counted as not opened")
    return said


def promised(figures: Figures) -> str:
    """What the intervals of windows hold."""
    return (
        f"Intervals hold for all {figures.windows_compared} windows at once (95%, Bonferroni): the best of many looks "
        "good by chance. Sends to the same user count for less than as many to different ones."
    )
