"""How often the chosen hour is one in which the user was active, on three real sets; all models on the same days.

    python -m benchmarks sendtime_real

The sets are not ours to keep: ``OPPORTUNE_DATA``, or ``shared/data`` beside the tree, names their folder. Nothing is
measured without them.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from msgspec.structs import replace

from benchmarks.figure import Figure, Size
from opportune.wiring.evaluating.comparing import Settings, compared
from opportune.wiring.evaluating.reading import Files, read
from opportune.wiring.evaluating.report import Line, Report
from opportune.wiring.mapping import Columns

FOLDER = Path(os.environ.get("OPPORTUNE_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data")
_PAIRS = Columns(named={"user": "1", "at": "3"})
SETS = {
    "uboot": Files(
        paths=(FOLDER / "uboot_commits_anon.csv.gz",),
        columns=Columns(named={"user": "uid", "at": "t"}),
        zones=("minutes:off_min",),
        since=1_000_000_000_000,
    ),
    "collegemsg": Files(
        paths=(FOLDER / "collegemsg.txt.gz",), columns=_PAIRS, zones=("America/Los_Angeles",), has_header=False
    ),
    "email_eu": Files(paths=(FOLDER / "email_eu.txt.gz",), columns=_PAIRS, zones=("UTC",), has_header=False),
}
"""As options of ``opportune evaluate send-time`` would say it; instants of u-boot before September 2001 are errors."""
FEW = ("modal_hour", "ours")


def measured(size: Size) -> Iterator[Figure]:
    """Of each set ours first, then every other model."""
    if not all(path.is_file() for files in SETS.values() for path in files.paths):
        print(
            f"sendtime_real: left out, {FOLDER} holds no such sets; OPPORTUNE_DATA names their folder", file=sys.stderr
        )
        return
    is_quick = size.repeats < 3
    settings = Settings(models=FEW, resamples=20) if is_quick else Settings()
    for name in list(SETS)[-1:] if is_quick else SETS:
        report = report_on(name, settings)
        for line in sorted(report.lines, key=lambda each: each.name != "ours"):
            yield _figure(name, report, line)


def report_on(name: str, settings: Settings) -> Report:
    """The evaluation of one set."""
    found = read(SETS[name])
    report = compared(found.histories, found.hours, settings)
    return replace(report, left_out=found.left_out)


def _figure(name: str, report: Report, line: Line) -> Figure:
    suffix = "" if line.name == "ours" else f".{line.name}"
    gain = line.gain
    told = [
        f"{line.title}; 95 % over users; {report.decisions:,} days of {report.decision_users:,} users",
        f"over the global hour {100 * gain.value:+.2f} points ({100 * gain.low:+.2f} to {100 * gain.high:+.2f})",
        f"with what was known at the cut {line.frozen.right.value:.4f}",
        f"NDCG@24 {line.ndcg:.3f}, log loss {line.log_loss:.3f}",
    ]
    if line.lowest is not None:
        told.append(f"lowest end in a bucket of 200 days {100 * line.lowest:+.2f}")
    if line.spread is not None:
        seeds = sorted(line.seeds.values())
        told.append(f"{len(seeds)} seeds: {seeds[0]:.4f} to {seeds[-1]:.4f}, spread {line.spread:.4f}")
    low, value, high = (round(each, 4) for each in (line.right.low, line.right.value, line.right.high))
    return Figure(f"sendtime.{name}.hit60{suffix}", value, "share", (low, high), "; ".join(told))
