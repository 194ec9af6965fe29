"""Looks for items of which a parser says something that it must not: without any tool, seeded, as far as is asked.

python -m tests.fuzz event --plain --seconds 60 --seed 3
"""

import resource
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

from msgspec import Struct

from tests.fuzz import corpus, playbook_texts
from tests.fuzz.mutating import mutated
from tests.fuzz.targets import TARGETS, Target

MOST_GROWN = 100_000
"""Kilobytes by which one item may make the process larger."""
_MOST_SHOWN = 400


class Finding(Struct, frozen=True):
    """Something that must not be, and an item that shows it."""

    what: str
    """The same for the same fault, whatever the item."""
    item: bytes
    said: str
    ms: int = 0
    """How long it took, where that is the finding."""

    def is_clearer(self, other: "Finding") -> bool:
        """Whether its item shows the same thing better: shorter, or slower."""
        return self.ms > other.ms if self.ms else len(self.item) < len(other.item)


def seeds(name: str) -> list[bytes]:
    """What exploring begins with."""
    found = corpus.items(name)
    if TARGETS[name].shape == "bytes":
        found += [Random(length).randbytes(length) for length in range(8, min(TARGETS[name].most_bytes, 320), 24)]
    if name == "playbook":
        found += [_joined(files) for files in playbook_texts.playbooks()]
    if name == "yaml":
        found += [text.encode() for files in playbook_texts.playbooks() for text in files.values()]
    return found


def _joined(files: dict[str, str]) -> bytes:
    return "".join(f"=== {name}\n{text}" for name, text in files.items()).encode()


def grown(name: str, random: Random) -> Iterator[bytes]:
    """First all seeds, then ever new items made of them."""
    target, kept, words = TARGETS[name], seeds(name), corpus.words(name)
    yield from kept
    while True:
        if target.shape == "bytes" and random.random() < 0.4:
            yield random.randbytes(random.choice((4, 16, 60, 200)))
        else:
            item = mutated(random.choice(kept or [b""]), random, shape=target.shape, words=words, others=kept)
            yield item[: target.most_bytes]


def finding_of(target: Target, item: bytes, error: Exception) -> Finding:
    """What the error says of our code: where in it, and of which kind."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if "opportune" in Path(each.filename).parts] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].name}"
    if isinstance(error, AssertionError):
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}"
    return Finding(f"{type(error).__name__} in {place}", item, f"{error}"[:_MOST_SHOWN])


class Watch:
    """Asks the law of a target about items, and remembers each finding once."""

    def __init__(self, target: Target, *, patience: float = 1.0, found: Callable[[Finding], object] = print) -> None:
        """``patience``: how many times as long an item may take, for code that is made slower by being watched."""
        self.findings: dict[str, Finding] = {}
        self.executions = 0
        self.slowest = 0.0
        self._target, self._found = target, found
        self._most = target.most_ms / 1_000 * patience
        self._size = _peak()

    def ask(self, item: bytes) -> None:
        """One execution."""
        began = time.process_time()
        try:
            self._target.law(item)
        except Exception as error:  # noqa: BLE001 whatever it is, it is a finding
            self._note(finding_of(self._target, item, error))
        took, size = time.process_time() - began, _peak()
        self.executions += 1
        self.slowest = max(self.slowest, took)
        if took > self._most:
            ms = round(took * 1_000)
            self._note(Finding(f"slow: over {self._target.most_ms} ms", item, f"{ms} ms", ms))
        if size - self._size > MOST_GROWN:
            self._note(Finding("large: over 100 MB", item, f"{(size - self._size) // 1_000} MB"))
        self._size = size

    def _note(self, finding: Finding) -> None:
        known = self.findings.get(finding.what)
        if known is None or finding.is_clearer(known):
            self.findings[finding.what] = finding
            self._found(finding)


def _peak() -> int:
    """The most that this process has held so far, in kilobytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def explored(name: str, *, seed: int, executions: int = 0, seconds: float = 0) -> Watch:
    """So many executions, or as many as the seconds allow."""
    watch, began = Watch(TARGETS[name]), time.monotonic()
    for item in grown(name, Random(f"{seed}:{name}")):
        watch.ask(item)
        if watch.executions >= executions and time.monotonic() - began >= seconds:
            break
    return watch


def shortened(target: Target, finding: Finding, *, tries: int = 2_000) -> Finding:
    """The finding with an item as short as could be made of it by leaving parts out."""
    item, width = finding.item, max(1, len(finding.item) // 2)
    while width and tries > 0:
        place = 0
        while place < len(item) and tries > 0:
            less, tries = item[:place] + item[place + width :], tries - 1
            if _shows(target, less, finding.what):
                item = less
            else:
                place += width
        width //= 2
    return Finding(finding.what, item, finding.said)


def _shows(target: Target, item: bytes, what: str) -> bool:
    try:
        target.law(item)
    except Exception as error:  # noqa: BLE001 whatever it is, it is what is looked for, or it is not
        return finding_of(target, item, error).what == what
    return False
