"""The secret beside the one file: links are signed and names are hidden with it, so it goes where the file goes."""

import os
import secrets
from pathlib import Path


def secret_path(store: Path) -> Path:
    """Where the secret of this file lies."""
    return store.with_name(f"{store.name}.secret")


def secret_of(store: Path) -> bytes:
    """The 32 bytes that belong to this file, made once; only the file's owner may read them."""
    path = secret_path(store)
    if not path.exists():
        keep_secret(store, secrets.token_bytes(32))
    return path.read_bytes()


def keep_secret(store: Path, secret: bytes) -> None:
    """Puts the secret beside the file, whole or not at all: nobody may guess an empty one."""
    path = secret_path(store)
    hidden = path.with_name(f".{path.name}")
    hidden.unlink(missing_ok=True)
    with open(hidden, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    hidden.replace(path)
