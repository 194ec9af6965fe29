"""What files of users say that sends are read with: a user's zone, and the traits that segments ask for."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from opportune.errors import EventError, Unavailable
from opportune.events.wire import KINDS
from opportune.units import Scalar
from opportune.wiring.heatmap.hashes import short_hash
from opportune.wiring.heatmap.rows import FileRow
from opportune.wiring.mapping import USUAL, stated_object

_NOTHING: Mapping[str, Scalar] = {}


class Users:
    """The wanted traits of each user, kept in memory: some 200 bytes for each user of the files."""

    def __init__(self, wanted: Iterable[str], stated: str | None) -> None:
        self._wanted = tuple(sorted(set(wanted)))
        self._stated = stated
        self._known: dict[bytes, Mapping[str, Scalar]] = {}
        self._same: dict[tuple[Scalar, ...], Mapping[str, Scalar]] = {}
        self.names: set[str] = set()
        """All traits that the files speak of."""

    def take(self, rows: Iterable[FileRow], refuse: Callable[[Path, int, EventError], None]) -> None:
        """Reads all rows; the later one of two for a user holds."""
        for path, row in rows:
            if row.refusal is not None:
                refuse(path, row.line, row.refusal)
                continue
            try:
                user, said = self._said(row.cells)
            except EventError as refusal:
                refuse(path, row.line, refusal)
                continue
            self.names.update(said)
            values = tuple(_scalar(said.get(name)) for name in self._wanted)
            one = dict(zip(self._wanted, values, strict=True))
            self._known[short_hash(user)] = self._same.setdefault(values, one)

    def check(self, wanted: Iterable[str]) -> None:
        """Raises Unavailable for a trait that no row speaks of."""
        for name in wanted:
            if name not in self.names:
                there = ", ".join(map(repr, sorted(self.names)[:20])) or "none: name a file with --traits"
                raise Unavailable(f"--zone trait:{name}: there is no such trait; there are {there}")

    def traits(self, user: str) -> Mapping[str, Scalar]:
        """What is known of the user."""
        return self._known.get(short_hash(user), _NOTHING) if self._known else _NOTHING

    def _said(self, cells: Mapping[str, object]) -> tuple[str, Mapping[str, object]]:
        if cells.get("type") in KINDS and "userId" in cells:
            user, said = cells["userId"], stated_object(cells.get("traits")) or {}
        else:
            names = (self._stated,) if self._stated is not None else (*USUAL["user"], "id")
            name = next((each for each in names if each in cells), None)
            if name is None:
                there = ", ".join(map(repr, list(cells)[:20]))
                reason = f"no column says who it is; name one of {there} with --traits-map user=COLUMN"
                raise EventError("missing_user", reason)
            user = cells[name]
            said = stated_object(cells.get("traits")) or {key: cell for key, cell in cells.items() if key != name}
        if user is None or user == "":
            raise EventError("missing_user", "the row does not say who it is")
        return str(user), said


def _scalar(value: object) -> Scalar:
    return value if isinstance(value, bool | int | float | str) else None
