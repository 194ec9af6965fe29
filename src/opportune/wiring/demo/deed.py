"""What somebody does at an instant, in the form in which a play keeps it until it is done."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import Struct

from opportune.units import Instant
from opportune.wiring.demo.client import text_of

Act: TypeAlias = Literal["call", "look", "listen", "hang_up", "fetch", "press", "choose", "complain", "return"]
"""``call``: an event. ``look``: the app asks for the inbox once; ``listen``, ``hang_up``: it holds a stream open.
``fetch``, ``press``, ``choose``: a link of a mail, its button, the preference page. ``complain``, ``return``: what the
mailbox's provider tells."""


class Deed(Struct, frozen=True, order=True):
    """What a user does at an instant; deeds are in the order in which they are done."""

    at: Instant
    id: str
    user: str
    name: str = ""
    """An event; ``Identified`` and ``Page Viewed`` are calls of their own. Of ``fetch`` the user agent."""
    body: bytes = b"{}"
    """Its properties or traits as JSON; of what is done to a mail its link, or its decision."""
    act: Act = "call"
    visitor: str = ""
    """The anonymous id under which it is done, or which the user turns out to be."""

    def call(self) -> dict[str, object]:
        """The deed as an analytics client puts it on the wire."""
        found: dict[str, object] = {"messageId": self.id, "timestamp": text_of(self.at)}
        if self.visitor:
            found["anonymousId"] = self.visitor
        if not self.visitor or self.name == "Identified":
            found["userId"] = self.user
        said = msgspec.Raw(self.body)
        match self.name:
            case "Identified":
                return found | {"type": "identify", "traits": said}
            case "Page Viewed":
                return found | {"type": "page", "name": "Home", "properties": said}
            case event:
                return found | {"type": "track", "event": event, "properties": said}


def event_deed(user: str, at: Instant, id: str, name: str, said: dict[str, object]) -> Deed:
    """An event of this user; ``id`` is told apart from that of others by the user."""
    return Deed(at, f"{user}-{id}", user, name, msgspec.json.encode(said))
