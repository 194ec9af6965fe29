"""Where the worked examples are."""

from pathlib import Path
from typing import Final

EXAMPLES: Final = Path(__file__).parents[2] / "examples"
NAMES: Final = tuple(sorted(each.name for each in EXAMPLES.iterdir() if each.is_dir()))
