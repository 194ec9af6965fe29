"""The package as its files say it: every module, its syntax, and the names it offers."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "opportune"
REFERENCE = ROOT / "docs" / "reference"


@cache
def modules() -> dict[str, ast.Module]:
    """Every module under src, by its path from the package, in order."""
    paths = sorted(SOURCE.rglob("*.py"))
    return {path.relative_to(SOURCE).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def headings(page: str) -> set[str]:
    """The second-level headings of a page of the reference, without code marks."""
    lines = (REFERENCE / page).read_text(encoding="utf-8").splitlines()
    return {line.removeprefix("## ").strip().strip("`") for line in lines if line.startswith("## ")}


def texts_under(page: str, heading: str) -> str:
    """What the page says under this second-level heading."""
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
