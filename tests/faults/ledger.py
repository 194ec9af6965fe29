"""Figures of the long proofs, summed over all runs: ``ledger.json`` keeps, docs/explanation/promises.md shows them.

Usage: python -m tests.faults.ledger prints them, with --page writes them into the page. Long runs add to them when they
are asked to (``--ledger``).
"""

import json
import sys
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import TypeAlias

LEDGER = Path(__file__).with_name("ledger.json")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "explanation" / "promises.md"
BEGIN, END = "<!-- figures -->\n", "<!-- end of figures -->"
Figures: TypeAlias = dict[str, int]
HEADLINES = {
    "faults.schedules": "schedules",
    "faults.violations": "violations",
    "faults.planted": "planted",
    "faults.planted_found": "found",
    "faults.kills": "kills",
    "faults.crash_images": "images",
    "faults.lost_acknowledged": "lost_acknowledged",
}
"""Names that last, each the sum of one figure over the proofs in ``FAULTS``."""
FAULTS = ("simulator", "planted", "kills", "images", "disk_failures")


def kept(path: Path = LEDGER) -> dict[str, Figures]:
    """By proof: its figures, summed."""
    return json.loads(path.read_text()) if path.exists() else {}


def add(proof: str, figures: Figures, path: Path = LEDGER) -> Figures:
    """Adds these to what the proof had; counts only, for they are summed. Returns the new sums."""
    with path.with_suffix(".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        sums = kept(path)
        known = sums.setdefault(proof, {})
        for name, count in figures.items():
            known[name] = known.get(name, 0) + count
        text = json.dumps(sums, indent=1, sort_keys=True)
        path.write_text(f"{text}\n")
    return known


def headlines(sums: dict[str, Figures]) -> Figures:
    """The figures that are quoted, by the names that last."""
    return {name: sum(sums.get(proof, {}).get(figure, 0) for proof in FAULTS) for name, figure in HEADLINES.items()}


def shown(sums: dict[str, Figures]) -> str:
    """The figures that are quoted, then all, as tables."""
    quoted = [f"| `{name}` | {count:,} |\n" for name, count in headlines(sums).items()]
    rows = [
        f"| {proof} | {name.replace('_', ' ').replace('.', ': ')} | {count:,} |\n"
        for proof, figures in sorted(sums.items())
        for name, count in sorted(figures.items())
    ]
    return "".join(["| name | sum |\n|---|---:|\n", *quoted, "\n| proof | figure | sum |\n|---|---|---:|\n", *rows])


def write_page() -> None:
    """Puts the figures into the page."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}{shown(kept())}{END}{after}")


if __name__ == "__main__":
    if "--page" in sys.argv:
        write_page()
    sys.stdout.write(shown(kept()))
