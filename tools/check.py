"""Runs our own checkers over the tree: ``python tools/check.py``; exits with 1 if one of them objects."""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tools.glossary import read_glossary, words  # noqa: E402
from tools.purity import builtin_hash, loose_types, touches_of_the_world  # noqa: E402
from tools.sizes import sizes  # noqa: E402
from tools.source import Offence, files_of, texts_of  # noqa: E402
from tools.tree import addresses, weight  # noqa: E402


def offences(root: Path) -> Iterator[tuple[str, Offence]]:
    """Every offence in the tree under ``root``, with the name of the checker that found it."""
    glossary = read_glossary(root / "docs" / "glossary.md")
    paths = files_of(root)
    for path in paths:
        yield from (("weight", offence) for offence in weight(root, path))
    for source in texts_of(root, paths):
        yield from (("addresses", offence) for offence in addresses(source))
        if not source.path.endswith(".py"):
            continue
        try:
            _ = source.tree
        except SyntaxError as error:
            yield "syntax", Offence(source.path, error.lineno or 1, f"is not Python: {error.msg}")
            continue
        yield from (("sizes", offence) for offence in sizes(source))
        if source.path.startswith("src/"):
            yield from (("hash", offence) for offence in builtin_hash(source))
            yield from (("world", offence) for offence in touches_of_the_world(source))
            yield from (("types", offence) for offence in loose_types(source))
            yield from (("words", offence) for offence in words(source, glossary))


def main() -> int:
    """Prints what was found, by checker, and says how much of it must be mended."""
    found = sorted(offences(ROOT), key=lambda pair: (pair[0], pair[1].path, pair[1].line, pair[1].text))
    for checker, pairs in groupby(found, key=lambda pair: pair[0]):
        print(f"{checker}:")
        for _, offence in pairs:
            print(f"  {offence}" + (" (advice)" if offence.is_advice else ""))
    grave = sum(not offence.is_advice for _, offence in found)
    print(f"own checkers: {grave} to mend, {len(found) - grave} worth a thought")
    return 1 if grave else 0


if __name__ == "__main__":
    sys.exit(main())
