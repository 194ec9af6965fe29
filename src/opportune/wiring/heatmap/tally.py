"""What is counted of sends: by area of the week and by user, by hour of the open, by delay."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from opportune.units import Millis
from opportune.wiring.heatmap.areas import CELLS, Areas
from opportune.wiring.heatmap.delays import step_of
from opportune.wiring.heatmap.intervals import Sums
from opportune.wiring.heatmap.parts import KEY, RECORD

OPENED, MACHINE, UNSURE, UNOPENED = 0, 1, 2, 3
"""What became of a send, the first of these that any of its rows says."""
NO_HOUR: Final = 24


class Tally:
    """The counts of one segment, or of all."""

    def __init__(self, areas: Areas) -> None:
        self._areas = areas
        self.became = [0, 0, 0, 0]
        """Sends by what became of them."""
        self.sent = [0] * areas.count
        self.opened = [0] * areas.count
        self.users = [0] * areas.count
        self.squared = [[0] * areas.count for _ in range(3)]
        self._singles = [[0] * CELLS, [0] * CELLS]
        """Users who were sent to once, by whether they opened it, by cell."""
        self.opens_at = [0] * 24
        """Opens by the local hour in which they happened."""
        self.delays: dict[Millis, int] = {}

    def add(self, became: int, delay: Millis, hour: int) -> None:
        """One send; delay and hour count if it was opened."""
        self.became[became] += 1
        if became == OPENED:
            self.opens_at[hour] += 1
            step = step_of(delay)
            self.delays[step] = self.delays.get(step, 0) + 1

    def add_user(self, cells: dict[int, list[int]]) -> None:
        """All sends to one user: by cell of the week how many, and how many of them were opened."""
        if len(cells) == 1:
            ((cell, (sends, opened)),) = cells.items()
            if sends == 1:
                self._singles[opened][cell] += 1
                return
        of_cell = self._areas.of_cell
        within: dict[int, tuple[int, int]] = {}
        for cell, (sends, opened) in cells.items():
            for place in of_cell[cell]:
                if place in within:
                    found = within[place]
                    within[place] = (found[0] + sends, found[1] + opened)
                else:
                    within[place] = (sends, opened)
        sent, was_opened, users, (squared, crossed, opened_squared) = self.sent, self.opened, self.users, self.squared
        for place, (sends, opened) in within.items():
            sent[place] += sends
            users[place] += 1
            squared[place] += sends * sends
            if opened:
                was_opened[place] += opened
                crossed[place] += sends * opened
                opened_squared[place] += opened * opened

    def settle(self) -> None:
        """Users who were sent to once are counted where they belong; to be called before anything is read."""
        for opened, counts in enumerate(self._singles):
            for cell, count in enumerate(counts):
                self._settle(cell, opened, count)
        self._singles = [[0] * CELLS, [0] * CELLS]

    def _settle(self, cell: int, opened: int, count: int) -> None:
        for place in self._areas.of_cell[cell]:
            for kept in (self.sent, self.users, self.squared[0]):
                kept[place] += count
            for kept in (self.opened, self.squared[1], self.squared[2]):
                kept[place] += count * opened

    def sums(self, place: int) -> Sums:
        """Of the sends in this area."""
        squared = (self.squared[0][place], self.squared[1][place], self.squared[2][place])
        return Sums(self.sent[place], self.opened[place], self.users[place], *squared)

    @property
    def sends(self) -> int:
        """All of them."""
        return sum(self.became)

    @property
    def cells(self) -> Iterator[tuple[int, int]]:
        """Sends and opened sends of each cell of the week."""
        return zip(self.sent[:CELLS], self.opened[:CELLS], strict=True)


class Counting:
    """Counts records that stand in order: for all, and for each segment."""

    def __init__(self, areas: Areas, segments: int) -> None:
        self.tallies = [Tally(areas) for _ in range(1 + segments)]
        self.repeats = 0
        """Rows of sends that another row had told of."""
        self._wanted = [[0, *(place for place in range(1, 1 + segments) if mask >> (place - 1) & 1)]
                        for mask in range(1 << segments)]  # fmt: skip

    def settled(self) -> list[Tally]:
        """What was counted: of all, then of each segment."""
        for tally in self.tallies:
            tally.settle()
        return self.tallies

    def take(self, records: list[bytes]) -> None:
        """All records of some users, in order."""
        for _, own in groupby(records, _user):
            self._take_user(list(own))

    def _take_user(self, records: list[bytes]) -> None:
        tallies = self.tallies
        found: dict[int, dict[int, list[int]]] = {}
        for first, mask, count in _sends(records):
            self.repeats += count - 1
            _, _, _, became, delay, cell, hour, _ = RECORD.unpack(first)
            for place in self._wanted[mask]:
                tallies[place].add(became, delay, hour)
                counts = found.setdefault(place, {}).setdefault(cell, [0, 0])
                counts[0] += 1
                counts[1] += became == OPENED
        for place, cells in found.items():
            tallies[place].add_user(cells)


def _user(record: bytes) -> bytes:
    return record[:8]


def _sends(records: list[bytes]) -> Iterator[tuple[bytes, int, int]]:
    """Each send of one user: the record that counts, the segments that any of its records is in, and their number."""
    if len(records) == 1:
        yield records[0], records[0][-1], 1
        return
    first, mask, count = records[0], 0, 0
    for record in records:
        if record[:KEY] != first[:KEY]:
            yield first, mask, count
            first, mask, count = record, 0, 0
        mask |= record[-1]
        count += 1
    yield first, mask, count
