"""Files beside which others may put things: made anew, so that no link is followed, and private where it matters."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

PRIVATE: Final = 0o600
"""Only the owner reads and writes."""
USUAL: Final = 0o666
"""Whoever the process lets, by its umask."""


def anew(path: Path, permissions: int = USUAL) -> int:
    """The descriptor of an empty file to write; what stood under its name is gone, and is not written to.

    Raises OSError, also if somebody puts something there in between.
    """
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, permissions)


def prepared(path: Path) -> None:
    """Where there is no file yet, an empty one that is private; what cannot be made, whoever opens it will tell."""
    with suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE))


def straight(permissions: int = USUAL) -> Callable[[str, int], int]:
    """An opener that follows no link."""
    return lambda name, flags: os.open(name, flags | os.O_NOFOLLOW, permissions)
