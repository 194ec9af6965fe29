"""What is asked of files of sends: which columns say what, on whose clock, of whom, and how much is enough."""

from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.units import SECOND, Millis
from opportune.wiring.row_files import Form

Meaning: TypeAlias = Literal["user", "sent", "opened", "message", "by"]
USUAL: Final[dict[Meaning, tuple[str, ...]]] = {
    "user": ("user", "user_id", "userId", "distinct_id", "customer_id"),
    "sent": ("sent", "sent_at", "send_time_utc", "send_time", "sent_time"),
    "opened": ("opened", "opened_at", "open_time_utc", "open_time", "opened_time"),
    "message": ("message", "message_id", "messageId", "campaign_id"),
    "by": ("by", "opened_by"),
}
"""Names that a column of each meaning usually has; the first that a row has is taken."""
NEEDED: Final[tuple[Meaning, ...]] = ("user", "sent", "opened")
USUAL_ZONES: Final = ("timezone", "time_zone", "zone", "tz", "utc_offset")
MACHINE_WITHIN: Millis = 2 * SECOND
"""An open so soon after the send is a machine's, where no column says who opened."""
LEAST: Final = 30
"""Fewer sends than this say too little of a cell."""
WINDOW_HOURS: Final = 3
MOST_SEGMENTS: Final = 7


class Wish(Struct, frozen=True, kw_only=True):
    """All that the answer hangs on, beside the files' contents."""

    files: tuple[Path, ...]
    named: dict[Meaning, str] = {}
    """Columns with names that are not usual."""
    zones: tuple[str, ...] = ()
    """Where a user's clock is read, first to last: ``COLUMN``, ``minutes:COLUMN``, ``trait:NAME`` or a zone's name."""
    segments: tuple[str, ...] = ()
    """Conditions over the columns of a row, and the traits of its user; each is shown beside all."""
    traits: tuple[Path, ...] = ()
    traits_user: str | None = None
    """The column that names users in files of traits, if its name is not usual."""
    form: Form | None = None
    delimiter: str | None = None
    instants_form: str | None = None
    """How instants are written, as strptime has it, where they are not ISO 8601 or numbers since 1970."""
    least: int = LEAST
    window_hours: int = WINDOW_HOURS
    machine_within: Millis | None = None
    """None: ``MACHINE_WITHIN``, but where a column says who opened that alone is believed."""
    scratch: Path | None = None
    """Where the temporary folder is made; None: where the system has them."""
