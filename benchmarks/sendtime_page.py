"""Puts what send time comes to on the three real sets into its page: ``python -m benchmarks.sendtime_page``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from msgspec.structs import replace

from benchmarks.sendtime_real import SETS, report_on
from opportune.wiring.evaluating.comparing import Settings
from opportune.wiring.evaluating.report import Bucket, Line, Report
from opportune.wiring.evaluating.summary import lines_of

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "send-time.md"
NAMES = {"uboot": "u-boot, commits", "collegemsg": "CollegeMsg, messages", "email_eu": "email-Eu, e-mails"}
OPTIONS = {
    "uboot": "--map user=uid,at=t --zone minutes:off_min --from 2001-09-09",
    "collegemsg": "--no-header --map user=1,at=3 --zone America/Los_Angeles",
    "email_eu": "--no-header --map user=1,at=3",
}
SHOWN = "collegemsg"


def results(reports: dict[str, Report]) -> Iterator[str]:
    """Every model on every set, then ours by how much was known of the user."""
    heads = [
        f"{NAMES[name]}: {each.decisions:,} days of {each.decision_users:,} users" for name, each in reports.items()
    ]
    yield f"| | {' | '.join(heads)} |"
    yield "|---|---|---|---|"
    for lines in zip(*(each.lines for each in reports.values()), strict=True):
        bold = "**" if lines[0].name == "ours" else ""
        yield f"| {bold}{lines[0].title}{bold} | {' | '.join(_of(line) for line in lines)} |"
    yield ""
    yield "In brackets the interval of the difference to the global hour, in points."
    yield "By how many check-ins were known of the user, ours over the global hour, with interval and number of days:"
    yield ""
    yield f"| check-ins | {' | '.join(NAMES[name].partition(',')[0] for name in reports)} |"
    yield "|---|---|---|---|"
    ours = [each.lines[-1] for each in reports.values()]
    for least, most in sorted({(each.least, each.most or 10**9) for line in ours for each in line.buckets}):
        cells = [next((_bucket(each) for each in line.buckets if each.least == least), "-") for line in ours]
        span = str(least) if least == most else f"{least} and more" if most == 10**9 else f"{least} to {most}"
        yield f"| {span} | {' | '.join(cells)} |"
    yield ""
    for name, line in zip(reports, ours, strict=True):
        seeds = sorted(line.seeds.values())
        yield (
            f"- {NAMES[name].partition(',')[0]}: over {len(seeds)} seeds {100 * seeds[0]:.2f} to "
            f"{100 * seeds[-1]:.2f}; promised {100 * line.promised:.2f}, kept {100 * line.right.value:.2f}; "
            f"`opportune evaluate send-time {SETS[name].paths[0].name} {OPTIONS[name]}`"
        )


def _of(line: Line) -> str:
    if line.name == "global_hour":
        return f"{100 * line.right.value:.2f}"
    word = " gain" if line.is_gain else " loss" if line.is_loss else "" if line.is_enough else " too few users to say"
    bold = "**" if line.name == "ours" else ""
    gain = f"({100 * line.gain.low:+.2f} to {100 * line.gain.high:+.2f}){word}"
    return f"{bold}{100 * line.right.value:.2f}{bold} {gain}"


def _bucket(each: Bucket) -> str:
    if each.gain.low == each.gain.high:
        return f"the same, {each.decisions:,}"
    gain = each.gain
    return f"{100 * gain.value:+.2f} ({100 * gain.low:+.2f} to {100 * gain.high:+.2f}), {each.decisions:,}"


def main() -> int:
    """Measures, and writes the page."""
    begun = perf_counter()
    reports = {name: report_on(name, Settings()) for name in SETS}
    print(f"{perf_counter() - begun:.0f} s for all", file=sys.stderr)
    file = SETS[SHOWN].paths[0].name
    shown = lines_of(replace(reports[SHOWN], files=(file,)))
    table = ["```", f"$ opportune evaluate send-time {file} {OPTIONS[SHOWN]}", *shown, "```"]
    text = PAGE.read_text(encoding="utf-8")
    for tag, lines in (("results", list(results(reports))), ("table", table)):
        before, _, rest = text.partition(f"<!-- {tag} -->\n")
        text = (
            f"{before}<!-- {tag} -->\n"
            + "\n".join(lines)
            + f"\n<!-- /{tag} -->"
            + rest.partition(f"<!-- /{tag} -->")[2]
        )
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
