"""What fuzzing begins with: one file of items for each target, and one of words.

``corpus/NAME.txt`` holds an item on each line, as Python writes bytes; a line ``# ...`` says what the next ones are.
Items that once showed a fault stand there for good, in the form to which they were cut down.
"""

import ast
from pathlib import Path

HERE = Path(__file__).parent


def items(name: str) -> list[bytes]:
    """The items of this target, in order; none if it has no file."""
    return _lines(HERE / "corpus" / f"{name}.txt")


def words(name: str) -> list[bytes]:
    """The words of this dictionary, in order; none if there is none."""
    return _lines(HERE / "dictionaries" / f"{name}.txt")


def _lines(path: Path) -> list[bytes]:
    if not path.exists():
        return []
    lines = path.read_text("utf-8").splitlines()
    return [ast.literal_eval(line) for line in lines if line and not line.startswith("#")]
