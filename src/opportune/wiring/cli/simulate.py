"""Try a playbook on users who are made up, on a virtual clock: for what no past shows yet. Nothing is sent.

What they do is drawn, from a seed, from the events that the playbook looks at. The same seed gives the same report.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.output import ready, write
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.playbook.definition import Playbook
    from opportune.wiring.simulating.running import Stage


def add_options(parser: ArgumentParser) -> None:
    """The playbook, the users, and how the answer is given."""
    add = parser.add_argument
    add("folder", type=Path, metavar="PLAYBOOK", help="the playbook's folder")
    add("--users", type=count, default=1_000, metavar="N", help="how many (%(default)s)")
    add("--days", type=count, default=30, metavar="N", help="how long (%(default)s)")
    add("--seed", type=int, default=1, metavar="N", help="another seed, other users (%(default)s)")
    add("--start", type=_day, default="2026-06-01", metavar="DAY", help="the first day (%(default)s)")
    add("--events", type=Path, metavar="FILE", help="write what users do, as NDJSON that import and backtest read")
    add("--html", type=Path, metavar="FILE", help="write the report as a page")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Lets them live and tells of it; 1 if the engine could not take something."""
    from opportune.playbook.folder import load
    from opportune.wiring.backtest.summary import summary_of
    from opportune.wiring.cli.progress import Progress
    from opportune.wiring.installed import installed
    from opportune.wiring.simulating.running import Stage, simulated

    ready(options.events)
    ready(options.html)
    playbook = load(options.folder, policies=installed())
    stage = Stage(options.users, options.days, options.seed, options.start)
    if options.events is not None:
        _write_events(options.events, playbook, stage)
    report = simulated(playbook, options.folder.resolve().name, stage, progress=Progress("simulate"))
    if options.json:
        print_json({"reports": [report]})
    else:
        print(summary_of([report]))
    if options.html is not None:
        from opportune.wiring.backtest.html import page_of

        write(options.html, page_of([report]))
    return WRONG if report.poison else OK


def _write_events(path: Path, playbook: "Playbook", stage: "Stage") -> None:
    from opportune.wiring.simulating.running import calls

    write(path, "".join(call.decode() + "\n" for call in calls(playbook, stage)))


def _day(text: str) -> int:
    try:
        return round(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp() * 1_000)
    except ValueError:
        raise ArgumentTypeError(f"a day such as 2026-06-01, not {text!r}") from None
