"""What one row says of one send: to whom, when, whether it was opened, and by whom."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.errors import EventError, Unavailable
from opportune.events.instants import instant_of
from opportune.features.sql_words import nearest
from opportune.units import SECOND, Instant, Millis
from opportune.wiring.heatmap.wish import MACHINE_WITHIN, NEEDED, USUAL, Meaning, Wish

Opener: TypeAlias = Literal["human", "machine", "unsure"]
OPENERS: Final[dict[object, Opener]] = {
    **dict.fromkeys((None, "", "human", "false", "no", "0", False), "human"),
    **dict.fromkeys(("machine", "true", "yes", "1", True), "machine"),
    "unsure": "unsure",
}
"""What a column says of who opened; truths answer whether it was a machine."""
_NUMBER: Final = re.compile(r"\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_MEANT: Final[dict[Meaning, str]] = {
    "user": "to whom it was sent",
    "sent": "when it was sent",
    "opened": "when it was opened",
    "message": "which message it was",
    "by": "who opened it",
}


class Said(Struct, frozen=True, gc=False):
    """One row, read. ``delay`` is from send to open, None if it was not opened."""

    user: str
    sent: Instant
    message: str
    delay: Millis | None
    opener: Opener


class Sayings:
    """Reads rows as these columns say them."""

    def __init__(self, wish: Wish) -> None:
        self._wish = wish
        self._at: dict[Meaning, str] = {meaning: usual[0] for meaning, usual in USUAL.items()} | wish.named
        self._seen: frozenset[str] = frozenset()
        self._within: Millis = 0

    @property
    def columns(self) -> frozenset[str]:
        """The columns that may be read, as text."""
        return frozenset({*self._wish.named.values(), *(name for names in USUAL.values() for name in names)})

    def check(self, names: Collection[str]) -> None:
        """Raises Unavailable unless the columns that are needed, and those that were named, are among these."""
        there = ", ".join(map(repr, list(names)[:20]))
        for meaning, name in self._wish.named.items():
            if name not in names:
                raise Unavailable(
                    f"there is no column {name!r} that says {_MEANT[meaning]}; there are {there}"
                    f"{nearest(name, list(names))}"
                )
        for meaning in NEEDED:
            if meaning not in self._wish.named and not any(each in names for each in USUAL[meaning]):
                raise Unavailable(f"no column says {_MEANT[meaning]}; name one of {there} with --map {meaning}=COLUMN")

    def said(self, cells: Mapping[str, object]) -> Said:
        """What the row says; raises EventError for one that cannot be counted."""
        if cells.keys() != self._seen:
            self._look(cells)
        place = self._at
        user = cells.get(place["user"])
        if user is None or user == "":
            raise EventError("missing_user", f"{self._where('user')} does not say to whom it was sent")
        sent = self._instant(cells.get(place["sent"]), "sent")
        if sent is None:
            raise EventError("missing_instant", f"{self._where('sent')} does not say when it was sent")
        opened = self._instant(cells.get(place["opened"]), "opened")
        message = cells.get(place["message"])
        delay = None if opened is None else opened - sent
        if delay is not None and delay < 0:
            raise EventError(
                "opened_before_sent",
                f"opened {-delay / 1000:,.0f} s before it was sent; are both instants of one clock, and of one send?",
            )
        by = cells.get(place["by"])
        opener: Opener = "human" if delay is None and by is None else self._opener(by, delay)
        return Said(str(user), sent, "" if message is None else str(message), delay, opener)

    def _look(self, cells: Mapping[str, object]) -> None:
        """Finds the columns of rows that have these names."""
        for meaning, usual in USUAL.items():
            if meaning not in self._wish.named:
                self._at[meaning] = next((name for name in usual if name in cells), usual[0])
        stated = self._wish.machine_within
        self._within = stated if stated is not None else 0 if self._at["by"] in cells else MACHINE_WITHIN
        self._seen = frozenset(cells)

    def _opener(self, said: object, delay: Millis | None) -> Opener:
        known = said.strip().lower() if isinstance(said, str) else said
        found = OPENERS.get(known) if isinstance(known, str | bool | int | None) else None
        if found is None:
            raise EventError("bad_opener", f"{self._where('by')} says human, machine or unsure, not {said!r:.60}")
        if delay is not None and delay <= self._within and self._within:
            return "machine"
        return found

    def _where(self, meaning: Meaning) -> str:
        return f"column {self._at[meaning]!r}"

    def _instant(self, value: object, meaning: Meaning) -> Instant | None:
        if type(value) is str:
            return self._written(value, meaning) if value and not value.isspace() else None
        if value is None:
            return None
        if isinstance(value, datetime):
            return round((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp() * 1000)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise EventError("bad_instant", f"{self._where(meaning)}: an instant, or nothing, not {value!r:.60}")
        return instant_of(value, self._where(meaning))

    def _written(self, text: str, meaning: Meaning) -> Instant:
        form = self._wish.instants_form
        if form is None:
            quick = _second(text)
            if quick is not None:
                return quick
            bare = text.strip()
            return instant_of(_number(bare) if _NUMBER.fullmatch(bare) else bare, self._where(meaning))
        try:
            read = datetime.strptime(text.strip(), form)
        except ValueError:
            where = self._where(meaning)
            raise EventError("bad_instant", f"{where}: {text!r:.60} is not written as {form!r} says") from None
        return round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)


def _second(text: str) -> Instant | None:
    """The instant of the usual way to write a second, of UTC: ``2026-06-01T18:10:00Z``; None for any other."""
    if len(text) != 20 or text[19] != "Z" or text[10] not in "T " or text[4] != "-" or not "00" <= text[11:13] < "24":
        return None
    try:
        return int(datetime.fromisoformat(text).timestamp()) * SECOND
    except ValueError:
        return None


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)
