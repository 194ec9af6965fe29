"""Say which journeys to take up first: their impact on a past, times how easily they can be had.

Tries playbooks on a past as backtest does, gives each journey 1 to 5 for impact and for feasibility, says why, and
draws the matrix. Nothing is sent.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.ending import ending_cleanly
from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.output import ready, write
from opportune.wiring.cli.past import add_past, apart, named, past_of, read_all, work_of
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.prioritising import Priority


def add_options(parser: ArgumentParser) -> None:
    """The playbooks, the past, and how the answer is given."""
    add = parser.add_argument
    add("paths", type=Path, nargs="+", metavar="PLAYBOOK|FILE", help="folders with playbooks, then files with events")
    add_past(parser)
    add("--svg", type=Path, metavar="FILE", help="draw the matrix into this file")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints the journeys of all playbooks, the most worthwhile first."""
    from opportune.errors import Unavailable
    from opportune.playbook.reading import playbook_from
    from opportune.wiring.backtest.reporting import tried
    from opportune.wiring.backtest.text_tables import escaped
    from opportune.wiring.installed import installed
    from opportune.wiring.prioritising import drawn, in_order, last_month, priorities

    folders, files = apart(options.paths)
    if not folders:
        raise Unavailable(f"{options.paths[0]}: there is no such folder; name the folder of a playbook first")
    ready(options.svg)
    playbooks = read_all(named(folders))
    with ending_cleanly():
        past, work = past_of(options, files), work_of(options)
        reports = tried(playbooks, past, work).reports
        whole = reports[0].until - reports[0].since
        month = last_month(past, reports[0])
        if month is not None:
            reports = tried(playbooks, month, work).reports
    read = {name: playbook_from(texts, policies=installed()) for name, texts in playbooks.items()}
    told = in_order(each for report in reports for each in priorities(read[report.playbook], report, whole))
    if options.json:
        print_json({"priorities": [_as_json(each) for each in told]})
    else:
        print("\n".join(map(escaped, lines_of(told))))
    if options.svg is not None:
        write(options.svg, drawn(told))
    return OK


def lines_of(told: "Sequence[Priority]") -> Iterator[str]:
    """The table, with the reasons below each journey."""
    several = len({each.playbook for each in told}) > 1
    names = [f"{each.playbook}/{each.journey}" if several else each.journey for each in told]
    wide = max(map(len, [*names, "journey"]))
    yield f"{'journey':{wide}}  priority  impact x feasibility   users"
    for name, each in zip(names, told, strict=True):
        product = f"{each.impact} x {each.feasibility} = {each.product}"
        yield f"{name:{wide}}  {each.level:8}  {product:>20}  {each.users:>6,}"
        yield from (f"{'':{wide}}    {reason}" for reason in each.reasons)


def _as_json(told: "Priority") -> dict[str, object]:
    from msgspec import to_builtins

    given: dict[str, object] = to_builtins(told)
    return given | {"product": told.product, "level": told.level}
