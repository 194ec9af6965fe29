"""A playbook's folder: the only place that reads its files."""

from collections.abc import Mapping
from pathlib import Path

from opportune.errors import PlaybookError, Unavailable
from opportune.playbook.check import Finding
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import ENDINGS, findings, playbook_from
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.units import Instant

MOST_FILES = 2_000
MOST_BYTES = 1_000_000
"""The largest file that is read."""


def load(path: str | Path, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> Playbook:
    """The playbook of a folder; raises PlaybookError with all of its problems, or Unavailable if there is no folder."""
    return playbook_from(texts(path), policies=policies)


def inspect(
    path: str | Path,
    *,
    policies: Mapping[str, type[Policy]] = SHIPPED,
    seen: frozenset[str] = frozenset(),
    now: Instant | None = None,
) -> list[Finding]:
    """Everything there is to say of a folder: errors, warnings and notes. ``seen`` are names of events that came in.

    Without ``now`` nothing is said of how old anything is.
    """
    try:
        files = texts(path)
    except PlaybookError as error:
        place, _, text = str(error).partition(": ")
        return [Finding("error", place, text)]
    return findings(files, policies=policies, seen=seen, now=now)


def texts(path: str | Path) -> dict[str, str]:
    """The texts of a playbook's files by name, such as ``journeys/cart.yaml``; other files are left alone."""
    root = Path(path)
    if root.is_file():
        raise Unavailable(f"{root}: is a file; name the folder that the playbook's files are in")
    if not root.is_dir():
        raise Unavailable(f"{root}: there is no such folder; 'opportune init {root}' makes one")
    endings = {*ENDINGS, ".liquid"}
    found: dict[str, str] = {}
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root).as_posix()
        if file.suffix not in endings or not file.is_file() or any(part.startswith(".") for part in name.split("/")):
            continue
        if len(found) == MOST_FILES:
            raise PlaybookError(f"{name}:1: a playbook has at most {MOST_FILES:,} files")
        found[name] = _text(file, root, name)
    return found


def _text(file: Path, root: Path, name: str) -> str:
    if not file.resolve().is_relative_to(root.resolve()):
        raise PlaybookError(f"{name}:1: this links to a file outside the playbook; put the file itself here")
    if file.stat().st_size > MOST_BYTES:
        raise PlaybookError(f"{name}:1: a file has at most {MOST_BYTES:,} bytes, not {file.stat().st_size:,}")
    raw = file.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PlaybookError(f"{name}:{line}: a file is UTF-8 text; byte 0x{raw[error.start]:02x} is not") from None
