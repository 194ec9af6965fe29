"""Files that a command writes: whether they can be written is known before the work begins."""

import os
from pathlib import Path

from opportune.errors import Unavailable


def ready(path: Path | None) -> None:
    """Raises Unavailable, with a remedy, where this file cannot be written; nothing is written yet."""
    if path is None:
        return
    folder = path.absolute().parent
    if not folder.is_dir():
        raise Unavailable(f"{path}: there is no folder {path.parent}; make it first, or name another file")
    if path.is_dir():
        raise Unavailable(f"{path}: is a folder; name a file in it")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise Unavailable(f"{path}: may not be written; name a file elsewhere, or change who may write here")


def write(path: Path, text: str) -> None:
    """Writes the file; raises Unavailable, with a remedy, where that fails all the same."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise Unavailable(f"{path}: {fault.strerror}; make room, or name a file elsewhere") from None
