"""Every status code and every word that says something of an address, one by one."""

import pytest

from opportune.sending.bounce import Bounce, BounceType, Phase, bounce_of

PERMANENT: dict[BounceType, str] = {
    "hard": "5.1.1 5.1.2 5.1.3 5.1.6 5.1.10 5.2.1 5.7.13 5.7.17 5.7.18",
    "soft": "5.2.2 5.2.4 5.3.0 5.3.1 5.3.2 5.3.5 5.4.0 5.4.1 5.4.2 5.4.3 5.4.4 5.4.5 5.4.6 5.4.7",
    "policy": "5.1.7 5.1.8 5.2.3 5.3.3 5.3.4 5.5.1 5.6.1 5.7.1 5.7.26 5.7.99",
    "unknown": "5.0.0 5.1.0 5.1.4 5.1.9 5.2.0 5.2.5 5.3.6 5.4.8 5.5.0 5.6.0 5.7.0 5.9.9",
}
DIGITS: dict[tuple[Phase, BounceType], str] = {
    ("rcpt", "hard"): "521 550 551 553 556",
    ("rcpt", "soft"): "450 452 552",
    ("rcpt", "policy"): "554",
    ("rcpt", "unknown"): "500 503 530 555 571",
    ("data", "policy"): "550 552 554 571",
    ("data", "unknown"): "521 551 553 556",
    ("mail", "policy"): "500 521 550 552 554",
}
WORDS: dict[BounceType, str] = {
    "policy": "spam, blocked, blacklist, blocklist, denylist, reputation, policy, spf, dkim, dmarc, relay, "
    "authentication, not authorized, rate limit, too many, access denied",
    "soft": "mailbox full, mailbox is full, over quota, quota exceeded, temporarily, greylist",
    "hard": "user unknown, unknown user, user not found, no such user, no such recipient, unknown recipient, "
    "invalid recipient, recipient not found, does not exist, doesn't exist, mailbox unavailable, mailbox not found, "
    "no such mailbox, inactive mailbox, account disabled, account has been disabled, no longer active, "
    "host not found, domain not found",
}


@pytest.mark.parametrize(("type", "statuses"), PERMANENT.items())
def test_a_permanent_status_is_read_by_its_subject_and_detail(type: BounceType, statuses: str) -> None:
    for status in statuses.split():
        assert bounce_of(status, phase="data") == Bounce(type, status)
        assert bounce_of("", f"{status} sorry", phase="data") == Bounce(type, status)


@pytest.mark.parametrize(("phase", "type"), DIGITS)
def test_three_digits_are_read_by_what_they_answer(phase: Phase, type: BounceType) -> None:
    for status in DIGITS[phase, type].split():
        assert bounce_of(status, phase=phase) == Bounce(type, status)
        assert bounce_of("", f"{status} sorry", phase=phase) == Bounce(type, status)


@pytest.mark.parametrize(("type", "words"), WORDS.items())
def test_where_no_code_speaks_each_of_these_words_does(type: BounceType, words: str) -> None:
    for word in words.split(", "):
        for text in (word, f"Sorry, {word.upper()}."):
            assert bounce_of("", text) == Bounce(type, ""), word
            assert bounce_of("530", text) == Bounce(type, "530"), word


def test_of_several_words_the_one_that_spares_the_address_counts() -> None:
    assert bounce_of("550", "user unknown, mailbox full, spam").type == "policy"
    assert bounce_of("550", "user unknown, mailbox full").type == "soft"
    assert bounce_of("550", "user unknown").type == "hard"


def test_a_plain_status_outdoes_all_words() -> None:
    assert bounce_of("5.2.2", "user unknown") == Bounce("soft", "5.2.2")
    assert bounce_of("5.7.99", "user unknown") == Bounce("policy", "5.7.99")
    assert bounce_of("5.1.1", "spam") == Bounce("hard", "5.1.1")


def test_a_refusal_of_which_nothing_is_said_is_an_answer_about_the_users_address() -> None:
    assert bounce_of("550") == Bounce("hard", "550")


@pytest.mark.parametrize("phase", ["mail", "rcpt", "data"])
def test_an_acceptance_is_no_refusal_and_not_now_is_soft_at_every_phase(phase: Phase) -> None:
    assert bounce_of("2.1.5", "user unknown", phase=phase) == Bounce("unknown", "2.1.5")
    assert bounce_of("4.1.1", "user unknown", phase=phase) == Bounce("soft", "4.1.1")
    assert bounce_of("450", "user unknown", phase=phase) == Bounce("soft", "450")


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [
        ("550 5.1.1", "5.2.2", "5.1.1"),
        ("550", "  550-5.1.1 gone", "5.1.1"),
        ("550", "550 5.1.1", "5.1.1"),
        ("550", "see 5.1.1", "550"),
        ("550", "5.1.1.1", "550"),
        ("15.1.1", "", ""),
        ("5.1.1111", "", ""),
        ("x", "552 sorry", "552"),
        ("x", "sorry 552", ""),
        ("1550", "", ""),
        ("5501", "", ""),
        ("650", "", ""),
        ("650 3.1.1", "", ""),
    ],
)
def test_the_status_is_found_where_servers_write_it(status: str, text: str, said: str) -> None:
    assert bounce_of(status, text).status == said


@pytest.mark.parametrize("digits", ["450", "452"])
def test_digits_that_say_not_now_outdo_a_status_that_says_nothing(digits: str) -> None:
    assert bounce_of(f"{digits} 5.1.4") == Bounce("soft", "5.1.4")
