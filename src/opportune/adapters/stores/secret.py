"""The secret beside the one file: links are signed and names are hidden with it, so it goes where the file goes."""

import os
import secrets
from pathlib import Path
from typing import Final

from opportune.adapters.lasting import put_in_place, taken_by_disk
from opportune.adapters.private_file import PRIVATE, anew
from opportune.errors import Unavailable

LEAST: Final = 16
"""Bytes of a secret that nobody guesses."""


def secret_path(store: Path) -> Path:
    """Where the secret of this file lies."""
    return store.with_name(f"{store.name}.secret")


def secret_of(store: Path) -> bytes:
    """The 32 bytes that belong to this file, made once; only the file's owner may read them.

    Raises Unavailable if what lies there is too short to be a secret: whoever knows an empty one can make every link.
    """
    path = secret_path(store)
    if not path.exists():
        keep_secret(store, secrets.token_bytes(32))
    secret = path.read_bytes()
    if len(secret) < LEAST:
        raise Unavailable(f"{path}: holds {len(secret)} bytes, a secret has 32; put back the one of this file")
    return secret


def keep_secret(store: Path, secret: bytes) -> None:
    """Puts the secret beside the file, whole or not at all: nobody may guess an empty one.

    Raises Unavailable if the disk does not let it.
    """
    path = secret_path(store)
    hidden = path.with_name(f".{path.name}")
    with taken_by_disk(path):
        with open(anew(hidden, PRIVATE), "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        put_in_place(hidden, path)
