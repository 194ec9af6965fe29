"""Mail as files in a folder: for trying a playbook out, and for a mail server that picks up files."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from opportune.adapters.channels.mime import Sender, letter, nothing
from opportune.errors import Rejected, Unavailable
from opportune.messages.address import usable_email
from opportune.messages.template import Rendered
from opportune.ports import Commits, Delivery
from opportune.sending.receipt import Receipt


class FolderEmail:
    """Writes ``<key>.eml``, whole or not at all; a second one with the same key changes nothing."""

    is_keyed: ClassVar[bool] = True

    def __init__(
        self, folder: Path, sender: Sender, *, unsubscribe: Callable[[Delivery], str | None] = nothing
    ) -> None:
        self._folder = folder
        self._sender = sender
        self._unsubscribe = unsubscribe

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """Written to a hidden file, which the last step renames; raises ``Unavailable`` if the disk does not let it."""
        if usable_email(delivery.address) is None:
            raise Rejected("the address is not a plain local@domain", code="bad_address")
        target = self._folder / f"{delivery.key}.eml"
        hidden = target.with_name(f".{delivery.key}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with hidden.open("wb") as file:
                file.write(letter(rendered, delivery, sender=self._sender, unsubscribe_url=self._unsubscribe(delivery)))
                file.flush()
                os.fsync(file.fileno())
            if not await commits():
                hidden.unlink()
                return Receipt("lapsed", "withdrawn")
            hidden.replace(target)
        except OSError as refusal:
            raise Unavailable(f"{target}: {refusal.strerror}; make the folder writable") from refusal
        return Receipt("sent", "accepted")

    async def close(self) -> None:
        """Nothing is held."""
