"""A mail written by hand says to a mail parser what the standard library's own would have said."""

import email
import email.policy
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.channels.mime import Sender, letter
from opportune.messages.template import Rendered
from opportune.ports import Delivery

DELIVERY = Delivery("0f" * 16, "ann", "ann+tag@mail.example.com", 1_790_000_000_000)
LINE_ENDS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""What the standard library takes for the end of a line in a body, and mail does not."""
WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=LINE_ENDS), max_size=400)
LIKELY = st.text(st.sampled_from("abc äß中😀é \t\r\n.=?_\"'\\,<>@:;()-"), max_size=200)
NAMES = st.text(st.characters(exclude_categories=["C", "Zl", "Zp", "Zs"]) | st.just(" "), max_size=120)


def by_the_library(rendered: Rendered, sender: Sender) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = Address(display_name=sender.name, addr_spec=sender.address)
    mail["To"] = Address(addr_spec=DELIVERY.address)
    mail["Subject"] = clean(" ".join(rendered.subject.split()))
    mail["Date"] = format_datetime(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=DELIVERY.at))
    mail["Message-ID"] = f"<{DELIVERY.key}@shop.example>"
    mail.set_content(clean(rendered.text), cte="quoted-printable")
    if rendered.html:
        mail.add_alternative(clean(rendered.html), subtype="html", cte="quoted-printable")
        mail.set_boundary(f"=_{DELIVERY.key}")
    return read(mail.as_bytes())


def read(raw: bytes) -> EmailMessage:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def clean(text: str) -> str:
    return "".join(sign for sign in text if sign >= " " or sign in "\n\r\t").encode("utf-8", "replace").decode()


def told(mail: EmailMessage) -> tuple[object, ...]:
    """All that a reader is told, part by part, with line ends as one kind."""
    parts = list(mail.iter_parts()) if mail.is_multipart() else [mail]
    said = [(part.get_content_type(), part.get_content_charset(), lines(part)) for part in parts]
    head = [(name, " ".join(str(mail[name]).split())) for name in ("To", "Subject", "Date", "Message-ID")]
    return (mail.get_content_type(), head, said, [len(part.defects) for part in (mail, *parts)])


def lines(part: email.message.Message) -> list[str]:
    assert isinstance(part, EmailMessage)
    content: str = part.get_content()
    return content.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")


@given(WORDS | LIKELY, WORDS | LIKELY, WORDS | LIKELY)
def test_a_letter_says_what_the_librarys_would_have_said(subject: str, text: str, html: str) -> None:
    rendered = Rendered(subject, text or "-", html)
    sender = Sender("shop@shop.example", "The Shop")
    raw = letter(rendered, DELIVERY, sender=sender)
    assert told(read(raw)) == told(by_the_library(rendered, sender))


@given(NAMES)
def test_a_senders_name_comes_back_as_it_is_but_for_double_blanks(name: str) -> None:
    sender = Sender("shop@shop.example", name)
    raw = letter(Rendered("s", "t", ""), DELIVERY, sender=sender)
    (line,) = [value for field, value in email.message_from_bytes(raw).items() if field == "From"]
    shown, address = parseaddr(line.replace("\r\n", "").replace("\n", ""))
    assert (str(make_header(decode_header(shown))), address) == (" ".join(name.split()), "shop@shop.example")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=300))
def test_a_body_comes_back_to_the_last_character(words: str) -> None:
    part = read(letter(Rendered("s", words, ""), DELIVERY, sender=Sender("shop@shop.example")))
    assert part.get_content().removesuffix("\r\n").removesuffix("\n") == words


@given(WORDS | LIKELY | st.text(min_size=900, max_size=2_000), WORDS | LIKELY)
def test_no_line_is_long_bare_or_a_lone_dot(subject: str, text: str) -> None:
    raw = letter(Rendered(subject, text, text), DELIVERY, sender=Sender("shop@shop.example", "x" * 300))
    assert raw.isascii() and raw.endswith(b"\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"")
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 78
    assert max(len(line) for line in head.split(b"\r\n")) <= 90
    assert b"\r\n.\r\n" not in raw
