"""Prints how many small faults the tests find in each part: ``python -m tools.mutate [part ...]``.

Ends with 1 if a part scores below what it must, or if a mutant that is said to be equivalent is killed or gone.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from tools.mutate.children import Work, carried_out
from tools.mutate.cold import QUIET, is_killed
from tools.mutate.mutants import Mutant, mutants_of
from tools.mutate.targets import EQUIVALENT, PARTS, Part
from tools.mutate.warm import Tried, Warm

ROOT = Path(__file__).resolve().parents[2]
MUST = 0.95
"""The score each part must reach."""
COLD_START = 60
"""Seconds a cold run may take beside its tests."""
THIRD_PARTIES = ("apsw", "hypothesis", "hypothesis.stateful", "liquid", "sqlglot", "yaml", "zstandard", "asyncio")


def tried(part: Part, mutants: Sequence[Mutant], *, jobs: int, folder: Path) -> Tried:
    """What became of these mutants: first warm, then those that need it from the beginning."""
    tests = [each for each in part.tests if (ROOT / each).exists()]
    found, log = folder / "tried.json", folder / "log.txt"

    def warm() -> int:
        plugin = Warm(ROOT, mutants, jobs=jobs, notes=folder / "notes.json")
        ended = pytest.main([*QUIET, "--basetemp", str(folder / "tests"), *tests], plugins=[plugin])
        found.write_bytes(msgspec.json.encode(plugin.tried))
        return int(ended)

    ((_, code),) = carried_out([Work("warm", warm, 36_000, str(log))], 1)
    if code != 0:
        raise SystemExit(f"no mutant could be tried ({code}):\n{log.read_text('utf-8')[-3_000:]}")
    result = msgspec.json.decode(found.read_bytes(), type=Tried)
    if result.failing:
        raise SystemExit(f"these tests fail though nothing is broken: {', '.join(result.failing)}")
    by_name = {each.name: each for each in mutants}
    limit = COLD_START + 3 * result.took
    works = [
        Work(name, lambda m=by_name[name], tests=tests: int(is_killed(ROOT, m, tests)), limit)  # type: ignore[misc]
        for name, tests in result.cold.items()
    ]
    print(f"{len(mutants)} mutants, {len(works)} of them from the beginning", file=sys.stderr, flush=True)
    for name, ended in carried_out(works, jobs):
        result.verdicts[name] = "too long" if ended is None else "killed" if ended else "lived"
    return result


def equivalents(root: Path) -> dict[str, str]:
    """The mutants that are said to be equivalent, by name, with the reason."""
    found: dict[str, str] = {}
    name = ""
    for line in (root / EQUIVALENT).read_text("utf-8").splitlines():
        if line.startswith("    ") and name:
            found[name] = f"{found[name]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            name = line
            found[name] = ""
    return found


def main() -> int:
    """Tries the parts that were named, or all."""
    asked = argparse.ArgumentParser(prog="python -m tools.mutate", description=__doc__)
    asked.add_argument("parts", nargs="*", choices=[[], *PARTS], help="which parts; none named: all")
    asked.add_argument("--only", default="", help="only mutants whose names begin like this")
    asked.add_argument("--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    options = asked.parse_args()
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT / "src"))
    for name in THIRD_PARTIES:
        __import__(name)
    excused, is_good = equivalents(ROOT), True
    print(f"{'part':<12} {'module':<34} {'mutants':>8} {'killed':>7} {'equivalent':>11} {'lived':>6} {'score':>7}")
    everything = [each for part in PARTS.values() for module in part.modules for each in _mutants(module)]
    known = {each.name for each in everything}
    for name in sorted(set(excused) - known):
        is_good = False
        print(f"{EQUIVALENT}: there is no such mutant any more: {name}")
    for name in options.parts or PARTS:
        is_good &= _told(name, PARTS[name], excused, only=options.only, jobs=options.jobs)
    return 0 if is_good else 1


def _mutants(module: str) -> list[Mutant]:
    return mutants_of(module, (ROOT / "src" / "opportune" / module).read_text("utf-8"))


def _told(name: str, part: Part, excused: dict[str, str], *, only: str, jobs: int) -> bool:
    start = time.monotonic()
    mutants = [each for module in part.modules for each in _mutants(module) if each.name.startswith(only)]
    with tempfile.TemporaryDirectory() as folder:
        verdicts = tried(part, mutants, jobs=jobs, folder=Path(folder)).verdicts
    sums = [0, 0, 0, 0]
    is_good = True
    for module in part.modules:
        names = [each.name for each in mutants if each.module == module]
        equal = [each for each in names if each in excused]
        ended = [each for each in names if verdicts[each] == "too long" and each not in equal]
        killed = [each for each in names if verdicts[each] == "killed" or each in ended]
        lived = [each for each in names if each not in killed and each not in equal]
        for each in lived:
            print(f"    {verdicts[each]}: {each}")
        for each in set(killed) & set(equal):
            is_good = False
            print(f"    killed, so not equivalent: {each}")
        row = [len(names), len(killed), len(equal), len(lived)]
        sums = [one + other for one, other in zip(sums, row, strict=True)]
        _row(name, module, row)
    _row(name, f"all, {time.monotonic() - start:.0f} s", sums)
    return is_good and _score(sums) >= MUST


def _score(row: Sequence[int]) -> float:
    return row[1] / max(1, row[0] - row[2])


def _row(part: str, module: str, row: Sequence[int]) -> None:
    shown = f"{row[0]:>8} {row[1]:>7} {row[2]:>11} {row[3]:>6} {_score(row):>7.1%}"
    print(f"{part:<12} {module:<34} {shown}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
