"""What each chart of a report shows, in one sentence that is computed from the same figures."""

from collections.abc import Mapping, Sequence
from datetime import date
from statistics import median

from opportune.console.axes import counted
from opportune.console.chart_grid import WEEKDAYS
from opportune.console.chart_rows import percent
from opportune.wiring.backtest.html_days import said
from opportune.wiring.backtest.report import CapUse, Collision, Report
from opportune.wiring.plain_words import channel_of, reason_of

NOTHING = "Nothing would have been sent."


def share(part: int, whole: int) -> str:
    """``65%``; what is nearly nothing or nearly all is said as such."""
    if part == whole or not part:
        return "100%" if part else "0%"
    if part / whole < 0.001:
        return "under 0.1%"
    return "over 99%" if part / whole > 0.995 else percent(part / whole)


def messages(count: int) -> str:
    """``1 message``, ``1,204 messages``."""
    return f"{counted(count)} message" + ("" if count == 1 else "s")


def users(count: int) -> str:
    """``1 user``, ``1,204 users``."""
    return f"{counted(count)} user" + ("" if count == 1 else "s")


def decisions(count: int) -> str:
    """``1 decision``, ``1,204 decisions``."""
    return f"{counted(count)} decision" + ("" if count == 1 else "s")


def greatest(counts: Mapping[str, int]) -> str:
    """The name of the most; ties by name."""
    return min(counts, key=lambda name: (-counts[name], name))


def of_report(report: Report) -> str:
    """``6,220 messages to 1,204 of 3,000 users``."""
    if not report.sent:
        return f"nothing to any of {users(report.users)}"
    return f"{messages(report.sent)} to {counted(report.users_reached)} of {users(report.users)}"


def of_days(report: Report) -> str:
    """Which day is the fullest, against the median of those with sends."""
    days = {day: sum(counts.values()) for day, counts in report.by_day.items() if any(counts.values())}
    if not days:
        return NOTHING
    top = greatest(days)
    named = said(date.fromisoformat(top), weekday=True)
    if len(days) == 1:
        return f"All {messages(days[top])} would have gone out on {named}."
    half = counted(median(days.values()))
    return f"{named} is the fullest day, with {messages(days[top])}; half of the days with any have {half} or fewer."


def of_journeys(report: Report) -> str:
    """Which journey speaks most."""
    sent = {name: figures.sent for name, figures in report.journeys.items() if figures.sent}
    if not sent:
        return NOTHING
    top = greatest(sent)
    if len(sent) == 1:
        return f"All {messages(report.sent)} come from {top}."
    return f"{top} speaks most: {counted(sent[top])} of {messages(report.sent)} ({share(sent[top], report.sent)})."


def of_hours(report: Report) -> str:
    """The fullest hour, and the longest stretch without a send."""
    total = sum(report.by_hour)
    if not total:
        return NOTHING
    top = report.by_hour.index(max(report.by_hour))
    hour = f"between {top:02}:00 and {(top + 1) % 24:02}:00"
    still = _still(report.by_hour)
    tail = f"none from {still[0]:02}:00 to {still[1]:02}:00" if still else "no hour of the day is without"
    waited = report.waited_by_hour[top]
    why = f", {counted(waited)} of which had waited for quiet hours to end" if waited else ""
    return f"Most go out {hour}: {counted(report.by_hour[top])} of {counted(total)}{why}; {tail}."


def _still(hours: Sequence[int]) -> tuple[int, int] | None:
    """The longest stretch of empty hours, around midnight too: [from, to); the earliest of equals."""
    best, length = None, 0
    for start in range(24):
        run = next((run for run in range(24) if hours[(start + run) % 24]), 24)
        if run > length:
            best, length = (start, (start + run) % 24), run
    return best


def of_weekdays(report: Report) -> str:
    """The weekday with the most sends, and the one with the fewest."""
    sums = [sum(hours) for hours in report.by_weekday_hour]
    if not any(sums):
        return NOTHING
    most, fewest = sums.index(max(sums)), sums.index(min(sums))
    if sums[most] == sums[fewest]:
        return f"Every weekday has as many: {counted(sums[most])}."
    return (
        f"{WEEKDAYS[most]} has the most sends: {counted(sums[most])} of {counted(sum(sums))}; "
        f"{WEEKDAYS[fewest]} has the fewest: {counted(sums[fewest])}."
    )


def of_channels(report: Report) -> str:
    """Which channel carries most."""
    sent = {name: count for name, count in report.by_channel.items() if count}
    if not sent:
        return NOTHING
    total, top = sum(sent.values()), greatest(sent)
    if len(sent) == 1:
        return f"All {messages(total)} go out by {channel_of(top)}."
    return f"Most go out by {channel_of(top)}: {counted(sent[top])} of {messages(total)} ({share(sent[top], total)})."


