"""What a row says of a send, and what is said of a row that cannot be counted."""

from datetime import UTC, datetime

import pytest

from opportune.errors import EventError, Unavailable
from opportune.wiring.heatmap.said import Said, Sayings
from opportune.wiring.heatmap.wish import Wish

NINE = 1_780_304_400_000
"""2026-06-01T09:00Z."""


def said(cells: dict[str, object], **wish: object) -> Said:
    return Sayings(Wish(files=(), **wish)).said(cells)  # type: ignore[arg-type]


def test_an_empty_cell_is_a_send_that_was_not_opened() -> None:
    for nothing in (None, "", "  "):
        found = said({"user": "ann", "sent": "2026-06-01T09:00:00Z", "opened": nothing})
        assert found == Said("ann", NINE, "", None, "human")


@pytest.mark.parametrize(
    "written",
    [
        "2026-06-01T09:00:00Z",
        "2026-06-01 09:00:00Z",
        "2026-06-01T09:00:00",
        "2026-06-01T11:00:00+02:00",
        "2026-06-01T09:00:00.000Z",
        "2026-06-01T09:00",
        "1780304400",
        " 1780304400000 ",
        1780304400,
        1780304400.0,
        datetime(2026, 6, 1, 9, tzinfo=UTC),
        datetime(2026, 6, 1, 9),
    ],
)
def test_an_instant_may_be_written_in_many_ways(written: object) -> None:
    assert said({"user": "ann", "sent": written}).sent == NINE


@pytest.mark.parametrize(
    "written", ["yesterday", "2026-13-01T09:00:00Z", "2026-06-01T24:00:00Z", "2026-06-01T09:61:00Z", True, [1], "01/06"]
)
def test_what_is_no_instant_is_refused_with_its_column(written: object) -> None:
    with pytest.raises(EventError, match="'sent'") as refusal:
        said({"user": "ann", "sent": written})
    assert refusal.value.code == "bad_instant"


def test_instants_of_another_form_are_read_as_it_says() -> None:
    found = said({"user": "ann", "sent": "01/06/2026 09:00"}, instants_form="%d/%m/%Y %H:%M")
    assert found.sent == NINE
    with pytest.raises(EventError, match="is not written as"):
        said({"user": "ann", "sent": "2026-06-01"}, instants_form="%d/%m/%Y %H:%M")


def test_an_open_before_the_send_is_refused() -> None:
    with pytest.raises(EventError, match="opened 60 s before it was sent") as refusal:
        said({"user": "ann", "sent": NINE, "opened": NINE - 60_000})
    assert refusal.value.code == "opened_before_sent"


@pytest.mark.parametrize("cells", [{"sent": NINE}, {"user": "", "sent": NINE}, {"user": None, "sent": NINE}])
def test_a_row_without_a_user_is_refused(cells: dict[str, object]) -> None:
    with pytest.raises(EventError) as refusal:
        said(cells)
    assert refusal.value.code == "missing_user"


def test_a_row_without_an_instant_is_refused() -> None:
    with pytest.raises(EventError) as refusal:
        said({"user": "ann", "sent": ""})
    assert refusal.value.code == "missing_instant"


def test_an_open_within_two_seconds_is_a_machines_where_nothing_says_better() -> None:
    openers = [said({"user": "a", "sent": NINE, "opened": NINE + delay}).opener for delay in (0, 2_000, 2_001)]
    assert openers == ["machine", "machine", "human"]
    within = {"user": "a", "sent": NINE, "opened": NINE + 5_000}
    assert said(within, machine_within=5_000).opener == "machine"
    assert said(within | {"opened": NINE}, machine_within=0).opener == "human"


@pytest.mark.parametrize(
    ("word", "opener"),
    [(None, "human"), ("human", "human"), ("Machine", "machine"), ("unsure", "unsure"), (True, "machine"),
     (0, "human"), ("1", "machine"), ("true", "machine"), ("no", "human")],
)  # fmt: skip
def test_a_column_that_says_who_opened_is_believed(word: object, opener: str) -> None:
    assert said({"user": "a", "sent": NINE, "opened": NINE, "x": word}, named={"by": "x"}).opener == opener


def test_a_word_that_names_no_opener_is_refused() -> None:
    for word in ("bot", [1]):
        with pytest.raises(EventError, match="human, machine or unsure") as refusal:
            said({"user": "a", "sent": NINE, "opened": NINE, "by": word})
        assert refusal.value.code == "bad_opener"


def test_rows_may_have_other_names_each() -> None:
    sayings = Sayings(Wish(files=()))
    one = sayings.said({"user": "ann", "sent": NINE, "opened": NINE + 60_000})
    two = sayings.said({"userId": "ann", "sent_at": NINE, "opened_at": NINE + 60_000})
    assert one == two


def test_a_column_that_is_not_there_is_named_with_what_is_near() -> None:
    with pytest.raises(Unavailable, match=r"no column 'user_idd' that says to whom .* did you mean user_id\?"):
        Sayings(Wish(files=(), named={"user": "user_idd"})).check(["user_id", "sent", "opened"])
    with pytest.raises(Unavailable, match=r"no column says when it was opened; .* --map opened=COLUMN"):
        Sayings(Wish(files=())).check(["user", "sent"])
