"""The document about one user, read from the engine's file and written for its owner's eyes only."""

import os
from pathlib import Path

import msgspec

from opportune.adapters.lasting import put_in_place
from opportune.adapters.private_file import PRIVATE, anew
from opportune.adapters.stores.erasing import user_token
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.secret import secret_of, secret_path
from opportune.errors import Unavailable
from opportune.wiring.installed import installed
from opportune.wiring.looking import Looking
from opportune.wiring.portable import Portable, portable


def portable_from(history: SqliteHistory, store: Path, user: str) -> Portable:
    """The document about this user; the secret beside the file tells whether the user was erased."""
    secret = secret_of(store) if secret_path(store).exists() else None

    def is_erased(name: str) -> bool:
        return secret is not None and history.is_tombstone(user_token(secret, name))

    return portable(history, user, looking=Looking(installed()), is_erased=is_erased)


def write_portable(document: Portable, path: Path) -> None:
    """The file is whole or not there at all; raises Unavailable if it cannot be written."""
    if path.is_dir():
        raise Unavailable(f"{path}: is a folder; with --user, --out names a file such as {path / 'user.json'}")
    hidden = path.with_name(f".{path.name}.part")
    try:
        with open(anew(hidden, PRIVATE), "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        put_in_place(hidden, path)
    except OSError as refusal:
        raise Unavailable(f"{path}: {refusal.strerror}; --out names a file that we may write") from refusal
