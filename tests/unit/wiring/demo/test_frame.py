"""The live view fits every terminal that is large enough, and says the same on each."""

import pytest
from msgspec.structs import replace

from opportune.wiring.demo.books import Account
from opportune.wiring.demo.frame import LOWEST, NARROWEST, Moment, Row, frame
from opportune.wiring.demo.telling import Line

NEWEST = Line("Sat 6 Jun", "07:00", "ann-0001", "cart", "plans", "cart_reminder by email, for Sun 7 Jun 07:00")
MOMENT = Moment(
    clock="Sat 6 Jun 2026, 12:00 UTC",
    place="day 2 of 3",
    share=0.5,
    users=2_000,
    events=12_134,
    journeys={
        "breaking": Account(sent={"email": 1_000, "push": 809}, held=1_180, unknown=0, pending=30, goals=232),
        "cart": Account(sent={"email": 359}, held=59, unknown=0, pending=5, goals=236),
    },
    held={"quiet_hours": 1_067, "no_consent": 172},
    hours=(*[0] * 7, 262, *range(16)),
    lanes={"email": "1,359", "push": "809"},
    inbox="2 inboxes open",
    returns={"opens by humans": 334, "clicks": 201},
    newest=[NEWEST] * 50,
)
SIZES = [(60, 20), (60, 24), (75, 24), (76, 24), (80, 24), (109, 30), (110, 30), (120, 40), (300, 100)]


def text(row: Row) -> str:
    return "".join(text for text, _ in row)


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_no_row_is_longer_than_the_terminal_and_there_are_not_too_many(width: int, height: int) -> None:
    rows = frame(MOMENT, width, height)
    assert len(rows) <= height
    assert max(len(text(row)) for row in rows) <= width


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_clock_totals_journeys_reasons_and_hours_are_always_there(width: int, height: int) -> None:
    page = "\n".join(map(text, frame(MOMENT, width, height)))
    for said in ("12:00 UTC", "2,168 sent", "1,239 silent", "35 planned", "breaking", "quiet hours", "users' own day"):
        assert said in page


@pytest.mark.parametrize(("width", "height"), [size for size in SIZES if size[1] > 20])
def test_the_newest_decisions_fill_what_is_left(width: int, height: int) -> None:
    page = list(map(text, frame(MOMENT, width, height)))
    assert "cart_reminder" in page[-1]


def test_nothing_has_happened_yet() -> None:
    empty = replace(MOMENT, journeys={}, held={}, hours=[0] * 24, returns={}, newest=[], share=None, events=0)
    assert "0 sent" in "\n".join(map(text, frame(empty, 80, 24)))


def test_the_smallest_terminal_is_said() -> None:
    assert (NARROWEST, LOWEST) == (60, 20)
