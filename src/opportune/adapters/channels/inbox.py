"""In-app messages: kept for the user until the app shows them, or the user dismisses them."""

from opportune.messages.template import Rendered
from opportune.ports import Commits, Delivery, InboxItem, InboxShelf
from opportune.sending.receipt import Receipt


class Inbox:
    """Puts messages on a shelf, which a host serves with ``inbox``, ``mark_shown`` and ``mark_dismissed``."""

    def __init__(self, shelf: InboxShelf) -> None:
        self._shelf = shelf

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """Accepted as soon as it is durable; whether it is seen, the app says later."""
        if not await commits():
            return Receipt("lapsed", "withdrawn")
        await self._shelf.keep(InboxItem(delivery.key, delivery.user, delivery.at, rendered))
        return Receipt("sent", "accepted")

    async def close(self) -> None:
        """Nothing is held."""
