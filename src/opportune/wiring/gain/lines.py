"""The gain for a terminal, in words that say what may be concluded and what not."""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final

from opportune.training.clustered import Figure
from opportune.training.doubly_robust import Estimated
from opportune.training.gain import Arm, Gain, Measure
from opportune.wiring.gain.report import LEFT_OUT, Report, SampleRatio

WIDTH: Final = 96
_TITLES: Final[dict[Measure, str]] = {
    "opens": "Opens: a human opened or clicked within 48 hours",
    "opens_unsure": "Opens, counting also those that may have been a machine's",
    "goals": "Goals: the user did what the journey is for, after the decision",
    "value": "Value of goals, for each message",
}
_DONE: Final[dict[Measure, str]] = {
    "opens": "opened", "opens_unsure": "opened", "goals": "reached", "value": "each",
}  # fmt: skip
_NOUNS: Final[dict[Measure, str]] = {
    "opens": "opens", "opens_unsure": "opens", "goals": "goals", "value": "value",
}  # fmt: skip
_BECAUSE: Final = {
    "sure_gain": "at the user's own best slot, or near it to explore",
    "too_little_known": "at the baseline: too little is known of the user",
    "no_gain": "at the baseline: the user's own best slot is no better",
    "unsure_gain": "at the baseline: the user's own best slot may be better, but not surely",
    "control": "at the baseline: the user is kept there",
}


def lines_of(report: Report) -> Iterator[str]:
    """The report, a line at a time."""
    yield from _overview(report)
    for place, gain in enumerate(report.gains):
        yield ""
        yield _TITLES[gain.measure] + (f", in {report.unit}" if gain.measure == "value" and report.unit else "")
        yield from _by_arms(gain)
        if gain.measure != "opens_unsure" and gain.treated.figure.value is not None:
            yield from _by_chances(gain)
        if place == 0:
            yield from _by_matching(gain)


def _overview(report: Report) -> Iterator[str]:
    counts = report.counts
    messages, users = sum(counts.decided.values()), sum(counts.users.values())
    yield from _said(
        f"send_time chose the moment of {_many(messages, 'message')} to {_many(users, 'user')}.", indent=""
    )
    for why, count in sorted(counts.learned.items(), key=lambda each: (-each[1], each[0])):
        yield f"  {count:>9,} {_BECAUSE.get(why, why)}"
    kept = counts.decided.get("control", 0)
    yield f"  {kept:>9,} at the baseline: the user is kept there for comparison"
    yield from _said(_ratio(report.sample_ratio, counts.users.get("control", 0)))
    out = [_out(counts.sent.get(side, 0), counts.decided.get(side, 0)) for side in ("treated", "control")]
    yield from _said(
        f"{out[0]} of them went out where the moment is chosen, {out[1]} at the baseline; all of them are counted."
    )
    if counts.waiting:
        yield from _said(f"{_many(counts.waiting, 'message')} too young to tell what comes of them: not counted yet.")
    if counts.both:
        yield from _said(
            f"{_many(counts.both, 'user')} changed sides, as ids turned out to be one user or other shares were "
            "published: left out."
        )
    if report.left_out > LEFT_OUT:
        yield from _said(
            f"WARNING: that is {100 * report.left_out:.1f} % of the users. Those whose ids are joined are mostly those "
            "who come often, so what is left may not be like all of your users; join ids before you write, or ask with "
            "--since the day of the last change."
        )


def _ratio(ratio: SampleRatio, control: int) -> str:
    if ratio.found is None:
        return "Nobody was decided for."
    found = f"{control:,} users, {ratio.found:.1%}, are kept at the baseline".replace("%", " %")
    match ratio.verdict:
        case "unknown":
            return f"{found}; what share was meant has changed or is not known, so that cannot be checked."
        case "as_drawn":
            return f"{found}; {_percent(ratio.share)} were meant to be: as it should be."
        case "wrong":
            return (
                f"WRONG: {found}, where {_percent(ratio.share)} were meant to be. So far off by chance is less than "
                "one in a thousand: somewhere users are lost or counted twice, and no figure below can be believed."
            )


def _by_arms(gain: Gain) -> Iterator[str]:
    yield f"  {'':24}{'users':>9}{'messages':>10}{_DONE[gain.measure]:>12}   95 % interval"
    for name, arm in (("moment chosen", gain.treated), ("kept at the baseline", gain.control)):
        yield _arm_line(name, arm, gain.measure)
    if gain.gap.value is not None:
        yield f"  {'difference':24}{'':19}{_gap(gain.gap.value, gain.measure):>12}   {_ends(gain.gap, gain.measure)}"
    yield from _said(_verdict(gain))