def of_channel_days(report: Report) -> str:
    """On how many days there is more than one channel."""
    spoken = [sum(1 for count in counts.values() if count) for counts in report.by_day_channel.values()]
    several, days = sum(1 for each in spoken if each > 1), sum(1 for each in spoken if each)
    if not days:
        return NOTHING
    if several == days > 1:
        return f"On each of the {counted(days)} days with messages they go out on more than one channel."
    return f"On {counted(several)} of the {counted(days)} days with messages they go out on more than one channel."


def silences(codes: Mapping[str, int]) -> dict[str, int]:
    """What there is any of, the most frequent first, ties by code."""
    kept = {code: count for code, count in codes.items() if count}
    return dict(sorted(kept.items(), key=lambda each: (-each[1], each[0])))


def of_silences(report: Report) -> str:
    """The reason that silences most."""
    kept = silences(report.codes)
    if not kept:
        return "Nothing that was proposed ended in silence."
    top = next(iter(kept))
    total = sum(kept.values())
    if len(kept) == 1:
        return f"All {counted(total)} silences have one reason: {reason_of(top)}."
    return f"The most frequent of {counted(total)} silences: {reason_of(top)} ({counted(kept[top])})."


def of_caps(report: Report) -> str:
    """Which cap silences most."""
    if not report.caps:
        return "The playbook has no cap."
    top = max(report.caps, key=lambda each: (each.silenced, each.objected))
    if not top.silenced and not top.objected:
        return "No cap kept anything from going."
    if not top.silenced:
        return f"Caps settled nothing; {top.policy} objected to {decisions(top.objected)} at first."
    return f"{top.policy} settled the most decisions: {counted(top.silenced)}; {_reached(top)}."


def _reached(cap: CapUse) -> str:
    """Who came to what it allows, or to how much it objected."""
    tired = cap.unnoticed
    if tired is not None and tired.silenced:
        part = counted(tired.silenced) if tired.silenced < cap.silenced else "all"
        return f"{part} of them because {tired.ignored} in a row had gone unnoticed"
    if cap.at_most is None or cap.users_at_limit is None:
        return f"it objected to {decisions(cap.objected)} at first"
    return f"{users(cap.users_at_limit) if cap.users_at_limit else 'no user'} had all that it allows"


def of_collisions(collisions: Sequence[Collision]) -> str:
    """Who loses most, and to whom."""
    pairs: dict[tuple[str, str], int] = {}
    for each in collisions:
        pairs[each.loser, each.winner] = pairs.get((each.loser, each.winner), 0) + each.count
    pairs = {pair: count for pair, count in pairs.items() if count}
    if not pairs:
        return "No journey kept another from speaking."
    loser, winner = min(pairs, key=lambda pair: (-pairs[pair], pair))
    count, total = pairs[loser, winner], sum(pairs.values())
    told = f"{counted(count)} of {counted(total)} collisions"
    if loser != winner:
        return f"{loser} most often gives way to {winner}: {told}."
    others = {pair: often for pair, often in pairs.items() if pair[0] != pair[1]}
    if not others:
        return f"{loser} most often stands in its own way: {told}."
    (loser, winner), first = min(others, key=lambda pair: (-others[pair], pair)), loser
    head = f"{first} most often stands in its own way ({told})"
    return f"{head}; of two journeys, {loser} gives way to {winner} most often: {counted(others[loser, winner])}."


def of_sends(report: Report) -> str:
    """How much the users who are reached get: the middle one, and the tenth that gets most."""
    counts = {number: count for number, count in sorted(report.sends_per_user.items()) if number and count}
    reached = sum(counts.values())
    if not reached:
        return NOTHING
    half = _at_most(counts, (reached + 1) // 2)
    if len(counts) == 1:
        return f"Each user who is reached gets {messages(half)}."
    tenth = _at_most(counts, reached - max(reached // 10, 1) + 1)
    top = max(counts)
    tail = f"; one in ten gets at least {counted(tenth)}" if reached >= 10 and tenth < top else ""
    usual = messages(half) + (" or fewer" if half > 1 else "")
    return f"Half of the users who are reached get {usual}{tail}; the most is {counted(top)}."


def _at_most(counts: Mapping[int, int], place: int) -> int:
    """The number that the user of this place has, the first being the one with the fewest."""
    for number, count in counts.items():
        place -= count
        if place <= 0:
            return number
    raise AssertionError(place)
