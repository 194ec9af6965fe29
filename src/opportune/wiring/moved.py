"""What stands in the place of a memory that another user absorbed."""

from msgspec import MsgspecError, Struct, msgpack

from opportune.errors import Unavailable
from opportune.units import Instant

MOVED = b"\0"
"""In place of a version byte: this id was absorbed; a ``Moved`` follows."""


class Moved(Struct, frozen=True, array_like=True, gc=False):
    """What is known of an id that was absorbed."""

    heir: str
    """Who got its memory."""
    holder: str
    """Who has the id now."""
    is_known: bool = False
    """It was said as a ``userId`` itself: only an operator may give it away."""
    since: Instant = 0
    """When it last changed hands; what was handed out to the id before is not for who has it now."""


_moved = msgpack.Decoder(Moved)


def moved(raw: bytes) -> Moved:
    """What the mark says that stands in the place of a memory; raises Unavailable if it is damaged."""
    try:
        return _moved.decode(raw[1:])
    except (MsgspecError, UnicodeDecodeError) as fault:
        raise Unavailable(f"the mark of an absorbed id is damaged ({fault}); start again from a backup") from None


def mark_of(said: Moved) -> bytes:
    """The mark that says so."""
    return MOVED + msgpack.encode(said)
