"""In-app messages: kept for the user until the app shows them, the user dismisses them, or they are useless."""

from collections.abc import Callable
from typing import ClassVar

from opportune.messages.template import Rendered
from opportune.ports import Commits, Delivery, InboxItem, InboxShelf
from opportune.sending.receipt import Receipt


def _nobody(user: str) -> None:
    """Nobody looks."""


def _never(user: str) -> bool:
    """Nobody was erased."""
    return False


class Inbox:
    """Puts messages on a shelf, which a host serves with ``inbox``, ``mark_shown`` and ``mark_dismissed``."""

    is_keyed: ClassVar[bool] = True

    def __init__(
        self,
        shelf: InboxShelf,
        *,
        changed: Callable[[str], None] = _nobody,
        heir: Callable[[str], str] = lambda user: user,
        is_erased: Callable[[str], bool] = _never,
    ) -> None:
        """``changed`` is told whose inbox has something new; ``heir`` says who remembers now what an id was told."""
        self._is_erased = is_erased
        self._shelf = shelf
        self._changed = changed
        self._heir = heir

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """Accepted as soon as it is durable; whether it is seen, the app says later."""
        if not await commits():
            return Receipt("lapsed", "withdrawn")
        user = self._heir(delivery.user)  # asked last: a merge that comes after it takes the shelf along
        item = InboxItem(delivery.key, user, delivery.at, rendered, expires_at=delivery.deadline)
        await self._shelf.keep(item)
        if self._is_erased(user):  # the erasure came between the question and the shelf
            await self._shelf.remove([item])
        self._changed(user)
        return Receipt("sent", "accepted")

    async def close(self) -> None:
        """Nothing is held."""
