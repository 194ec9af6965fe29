"""A rendered message as the bytes of one mail, the same for every try; written out directly, for that is soon done."""

import re
from binascii import b2a_qp
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from typing import Final

from msgspec import Struct

from opportune.adapters.channels.headers import text_header
from opportune.messages.address import domain_of, usable_email
from opportune.messages.plain_text import text_of_html
from opportune.messages.template import Rendered
from opportune.ports import Delivery

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CONTROLS: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SPECIALS: Final = re.compile(r'[()<>\[\]:;@\\,."]')


class Sender(Struct, frozen=True):
    """Whom mail is from: a usable address, and the name that mail programs show; raises ValueError otherwise."""

    address: str
    name: str = ""

    def __post_init__(self) -> None:
        if usable_email(self.address) != self.address:
            raise ValueError(f"sender.address must be plain, such as 'shop@example.com', not {self.address!r}")
        if not self.name.isprintable():
            raise ValueError(f"sender.name must be one line of plain text, not {self.name!r}")


def nothing(delivery: Delivery) -> str | None:
    """No message can be unsubscribed from."""
    return None


def letter(rendered: Rendered, delivery: Delivery, *, sender: Sender, unsubscribe_url: str | None = None) -> bytes:
    """The mail with CRLF line ends, to one usable address, with a text part always and HTML if there is any.

    Its Message-ID is made of the key, and its Date is the delivery's ``at``, so that a repeat is the same mail. It is
    ASCII in lines of at most 998 characters, words in quoted-printable: no server needs to offer 8BITMIME, and nothing
    in them ends a mail. Raises ValueError for an address or a URL that would break a header.
    """
    if usable_email(delivery.address) != delivery.address:
        raise ValueError(f"a mail goes to a plain local@domain, not to {delivery.address!r}")
    words = _part("plain", rendered.text or text_of_html(rendered.html))
    if rendered.html:
        boundary = f"=_{delivery.key}"  # quoted-printable text never holds "=_"
        html, line = _part("html", rendered.html), f"--{boundary}".encode("ascii")
        kind = f'Content-Type: multipart/alternative; boundary="{boundary}"\r\n\r\n'.encode("ascii")
        words = b"".join((kind, line, b"\r\n", words, b"\r\n", line, b"\r\n", html, b"\r\n", line, b"--\r\n"))
    head = (
        f"To: {delivery.address}\r\n"
        f"{text_header('Subject', _clean(rendered.subject).decode())}\r\n"
        f"Date: {format_datetime(_EPOCH + timedelta(milliseconds=delivery.at))}\r\n"
        f"Message-ID: <{delivery.key}@{domain_of(sender.address)}>\r\n"
        "MIME-Version: 1.0\r\n"
    )
    unsubscribe = b"" if unsubscribe_url is None else _unsubscribe_lines(unsubscribe_url)
    return b"".join((unsubscribe, _from_line(sender), head.encode("ascii"), words))


@lru_cache(maxsize=16)
def _from_line(sender: Sender) -> bytes:
    name = " ".join(sender.name.split())
    if not name:
        return f"From: {sender.address}\r\n".encode("ascii")
    if name.isascii() and _SPECIALS.search(name) and "=?" not in name and len(name) < 200:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'From: "{escaped}"\r\n <{sender.address}>\r\n'.encode("ascii")
    is_plain = not _SPECIALS.search(name)
    return f"{text_header('From', name, is_plain=is_plain)}\r\n <{sender.address}>\r\n".encode("ascii")


def _part(subtype: str, words: str) -> bytes:
    lines = _clean(words).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    encoded = b2a_qp(lines if lines.endswith(b"\n") else lines + b"\n", istext=True).replace(b"\n", b"\r\n")
    head = f'Content-Type: text/{subtype}; charset="utf-8"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n'
    return head.encode("ascii") + encoded


def _unsubscribe_lines(url: str) -> bytes:
    """RFC 2369 for a link, RFC 8058 for one click, which needs https; a URL is never folded."""
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' <>"') or len(url) > 900:
        raise ValueError(f"an unsubscribe url is plain ASCII without blanks, at most 900 characters, not {url!r}")
    one_click = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if url.startswith("https://") else ""
    return f"List-Unsubscribe: <{url}>\r\n{one_click}".encode("ascii")


def _clean(text: str) -> bytes:
    """The text without control characters but line ends and tabs, and without halves of characters."""
    return _CONTROLS.sub("", text).encode("utf-8", "replace")
