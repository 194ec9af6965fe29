"""One target under atheris, until libFuzzer ends the process: ``python -m tests.fuzz.watched TARGET FOLDER LIMITS``.

Nothing of the package may be imported before atheris watches imports. Each finding is written down as soon as it is
there, for libFuzzer does not come back.
"""

import re
import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["opportune", "email", "liquid", "html"], enable_loader_override=False):
    from msgspec import json

    from tests.fuzz import corpus
    from tests.fuzz.exploring import Finding, Watch, seeds
    from tests.fuzz.mutating import mutated
    from tests.fuzz.targets import TARGETS

PATIENCE = 4.0
"""Watched code is so many times slower."""


def main(name: str, folder: Path, limits: list[str]) -> None:
    """Fuzzes; what it learns and finds is put into the folder."""
    target, words, others = TARGETS[name], corpus.words(name), seeds(name)

    def found(finding: Finding) -> None:
        (folder / "findings" / re.sub(r"\W+", "-", finding.what)).write_bytes(json.encode(finding))

    def change(item: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        if target.shape == "bytes" or random.random() < 0.5:
            return bytes(atheris.Mutate(item, most))
        return mutated(item, random, shape=target.shape, words=words, others=others)[:most]

    watch = Watch(target, patience=PATIENCE, found=found)
    arguments = [*limits, f"-max_len={target.most_bytes}", f"-artifact_prefix={folder}/", f"-dict={folder}/words.txt"]
    folders = [str(folder / "learned"), str(folder / "seeds")]
    atheris.Setup([sys.argv[0], *arguments, *folders], watch.ask, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), sys.argv[3:])
