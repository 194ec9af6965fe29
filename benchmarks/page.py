"""Puts the newest figures into docs/explanation/speed.md: ``python -m benchmarks.page``."""

from pathlib import Path

import msgspec

from benchmarks.__main__ import LATEST
from benchmarks.figure import Figure
from benchmarks.machine import machine

PAGE = Path(__file__).parents[1] / "docs" / "explanation" / "speed.md"
START, END = "<!-- figures -->\n", "<!-- end of figures -->\n"


def table(figures: list[Figure]) -> str:
    """The figures as a table; the conditions that are already said above it are left out."""
    lines = ["| figure | median | least to most | conditions |", "|---|---|---|---|"]
    for each in figures:
        least, most = each.spread
        density = each.conditions.partition(";")[0] if each.name.startswith("engine.") else each.conditions
        lines.append(f"| `{each.name}` | {each.value:,.10g} {each.unit} | {least:,.10g} to {most:,.10g} | {density} |")
    return "\n".join([*lines, ""])


def main() -> None:
    """Replaces what stands between the two marks."""
    figures = msgspec.json.decode(LATEST.read_bytes(), type=list[Figure])
    before, _, rest = PAGE.read_text().partition(START)
    _, _, after = rest.partition(END)
    where = machine().partition("; load")[0]
    PAGE.write_text(f"{before}{START}{where}.\n\n{table(figures)}{END}{after}")


if __name__ == "__main__":
    main()
