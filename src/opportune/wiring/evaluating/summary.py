"""An evaluation in plain text."""

from collections.abc import Iterator

from opportune.wiring.backtest.text_tables import paragraph, table
from opportune.wiring.evaluating.report import FEWEST, FEWEST_USERS, Bucket, Line, Report
from opportune.wiring.evaluating.resampling import Interval

_FEW = "too few users to say"


def lines_of(report: Report) -> Iterator[str]:
    """For a terminal of a hundred columns."""
    yield (
        f"{', '.join(report.files)}: {report.events:,} events, {report.check_ins:,} check-ins (hours with any) "
        f"of {report.users:,} users"
    )
    drawn = f", drawn from {report.decisions_in_all:,} days" if report.decisions_in_all > report.decisions else ""
    yield from paragraph(
        f"learned from before {report.cut} ({report.split:.0%} of the events); asked of {report.decisions:,} later "
        f"days of {report.decision_users:,} users{drawn}",
        indent=0,
    )
    if report.is_permuted:
        yield "PERMUTED: hours have changed hands between users, so no gain below can be true"
    yield ""
    rows: list[tuple[str, ...]] = [
        ("model", "hit60", "95 %", "gain", "95 %", "", "frozen", "NDCG", "loss", "off", "seeds")
    ]
    rows += [_row(line) for line in report.lines]
    yield from table(rows)
    for each in report.missing:
        yield f"  {each.title}: {each.why}"
    yield ""
    yield from paragraph(
        "hit60: how often the user was active in the named local hour, in %; any hour at random: "
        f"{100 * report.any_hour:.2f}. gain: points over the global hour on the same days; 'gain' and 'loss' only "
        f"where the interval, with users drawn again, does not hold 0 and there are {FEWEST_USERS} users. "
        "frozen: with nothing learned of users after the "
        "cut. loss: log loss. off: mean distance of chances from what happened, in points. seeds: spread of hit60 over "
        "seeds, in points; none where no chance is in it."
    )
    for line in report.lines:
        if line.name == "ours":
            yield ""
            yield from _of_buckets(line)
            yield ""
            yield from paragraph(_of_chances(line), indent=0)


def _row(line: Line) -> tuple[str, ...]:
    said = "gain" if line.is_gain else "loss" if line.is_loss else "-" if line.is_enough else _FEW
    is_first = line.name == "global_hour"
    return (
        line.title,
        _points(line.right.value),
        f"{_points(line.right.low)}-{_points(line.right.high)}" if line.is_enough else "",
        "" if is_first else f"{100 * line.gain.value:+.2f}",
        "" if is_first or not line.is_enough else _ends(line.gain),
        "" if is_first else said,
        _points(line.frozen.right.value),
        f"{line.ndcg:.3f}",
        f"{line.log_loss:.3f}",
        _points(line.calibration_error),
        "" if line.spread is None else _points(line.spread),
    )


def _of_buckets(line: Line) -> Iterator[str]:
    yield f"{line.title}, by check-ins known of the user"
    rows: list[tuple[str, ...]] = [("check-ins", "days", "users", "hit60", "gain", "95 %", "")]
    rows += [_bucket(each) for each in line.buckets]
    yield from table(rows)


def _bucket(each: Bucket) -> tuple[str, ...]:
    span = f"{each.least}" if each.most == each.least else f"{each.least}+" if each.most is None else None
    return (
        span or f"{each.least}-{each.most}",
        f"{each.decisions:,}",
        f"{each.users:,}",
        _points(each.right.value),
        f"{100 * each.gain.value:+.2f}",
        _ends(each.gain) if each.users >= FEWEST_USERS else "",
        _FEW if each.users < FEWEST_USERS else "" if each.is_enough else f"fewer than {FEWEST} days",
    )


def _of_chances(line: Line) -> str:
    """What the chances are good for, with how far those of the named hours were off."""
    said = (
        f"chances of the hours that {line.title} named: promised {_points(line.promised)}, "
        f"kept {_points(line.right.value)}. "
    )
    if line.promised > line.right.high and line.is_enough:
        said += (
            "They are too high: they are learned from before the cut, and users were active in fewer hours of a day "
            "after it. "
        )
    return said + (
        "Chances are relative: which hour is likelier, and by how many times, holds longer than how likely it is; do "
        "not read them as a forecast of opens or visits."
    )


def _ends(gain: Interval) -> str:
    return f"{100 * gain.low:+.2f} {100 * gain.high:+.2f}"


def _points(share: float) -> str:
    return f"{100 * share:.2f}"
