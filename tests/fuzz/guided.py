"""Fuzzing that sees which code an item reaches: a process of its own for each target, and what it left behind."""

import re
import subprocess
import sys
from pathlib import Path

from msgspec import Struct, json

from tests.fuzz import corpus
from tests.fuzz.exploring import Finding, seeds

_DONE = re.compile(r"^stat::number_of_executed_units:\s*(\d+)|^Done (\d+) runs", re.MULTILINE)
_REACHED = re.compile(r"cov: (\d+) ft: (\d+)")


class Run(Struct, frozen=True):
    """What one target came to."""

    name: str
    executions: int
    reached: int
    """Places of the code that some item reached, as the fuzzer counts them."""
    findings: list[Finding]
    ended: str = ""
    """How the process ended, if not as it should."""


def run(name: str, *, seconds: int, seed: int, folder: Path) -> Run:
    """Fuzzes one target for so long; what it learned stays in the folder, and is where the next run begins."""
    for part in ("learned", "findings"):
        (folder / name / part).mkdir(parents=True, exist_ok=True)
    _put_down(name, folder / name)
    command = [sys.executable, "-W", "ignore", "-m", "tests.fuzz.watched", name, str(folder / name)]
    limits = [
        f"-max_total_time={seconds}",
        f"-seed={seed}",
        "-timeout=60",
        "-rss_limit_mb=4096",
        "-print_final_stats=1",
    ]
    done = subprocess.run([*command, *limits], capture_output=True, text=True, check=False, errors="replace")
    said = done.stderr + done.stdout
    (folder / name / "said.txt").write_text(said)
    counts = [int(found[0] or found[1]) for found in _DONE.findall(said)]
    reached = [int(found[0]) for found in _REACHED.findall(said)]
    ended = (
        ""
        if done.returncode == 0
        else f"exit {done.returncode}: {said.strip().splitlines()[-1][:200] if said.strip() else ''}"
    )
    return Run(name, max(counts, default=0), max(reached, default=0), _kept(folder / name / "findings"), ended)


def _put_down(name: str, folder: Path) -> None:
    """The seeds, and the words as libFuzzer reads them."""
    (folder / "seeds").mkdir(exist_ok=True)
    for place, item in enumerate(seeds(name)):
        (folder / "seeds" / f"{place:04}").write_bytes(item)
    lines = ['"\\x00"\n'] + [
        '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in corpus.words(name) if word
    ]
    (folder / "words.txt").write_text("".join(lines))
    for old in (folder / "findings").iterdir():
        old.unlink()


def _kept(folder: Path) -> list[Finding]:
    return [json.decode(path.read_bytes(), type=Finding) for path in sorted(folder.iterdir())]
