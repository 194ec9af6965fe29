"""What may become of an attempt, and what a crash makes of it."""

import msgspec
import pytest
from msgspec.structs import replace

from opportune.events import names
from opportune.events.event import Event
from opportune.sending.outbox import (
    AFTER,
    AFTER_SILENCE,
    AT_THE_END,
    MOVES,
    OPEN,
    Claim,
    Mode,
    Row,
    Stage,
    begins_before,
    may_move,
    mode_of,
    obstacle,
    pause_after,
    stage_after,
    stages_before,
)
from opportune.sending.receipt import BARRED, Answer, Receipt, claim_named, event_of, events_of, name_of, receipt_of
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant, Millis
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
    for mode in AFTER:
        assert obstacle(Row(CLAIM), NOW + MINUTE - 1, mode) is None
        assert obstacle(Row(CLAIM), NOW + MINUTE, mode) == "expired"
        assert obstacle(Row(CLAIM, recalled="exited"), NOW, mode) == "exited"


@pytest.mark.parametrize(
    ("mode", "useful_for", "bound"),
    [
        ("once", DAY, None),
        ("keyed", DAY, NOW + MINUTE),
        ("at_least_once", DAY, NOW + 23 * HOUR),
        ("at_least_once", HOUR, NOW + HOUR),
        ("at_least_once", None, NOW + 23 * HOUR),
    ],
)
def test_after_silence_the_mode_says_until_when_it_is_asked_for_again(
    mode: Mode, useful_for: Millis | None, bound: Instant | None
) -> None:
    wanted = replace(attempt("d1"), deadline=None if useful_for is None else NOW + useful_for)
    silent = Row(Claim(wanted, 1), "data_sent", body=b"words")
    assert begins_before(silent, mode) == bound
    assert obstacle(silent, NOW, mode) == ("no_answer" if bound is None else None)
    if bound is not None:
        assert obstacle(silent, bound - 1, mode) is None
        assert obstacle(silent, bound, mode) == "expired"


def test_a_message_that_must_arrive_is_asked_for_again_whatever_the_provider_can_do() -> None:
    must = replace(attempt("d1"), delivery="at_least_once")
    assert [mode_of(must, is_keyed=each) for each in (True, False)] == ["at_least_once"] * 2
    assert [mode_of(attempt("d1"), is_keyed=each) for each in (True, False)] == ["keyed", "once"]


def test_every_mode_knows_what_to_make_of_all_that_can_be_heard() -> None:
    heard = set(AFTER_SILENCE)
    assert {mode: set(table) for mode, table in AFTER.items()} == dict.fromkeys(AFTER, heard)
    for mode, table in AFTER.items():
        for each, after in table.items():
            assert after == "data_sent" or may_move("data_sent", after)
            assert stage_after(Row(CLAIM), each, mode) == after


def test_silence_is_the_end_only_where_a_repeat_would_be_a_second_message() -> None:
    assert {mode: table["silence"] for mode, table in AFTER.items()} == {
        "once": "unknown",
        "keyed": "data_sent",
        "at_least_once": "data_sent",
    }


def test_only_an_acceptance_tells_what_became_of_a_try_without_answer() -> None:
    assert {heard for heard, after in AFTER_SILENCE.items() if after not in ("data_sent", "unknown")} == {"accepted"}
    assert stage_after(Row(CLAIM, "data_sent"), "refused", "keyed") == "unknown"


def test_only_what_was_never_sent_lapses_in_the_end() -> None:
    assert {stage: AT_THE_END[stage] for stage in OPEN} == {"claimed": "lapsed", "data_sent": "unknown"}


def test_pauses_double_up_to_half_a_minute() -> None:
    assert [pause_after(tries) // SECOND for tries in range(1, 9)] == [1, 2, 4, 8, 16, 30, 30, 30]
    assert pause_after(10_000) == 30 * SECOND
    assert pause_after(3, 7 * SECOND) == 7 * SECOND
    assert pause_after(3, SECOND) == 4 * SECOND


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
    assert receipt_of(row, NOW, "once") == receipt


def test_a_restart_takes_up_what_may_be_asked_for_again() -> None:
    silent = Row(CLAIM, "data_sent", body=b"words")
    assert receipt_of(silent, NOW, "keyed") is None
    assert receipt_of(silent, NOW + MINUTE, "keyed") == Receipt("unknown", "no_answer")
    assert receipt_of(silent, NOW + MINUTE, "at_least_once") is None
    assert receipt_of(replace(silent, recalled="exited"), NOW, "at_least_once") == Receipt("unknown", "no_answer")


def test_what_an_earlier_release_has_sent_without_keeping_the_words_is_unknown() -> None:
    assert receipt_of(Row(CLAIM, "data_sent"), NOW, "keyed") == Receipt("unknown", "no_answer")


def test_a_restart_after_expiry_says_so() -> None:
    assert receipt_of(Row(CLAIM), NOW + MINUTE, "once") == Receipt("lapsed", "expired")


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


def test_a_refusal_that_tells_of_the_address_says_so_before_the_receipt() -> None:
    bounced, receipt = events_of(CLAIM, Receipt("failed", "smtp_550", "hard 5.1.1"), NOW)
    assert (bounced.id, bounced.name, bounced.user) == ("receipt-d1-2-bounce", names.EMAIL_BOUNCED, "ann")
    assert msgspec.json.decode(bounced.properties) == {"decision": "d1", "type": "hard", "code": "5.1.1"}
    assert claim_named(bounced) is None
    assert receipt == event_of(CLAIM, Receipt("failed", "smtp_550"), NOW)


@pytest.mark.parametrize("bounce", ["", "policy 5.7.1", "unknown 530"])
def test_a_refusal_that_does_not_is_only_a_receipt(bounce: str) -> None:
    assert len(events_of(CLAIM, Receipt("failed", "smtp_550", bounce), NOW)) == 1


def test_an_attempt_at_a_barred_address_suppresses_the_channel() -> None:
    suppressed, _ = events_of(CLAIM, Receipt("failed", BARRED), NOW)
    assert (suppressed.name, suppressed.id) == (names.SUPPRESSED, "receipt-d1-2-barred")
    assert msgspec.json.decode(suppressed.properties)["channel"] == "email"
