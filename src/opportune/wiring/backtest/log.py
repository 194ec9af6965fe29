"""The log of an engine as a past: what users did, without what came of what its own playbook decided."""

from collections.abc import Iterator

from opportune.adapters.stores.reading import SqliteHistory
from opportune.events import names
from opportune.events.event import Event, Input, Merged
from opportune.wiring.backtest.entry import Entry
from opportune.wiring.backtest.past import Piece


def tells(entry: Input) -> bool:
    """Whether a past holds this entry: users' events and merges, but no receipts of ours, and nothing steps made.

    What is tested makes its own; opens and clicks stay, and meet a decision where the test makes the same.
    """
    if not isinstance(entry, Event):
        return isinstance(entry, Merged)
    is_receipt = entry.name in names.RECEIPTS and entry.id.startswith(names.RECEIPT_ID)
    return not is_receipt and not entry.id.startswith(names.EMIT_ID)


class Log:
    """The entries of one piece, in order."""

    lines = 0
    """None are counted: a log refuses nothing."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece

    def __iter__(self) -> Iterator[Entry]:
        piece, history = self._piece, SqliteHistory(self._piece.path)
        try:
            for entry in history.log(piece.first - 1):
                if piece.last is not None and entry.seq >= piece.last:
                    return
                if isinstance(entry, Event | Merged) and tells(entry):
                    yield entry
        finally:
            history.close()