def _arm_line(name: str, arm: Arm, measure: Measure) -> str:
    told = f"  {name:24}{arm.users:>9,}{arm.sends:>10,}"
    if arm.figure.value is None:
        return f"{told}{'-':>12}"
    return f"{told}{_size(arm.figure.value, measure):>12}   {_ends(arm.figure, measure, signed=False)}"


def _verdict(gain: Gain) -> str:
    what = _NOUNS[gain.measure]
    lift, low, high = gain.lift.value, gain.lift.low, gain.lift.high
    between = "" if lift is None or low is None or high is None else f"between {_lift(low)} and {_lift(high)}"
    match gain.verdict:
        case "gain":
            more = f": {_lift(lift)}, {between}" if between else ""
            return f"A GAIN: choosing the moment brings more {what}{more}."
        case "loss":
            less = f": {_lift(lift)}, {between}" if between else ""
            return f"A LOSS: choosing the moment brings fewer {what}{less}. Take send_time out until you know why."
        case "no_difference":
            could = f"; it may be anything {between}" if between else ""
            return f"No gain can be claimed: the interval of the difference holds zero{could}."
        case "too_little":
            return f"Nothing can be said yet of the difference: {gain.gap.reason}."


def _by_chances(gain: Gain) -> Iterator[str]:
    logged = gain.logged
    yield ""
    if logged.gap.robust.value is None:
        reason = logged.gap.robust.reason
        yield from _said(f"From the chances on record nothing can be told: {reason}.")
        return
    yield from _said(
        f"From the chances on record, for the {_many(logged.choices, 'message')} to users whose moment is chosen:"
    )
    yield f"  {'':24}{'weighted':>9}  {'95 % interval':20}{'doubly robust':>13}  95 % interval"
    for name, told in (("without exploring", logged.one), ("always the baseline", logged.other)):
        yield _estimate_line(name, told, gain.measure, signed=False)
    yield _estimate_line("difference", logged.gap, gain.measure, signed=True)
    size = min(logged.one.robust.effective, logged.other.robust.effective)
    yield from _said(
        f"It says as much as {size:,.0f} users would who had all been written to in the rarer of the two ways."
    )


def _estimate_line(name: str, told: Estimated, measure: Measure, *, signed: bool) -> str:
    number = _gap if signed else _size
    line = f"  {name:24}"
    for figure, width in ((told.weighted, 9), (told.robust, 13)):
        value = "" if figure.value is None else number(figure.value, measure)
        line += f"{value:>{width}}  {_ends(figure, measure, signed=signed):20}"
    return line.rstrip()


def _by_matching(gain: Gain) -> Iterator[str]:
    matched = gain.matched
    if matched.lift is None or matched.rate is None or matched.rate_of_others is None:
        return
    yield ""
    mine, other = (_size(rate, gain.measure) for rate in (matched.rate, matched.rate_of_others))
    yield from _said(
        f"Messages planned for the user's best slot did {_lift(matched.lift)} against the others "
        f"({mine} of {matched.sends:,}, {other} of {matched.others:,})."
    )
    if matched.is_boast:
        shown = f"says {_lift(gain.lift.value)}" if gain.verdict == "gain" else "shows no gain that can be claimed"
        yield from _said(
            f"WARNING: matched so, you would have claimed {_lift(matched.lift)}; the control {shown}. That compares "
            "users, not hours: those who are known well enough to be written to in their best slot are those who "
            "open most, whenever one writes."
        )


def _size(value: float, measure: Measure) -> str:
    return f"{_money(value)}" if measure == "value" else f"{100 * value:.1f} %"


def _gap(value: float, measure: Measure) -> str:
    return f"{_money(value, '+')}" if measure == "value" else f"{100 * value:+.1f} pts"


def _ends(figure: Figure, measure: Measure, *, signed: bool = True) -> str:
    if figure.low is None or figure.high is None:
        return ""
    sign = "+" if signed else ""
    if measure == "value":
        return f"{_money(figure.low, sign)} to {_money(figure.high, sign)}"
    return f"{100 * figure.low:{sign}.1f} to {100 * figure.high:{sign}.1f}"


def _money(value: float, sign: str = "") -> str:
    """Cents where it is more than a few of them, else finer."""
    return f"{value:{sign},.2f}" if abs(value) >= 0.1 else f"{value:{sign}.4f}"


def _lift(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:+.0f} %"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:g} %"


def _out(sent: int, decided: int) -> str:
    return f"{100 * sent / decided:.1f} %" if decided else "nothing"


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _said(sentence: str, indent: str = "  ") -> list[str]:
    whole = sentence.replace(" %", "\0%")  # a number stays with its sign
    lines = wrap(whole, WIDTH, initial_indent=indent, subsequent_indent=indent)
    return [line.replace("\0", " ") for line in lines]
