"""In-app messages as the one file keeps them."""

from typing import Final, TypeAlias

import apsw

from opportune.adapters.stores.codec import Form
from opportune.messages.template import Rendered
from opportune.ports import InboxItem

Values: TypeAlias = tuple[str | int | bytes | None, ...]
_rendered: Final = Form(Rendered)
_ITEM: Final = "SELECT user, key, at, rendered, shown_at, dismissed_at, expires_at FROM inbox"


def items_in(connection: apsw.Connection, which: str, values: Values) -> list[InboxItem]:
    """Those of which this SQL text holds, in its order."""
    return [
        InboxItem(key, user, at, _rendered.decode(body), *rest)
        for user, key, at, body, *rest in connection.execute(f"{_ITEM} {which}", values)
    ]
