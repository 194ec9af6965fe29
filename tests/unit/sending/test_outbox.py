"""What may become of an attempt, and what a crash makes of it."""

import msgspec
import pytest

from opportune.events import names
from opportune.events.event import Event
from opportune.sending.outbox import (
    MOVES,
    OPEN,
    Claim,
    Row,
    Stage,
    may_move,
    obstacle,
    pause_after,
    stages_before,
)
from opportune.sending.receipt import Answer, Receipt, claim_named, event_of, name_of, receipt_of
from opportune.units import MINUTE, SECOND
from tests.contracts.made import NOW, attempt

CLAIM = Claim(attempt("d1"), 2)


def test_an_answer_is_the_end() -> None:
    for stage in MOVES:
        assert bool(MOVES[stage]) == (stage in OPEN)


def test_nothing_can_be_sent_that_was_not_marked_first() -> None:
    assert stages_before("sent") == stages_before("unknown") == ("data_sent",)


def test_what_may_have_gone_out_never_lapses() -> None:
    assert stages_before("lapsed") == ("claimed",)
    assert not may_move("data_sent", "lapsed")
    assert may_move("data_sent", "claimed")


def test_a_claim_may_begin_until_just_before_it_expires() -> None:
    assert obstacle(Row(CLAIM), NOW + MINUTE - 1) is None
    assert obstacle(Row(CLAIM), NOW + MINUTE) == "expired"
    assert obstacle(Row(CLAIM, recalled="exited"), NOW) == "exited"


def test_pauses_double_up_to_half_a_minute() -> None:
    assert [pause_after(tries) // SECOND for tries in range(1, 9)] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert pause_after(10_000) == 30 * SECOND


@pytest.mark.parametrize(
    ("row", "receipt"),
    [
        (Row(CLAIM), Receipt("lapsed", "restarted")),
        (Row(CLAIM, recalled="exited"), Receipt("lapsed", "exited")),
        (Row(CLAIM, "data_sent"), Receipt("unknown", "no_answer")),
        (Row(CLAIM, "sent"), None),
        (Row(CLAIM, "failed"), None),
        (Row(CLAIM, "unknown"), None),
        (Row(CLAIM, "lapsed"), None),
    ],
)
def test_a_restart_answers_by_what_the_stage_proves(row: Row, receipt: Receipt | None) -> None:
    assert receipt_of(row, NOW) == receipt


def test_a_restart_after_expiry_says_so() -> None:
    assert receipt_of(Row(CLAIM), NOW + MINUTE) == Receipt("lapsed", "expired")


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ("sent", names.MESSAGE_SENT),
        ("failed", names.MESSAGE_FAILED),
        ("unknown", names.MESSAGE_UNKNOWN),
        ("lapsed", names.ATTEMPT_LAPSED),
    ],
)
def test_a_receipt_comes_back_as_an_event_that_names_its_claim(answer: Answer, name: str) -> None:
    event = event_of(CLAIM, Receipt(answer, "why"), NOW + 5)
    assert (event.id, event.user, event.name, event.at, event.received_at) == (
        "receipt-d1-2",
        "ann",
        name,
        NOW + 5,
        NOW + 5,
    )
    assert msgspec.json.decode(event.properties) == {
        "decision": "d1",
        "code": "why",
        "message": "cart_reminder",
        "channel": "email",
    }
    assert claim_named(event) == ("d1", 2)
    assert name_of(answer) in names.RECEIPTS


@pytest.mark.parametrize(
    ("id", "name"),
    [
        ("receipt-d1-2", "Cart Updated"),
        ("d1-2", names.MESSAGE_SENT),
        ("receipt-d1", names.MESSAGE_SENT),
        ("receipt-d1-x", names.MESSAGE_SENT),
        ("receipt--1", names.MESSAGE_SENT),
    ],
)
def test_other_events_name_no_claim(id: str, name: str) -> None:
    assert claim_named(Event(id, "ann", name, NOW, NOW)) is None


def test_stages_are_the_keys_of_the_table() -> None:
    stages: tuple[Stage, ...] = tuple(MOVES)
    assert all(after in MOVES for stage in stages for after in MOVES[stage])
