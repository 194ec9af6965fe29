"""What refusals say of an address; texts as large providers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.sending.bounce import Bounce, BounceType, Phase, bounce_of


@pytest.mark.parametrize(
    ("status", "text", "phase", "type", "said"),
    [
        ("550", "5.1.1 The email account that you tried to reach does not exist.", "rcpt", "hard", "5.1.1"),
        ("550 5.1.1", "", "data", "hard", "5.1.1"),
        ("5.1.10", "recipient domain has a null MX", "rcpt", "hard", "5.1.10"),
        ("550", "5.2.1 The email account that you tried to reach is disabled.", "rcpt", "hard", "5.2.1"),
        ("552", "5.2.2 The recipient's inbox is out of storage space.", "rcpt", "soft", "5.2.2"),
        ("552", "too big", "data", "policy", "552"),
        ("452", "4.2.2 over quota", "rcpt", "soft", "4.2.2"),
        ("550", "5.7.1 Our system has detected that this message is likely unsolicited", "data", "policy", "5.7.1"),
        ("550", "5.7.26 This mail has been blocked because the sender is unauthenticated.", "data", "policy", "5.7.26"),
        ("550", "5.7.13 user account disabled", "rcpt", "hard", "5.7.13"),
        ("550", "5.5.0 Requested action not taken: mailbox unavailable", "rcpt", "hard", "5.5.0"),
        ("550", "5.5.0 blocked, mailbox unavailable", "rcpt", "policy", "5.5.0"),
        ("550", "no such user here", "rcpt", "hard", "550"),
        ("550", "", "rcpt", "hard", "550"),
        ("550", "blocked using zen.spamhaus.org", "rcpt", "policy", "550"),
        ("550", "", "data", "policy", "550"),
        ("550", "user unknown", "data", "hard", "550"),
        ("550", "5.1.1 user unknown", "mail", "policy", "5.1.1"),
        ("554", "", "rcpt", "policy", "554"),
        ("530", "log in first", "rcpt", "unknown", "530"),
        ("", "550-5.1.1 gone", "rcpt", "hard", "5.1.1"),
        ("", "mailbox full", "rcpt", "soft", ""),
        ("bounced", "", "rcpt", "unknown", ""),
        ("2.0.0", "delivered", "rcpt", "unknown", "2.0.0"),
    ],
)
def test_a_refusal_is_read_by_the_table(status: str, text: str, phase: Phase, type: BounceType, said: str) -> None:
    assert bounce_of(status, text, phase=phase) == Bounce(type, said)


def test_an_address_of_four_numbers_is_no_status() -> None:
    assert bounce_of("550", "client 5.1.1.7 refused by policy") == Bounce("policy", "550")


@given(st.sampled_from(["mail", "rcpt", "data"]), st.integers(400, 499), st.text())
def test_not_now_is_never_hard(phase: Phase, code: int, text: str) -> None:
    assert bounce_of(str(code), text.replace(".", " "), phase=phase).type == "soft"


@given(st.integers(400, 599), st.text())
def test_a_refusal_of_the_sender_is_never_the_users_fault(code: int, text: str) -> None:
    assert bounce_of(str(code), text, phase="mail").type in ("soft", "policy", "unknown")
