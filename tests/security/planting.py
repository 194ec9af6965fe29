"""Values that are nowhere else in the world, so that wherever one turns up, it has leaked."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from urllib.parse import quote


@dataclass
class Plants:
    """Makes canaries, and finds them again as they were, in base64, in hex and percent-encoded."""

    dice: Random
    kinds: dict[str, str] = field(default_factory=dict)
    """By canary: what it was planted as."""

    def word(self, kind: str) -> str:
        """Letters and digits, fit to stand anywhere."""
        return self._kept(f"cnry{self.dice.getrandbits(64):016x}", kind)

    def email(self, kind: str = "email") -> str:
        return f"{self.word(kind)}@mailbox.example"

    def phone(self) -> str:
        return "+4915" + self._kept(f"{self.dice.randrange(10**10, 10**11)}", "phone")

    def told(self, text: str, kind: str) -> str:
        """A value that somebody else made, such as a token in a link."""
        return self._kept(text, kind)

    def found_in(self, text: str) -> Iterator[tuple[str, str]]:
        """The canaries in the text, with their kinds."""
        for canary, kind in self.kinds.items():
            if any(form in text for form in forms(canary)):
                yield canary, kind

    def _kept(self, text: str, kind: str) -> str:
        self.kinds[text] = kind
        return text


def forms(text: str) -> tuple[str, ...]:
    """How a text may be written; base64 as the user of Basic, which is where keys stand."""
    raw = text.encode()
    return text, quote(text, safe=""), raw.hex(), b64encode(raw).decode()[: len(raw) // 3 * 4]
