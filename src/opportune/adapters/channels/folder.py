"""Mail as files in a folder: for trying a playbook out, and for a mail server that picks up files."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from msgspec.structs import replace

from opportune.adapters.channels.mime import Sender, letter, nothing
from opportune.adapters.lasting import put_in_place, sync_names
from opportune.adapters.private_file import anew
from opportune.errors import Rejected, Unavailable
from opportune.messages.address import usable_email
from opportune.messages.template import Rendered
from opportune.ports import Commits, Delivery
from opportune.sending.receipt import Receipt


class FolderEmail:
    """Writes ``<key>.eml``, whole or not at all; a second one with the same key changes nothing.

    The whole mail lies in a hidden file before the attempt is marked, and is renamed afterwards. So where a try has had
    no answer, a hidden file that is gone was renamed, even if somebody has picked the mail up since.
    """

    is_keyed: ClassVar[bool] = True

    def __init__(
        self, folder: Path, sender: Sender, *, unsubscribe: Callable[[Delivery], str | None] = nothing
    ) -> None:
        """Makes the folder; raises ``Unavailable`` if it cannot be written to, before the first mail has to wait."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as refusal:
            raise Unavailable(f"{folder}: {refusal.strerror}; name a folder that can be written") from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise Unavailable(f"{folder}: Permission denied; name a folder that can be written")
        self._folder = folder
        self._sender = sender
        self._unsubscribe = unsubscribe

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """Raises ``Rejected`` for a bad address, and ``Unavailable`` if the disk does not let it."""
        address = usable_email(delivery.address)
        if address is None:
            raise Rejected("the address is not a plain local@domain", code="bad_address")
        target = self._folder / f"{delivery.key}.eml"
        hidden = target.with_name(f".{delivery.key}")
        try:
            if not delivery.is_repeat:
                url = self._unsubscribe(delivery)
                self._keep(
                    hidden,
                    letter(rendered, replace(delivery, address=address), sender=self._sender, unsubscribe_url=url),
                )
            if not await commits():
                if not delivery.is_repeat:  # else it is all there is of the mail, and may still be asked for
                    hidden.unlink(missing_ok=True)
                return Receipt("lapsed", "withdrawn")
            if hidden.exists():
                put_in_place(hidden, target)
        except OSError as refusal:
            raise Unavailable(f"{target}: {refusal.strerror}; make the folder writable") from refusal
        return Receipt("sent", "accepted")

    async def close(self) -> None:
        """Nothing is held."""

    def _keep(self, hidden: Path, mail: bytes) -> None:
        """The mail is on the disk, and so is its name."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with open(anew(hidden), "wb") as file:
            file.write(mail)
            file.flush()
            os.fsync(file.fileno())
        sync_names(self._folder)
