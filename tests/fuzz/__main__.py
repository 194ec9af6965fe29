"""Fuzzes the parsers: one of them, or all side by side.

    python -m tests.fuzz                                 every target for a minute
    python -m tests.fuzz condition --seconds 600 --seed 7
    python -m tests.fuzz event --replay FILE             what the law says of one item

With atheris (``make fuzz`` installs it) it sees which code an item reaches; ``--plain`` does without.
"""

import importlib.util
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.faults import ledger
from tests.fuzz.exploring import Watch, explored, shortened
from tests.fuzz.guided import Run, run
from tests.fuzz.targets import TARGETS


def _options() -> Namespace:
    parser = ArgumentParser(prog="python -m tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"some of {', '.join(TARGETS)}; else all")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(%(default)s)")
    parser.add_argument("--jobs", type=int, default=4, help="targets side by side (%(default)s)")
    parser.add_argument("--plain", action="store_true", help="without atheris")
    parser.add_argument("--ledger", action="store_true", help="add the figures to the ledger")
    parser.add_argument("--folder", type=Path, default=Path(".fuzz"), help="what is learned stays there (%(default)s)")
    parser.add_argument("--replay", type=Path, help="ask the law about this one item")
    options = parser.parse_args()
    for name in options.targets:
        if name not in TARGETS:
            parser.error(f"there is no target {name!r}; there are {', '.join(TARGETS)}")
    return options


def _plain(name: str, options: Namespace) -> Run:
    watch = explored(name, seed=options.seed, seconds=options.seconds)
    return Run(name, watch.executions, 0, list(watch.findings.values()))


def _asked_again(found: Run) -> Run:
    """The run with findings as they are in code that is not watched: what was only slow for that is left out."""
    target, kept = TARGETS[found.name], []
    for finding in found.findings:
        watch = Watch(target, found=lambda again: None)
        watch.ask(finding.item)
        watch.ask(finding.item)  # the first time something may have to be imported
        if watch.findings or not finding.ms:
            kept.append(next(iter(watch.findings.values())) if finding.ms else shortened(target, finding))
    return Run(found.name, found.executions, found.reached, kept, found.ended)


def _runs(options: Namespace) -> Iterator[Run]:
    names = options.targets or list(TARGETS)
    if options.plain or importlib.util.find_spec("atheris") is None:
        yield from (_plain(name, options) for name in names)
        return
    with ThreadPoolExecutor(options.jobs) as pool:
        for found in pool.map(
            lambda name: run(name, seconds=options.seconds, seed=options.seed, folder=options.folder), names
        ):
            yield _asked_again(found)


def _told(found: Run) -> None:
    print(f"{found.name:<18} {found.executions:>12,} executions {found.reached:>7,} reached  {found.ended}", flush=True)
    for finding in found.findings:
        print(f"    {finding.what}: {finding.said}\n        {finding.item!r:.2000}", flush=True)


def main() -> int:
    """Fuzzes, and tells of each target what it came to; 1 if there are findings."""
    options = _options()
    if options.replay is not None:
        item, began = options.replay.read_bytes(), time.process_time()
        TARGETS[options.targets[0]].law(item)
        print(f"kept, in {(time.process_time() - began) * 1_000:.0f} ms")
        return 0
    is_wrong = False
    for found in _runs(options):
        _told(found)
        is_wrong = is_wrong or bool(found.findings) or bool(found.ended)
        if options.ledger:
            ledger.add("fuzz", {"executions": found.executions, f"executions.{found.name}": found.executions})
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main())
