"""A rendered message as the bytes of one mail, the same for every try."""

from datetime import UTC, datetime, timedelta
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from msgspec import Struct

from opportune.messages.address import domain_of, usable_email
from opportune.messages.template import Rendered
from opportune.ports import Delivery

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    """The mail with CRLF line ends, to one usable address.

    Its Message-ID is made of the key, and its Date is the delivery's ``at``, so that a repeat is the same mail. The
    text is quoted-printable: no server needs to offer 8BITMIME, and no line is long, or ends a mail. Raises ValueError
    for an address or a URL that would break a header.
    """
    mail = EmailMessage(policy=policy.SMTP)
    mail["From"] = Address(display_name=sender.name, addr_spec=sender.address)
    mail["To"] = Address(addr_spec=delivery.address)
    mail["Subject"] = _clean(" ".join(rendered.subject.split()))
    mail["Date"] = format_datetime(_EPOCH + timedelta(milliseconds=delivery.at))
    mail["Message-ID"] = f"<{delivery.key}@{domain_of(sender.address)}>"
    mail.set_content(_clean(rendered.text), cte="quoted-printable")
    if rendered.html:
        mail.add_alternative(_clean(rendered.html), subtype="html", cte="quoted-printable")
        mail.set_boundary(f"=_{delivery.key}")  # quoted-printable text never holds "=_"
    return (b"" if unsubscribe_url is None else _unsubscribe_lines(unsubscribe_url)) + mail.as_bytes()


def _unsubscribe_lines(url: str) -> bytes:
    """RFC 2369 for a link, RFC 8058 for one click, which needs https; written by hand, for a URL is never folded."""
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in ' <>"') or len(url) > 900:
        raise ValueError(f"an unsubscribe url is plain ASCII without blanks, at most 900 characters, not {url!r}")
    one_click = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if url.startswith("https://") else ""
    return f"List-Unsubscribe: <{url}>\r\n{one_click}".encode("ascii")


def _clean(text: str) -> str:
    """The text without control characters but line ends and tabs, and without halves of characters."""
    kept = "".join(sign for sign in text if sign >= " " or sign in "\n\r\t")
    return kept.encode("utf-8", "replace").decode("utf-8")
