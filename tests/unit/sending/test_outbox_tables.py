"""The tables of the outbox, line by line, and what a refusal tells the log beside the receipt."""

from typing import get_args

import msgspec
import pytest

from opportune.events import names
from opportune.sending.outbox import (
    AFTER,
    AFTER_SILENCE,
    AT_THE_END,
    MOVES,
    OPEN,
    Claim,
    Heard,
    Mode,
    Row,
    Stage,
    may_move,
    stage_after,
    stages_before,
)
from opportune.sending.receipt import Receipt, events_of, given_up, receipt_of
from tests.contracts.made import NOW, attempt

CLAIM = Claim(attempt("d1"), 1)
STAGES: tuple[Stage, ...] = get_args(Stage)


def test_an_attempt_goes_only_where_the_table_says() -> None:
    allowed = "claimed-data_sent claimed-failed claimed-lapsed data_sent-claimed data_sent-sent data_sent-failed "
    allowed += "data_sent-unknown"
    assert {f"{one}-{other}" for one in STAGES for other in STAGES if may_move(one, other)} == set(allowed.split())
    assert tuple(MOVES) == STAGES
    assert {stage: stages_before(stage) for stage in STAGES} == {
        "claimed": ("data_sent",),
        "data_sent": ("claimed",),
        "sent": ("data_sent",),
        "failed": ("claimed", "data_sent"),
        "unknown": ("data_sent",),
        "lapsed": ("claimed",),
    }


@pytest.mark.parametrize(
    ("heard", "at_first", "later"),
    [
        ("accepted", ("sent", "sent", "sent"), "sent"),
        ("refused", ("failed", "failed", "failed"), "unknown"),
        ("not_now", ("claimed", "claimed", "claimed"), "data_sent"),
        ("silence", ("unknown", "data_sent", "data_sent"), "data_sent"),
    ],
)
def test_what_is_heard_of_a_try_leads_here(heard: Heard, at_first: tuple[Stage, ...], later: Stage) -> None:
    modes: tuple[Mode, ...] = get_args(Mode)
    assert tuple(stage_after(Row(CLAIM), heard, mode) for mode in modes) == at_first
    assert {stage_after(Row(CLAIM, "data_sent"), heard, mode) for mode in modes} == {later}
    assert tuple(AFTER) == modes
    assert set(AFTER_SILENCE) == set(get_args(Heard))


def test_an_open_attempt_that_is_given_up_lapsed_or_is_unknown() -> None:
    assert OPEN == ("claimed", "data_sent") == tuple(AT_THE_END)
    assert given_up(Row(CLAIM), "why") == Receipt("lapsed", "why")
    assert given_up(Row(CLAIM, "data_sent"), "why") == Receipt("unknown", "no_answer")
    assert AT_THE_END == {"claimed": "lapsed", "data_sent": "unknown"}
    assert all(may_move(one, other) for one, other in AT_THE_END.items())


def test_what_was_never_sent_lapses_though_its_words_were_kept() -> None:
    assert receipt_of(Row(CLAIM, body=b"words"), NOW, "keyed") == Receipt("lapsed", "restarted")


@pytest.mark.parametrize("kind", ["hard", "soft"])
def test_a_bounce_is_told_with_its_kind_and_status(kind: str) -> None:
    bounced, _ = events_of(CLAIM, Receipt("failed", "smtp_552", f"{kind} 5.2.2"), NOW)
    assert (bounced.id, bounced.name) == ("receipt-d1-1-bounce", names.EMAIL_BOUNCED)
    assert msgspec.json.decode(bounced.properties) == {"decision": "d1", "type": kind, "code": "5.2.2"}


def test_a_refusal_on_another_channel_is_no_bounced_mail() -> None:
    text = Claim(attempt("d1", channel="sms"), 1)
    assert len(events_of(text, Receipt("failed", "gone", "hard 5.1.1"), NOW)) == 1


def test_an_address_that_must_never_be_written_to_suppresses_its_channel_and_says_why() -> None:
    text = Claim(attempt("d1", channel="sms"), 1)
    barred, _ = events_of(text, Receipt("failed", "suppressed"), NOW)
    assert (barred.id, barred.name) == ("receipt-d1-1-barred", names.SUPPRESSED)
    assert msgspec.json.decode(barred.properties) == {"decision": "d1", "channel": "sms", "reason": "address"}
    assert len(events_of(text, Receipt("lapsed", "suppressed"), NOW)) == 1
    assert len(events_of(text, Receipt("failed", "other"), NOW)) == 1
