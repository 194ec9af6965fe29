"""What is said of rows of a past that could not be taken."""

import sys
from collections.abc import Mapping, Sequence

from opportune.wiring.backtest.text_tables import escaped


def tell_refused(refused: Mapping[str, int], examples: Sequence[str]) -> None:
    """How many there were by code, and the first in words, on standard error."""
    for code, count in refused.items():
        print(f"{count:,} row{'' if count == 1 else 's'} refused: {code}", file=sys.stderr)
    for example in examples:
        print(f"  {escaped(example)}", file=sys.stderr)
