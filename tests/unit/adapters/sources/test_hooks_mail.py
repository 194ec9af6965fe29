"""Mail about our mail: what is read from it, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.sources.hooks_mail import told_by
from opportune.adapters.sources.hooks_told import Told
from opportune.errors import EventError
from tests.unit.adapters.sources.reports import DECISION, FAILED, HEADERS, complaint, delivery_report, multipart

DELIVERED = ("Action: delivered", "Status: 2.0.0")
DELAYED = ("Action: delayed", "Status: 4.4.1")
OTHER = "ab" * 16


def test_a_failure_names_decision_status_and_words() -> None:
    told = told_by(delivery_report())
    assert told == Told(
        "bounced", DECISION, channel="email", status="5.1.1", reason="550 5.1.1 <ann@example.com> no such user"
    )


@pytest.mark.parametrize(
    "returned",
    [("text/rfc822-headers", HEADERS), ("message/rfc822", HEADERS + "\nHi Ann\n"), ("message/global-headers", HEADERS)],
)
def test_the_returned_mail_names_the_decision(returned: tuple[str, str]) -> None:
    told = told_by(delivery_report(FAILED, returned=returned))
    assert told is not None
    assert told.named == DECISION


@pytest.mark.parametrize("header", ["In-Reply-To", "References", "Original-Message-ID"])
def test_without_returned_mail_the_report_itself_may_name_it(header: str) -> None:
    told = told_by(delivery_report(returned=("", ""), more=f"{header}: <old@x.example> <{DECISION}@shop.example>"))
    assert told is not None
    assert told.named == DECISION


def test_the_returned_mail_is_believed_before_the_report() -> None:
    told = told_by(delivery_report(more=f"In-Reply-To: <{OTHER}@shop.example>"))
    assert told is not None
    assert told.named == DECISION


def test_a_report_that_names_nothing_of_ours_names_no_decision() -> None:
    told = told_by(delivery_report(returned=("text/rfc822-headers", "Message-ID: <42@other.example>\n")))
    assert told is not None
    assert told.named == ""


def test_a_delivery_is_told_and_a_delay_is_not() -> None:
    delivered = told_by(delivery_report(DELIVERED))
    assert delivered is not None
    assert (delivered.type, delivered.named) == ("delivered", DECISION)
    assert told_by(delivery_report(DELAYED)) is None
    assert told_by(delivery_report(("Action: relayed", "Status: 2.0.0"))) is None
    assert told_by(delivery_report(("Status: 5.1.1",))) is None


def test_a_failure_counts_before_a_delivery() -> None:
    told = told_by(delivery_report(DELAYED, DELIVERED, FAILED))
    assert told is not None
    assert (told.type, told.status) == ("bounced", "5.1.1")


@pytest.mark.parametrize(
    ("kind", "type"), [("abuse", "complained"), ("Fraud", "complained"), ("opt-out", "unsubscribed")]
)
def test_a_complaint_is_told(kind: str, type: str) -> None:
    told = told_by(complaint(kind))
    assert told is not None
    assert (told.type, told.named) == (type, DECISION)


@pytest.mark.parametrize("kind", ["not-spam", "virus", "other", "auth-failure", ""])
def test_feedback_that_is_no_complaint_changes_nothing(kind: str) -> None:
    assert told_by(complaint(kind)) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 100,
        b"Subject: I am out of office\r\n\r\nBack on Monday.\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\nno parts\r\n",
        multipart("delivery-status", ("text/plain", "nothing else")),
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n" * 200,
        b'Content-Type: multipart/report; boundary="b"\r\n\r\n' + b"\n" * 900_000,
        b"Content-Type: message/rfc822\r\n\r\n" * 5_000,
    ],
)
def test_mail_that_is_no_report_is_told_so(raw: bytes) -> None:
    with pytest.raises(EventError) as refusal:
        told_by(raw)
    assert refusal.value.code == "not_a_report"


@given(st.binary(max_size=300), st.integers(0, 800), st.integers(0, 200))
def test_a_damaged_report_is_read_or_refused_and_nothing_else(noise: bytes, place: int, gone: int) -> None:
    for whole in (delivery_report(), complaint()):
        try:
            told_by(whole[:place] + noise + whole[place + gone :])
        except EventError as refusal:
            assert refusal.code == "not_a_report"
