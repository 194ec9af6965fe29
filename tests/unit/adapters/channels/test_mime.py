"""One mail, built right whatever the words are."""

import email
import email.policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.channels.mime import Sender, letter
from opportune.messages.template import Rendered
from opportune.ports import Delivery

SENDER = Sender("shop@shop.example", 'The "Shop", Inc.')
DELIVERY = Delivery("0f" * 16, "ann", "ann@example.com", 1_790_000_000_000)


def read(raw: bytes) -> EmailMessage:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


@given(st.text(), st.text(), st.text())
def test_no_words_can_add_a_header_or_a_long_line(subject: str, text: str, html: str) -> None:
    raw = letter(Rendered(subject, text, html), DELIVERY, sender=SENDER)
    mail = read(raw)
    assert set(mail.keys()) <= {
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "MIME-Version",
        "Content-Type",
        "Content-Transfer-Encoding",
    }
    assert mail["To"] == "ann@example.com"
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert raw.isascii()


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\u2028\u2029\x85"), min_size=1))
def test_text_and_html_come_back_as_they_were(words: str) -> None:
    mail = read(letter(Rendered("s", words, f"<p>{words}</p>"), DELIVERY, sender=SENDER))
    text, html = mail.iter_parts()
    assert text.get_content().rstrip("\r\n") == words
    assert html.get_content().rstrip("\r\n") == f"<p>{words}</p>"


def test_a_subject_of_many_lines_is_one_line() -> None:
    mail = read(letter(Rendered("Hi\r\nBcc: evil@x.com\tthere", "t", ""), DELIVERY, sender=SENDER))
    assert mail["Subject"] == "Hi Bcc: evil@x.com there"
    assert mail["Bcc"] is None


def test_an_unsubscribe_url_is_never_folded_or_encoded() -> None:
    url = "https://shop.example/u/" + "x" * 800
    raw = letter(Rendered("s", "t", ""), DELIVERY, sender=SENDER, unsubscribe_url=url)
    assert f"List-Unsubscribe: <{url}>\r\n".encode() in raw
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in raw


def test_one_click_is_not_claimed_without_https() -> None:
    raw = letter(Rendered("s", "t", ""), DELIVERY, sender=SENDER, unsubscribe_url="http://localhost:8080/u/t")
    assert b"List-Unsubscribe: <http://localhost:8080/u/t>" in raw
    assert b"List-Unsubscribe-Post" not in raw


@pytest.mark.parametrize("url", ["https://a.example/\r\nBcc: b@c.example", "https://a.example/ x", "https://ü.example"])
def test_an_unsubscribe_url_that_would_break_a_header_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="unsubscribe url"):
        letter(Rendered("s", "t", ""), DELIVERY, sender=SENDER, unsubscribe_url=url)


@pytest.mark.parametrize(("address", "name"), [("shop", ""), (" shop@shop.example", ""), ("shop@shop.example", "a\nb")])
def test_a_sender_that_would_break_a_header_is_refused(address: str, name: str) -> None:
    with pytest.raises(ValueError, match=r"sender\."):
        Sender(address, name)
