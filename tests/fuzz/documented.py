"""The codes of refusals that the reference names."""

import re
from pathlib import Path

_PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"
CODES = frozenset(re.findall(r"^\| `(\w+)` \|", (_PAGES / "errors.md").read_text("utf-8"), re.MULTILINE))
"""Of an ``EventError``."""
