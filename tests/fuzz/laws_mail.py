"""Addresses, mails, links and pages: nothing a stranger says becomes a header, a second address or a script of ours."""

import email
import re
from email import policy
from email.header import decode_header, make_header
from typing import Final

from msgspec.structs import replace

from opportune.adapters.channels.mime import Sender, letter
from opportune.adapters.channels.webhook_body import body_of
from opportune.adapters.outbound import target_of
from opportune.messages.address import domain_of, usable_email
from opportune.messages.links import Linking, linked, links_in, utm, with_parameters
from opportune.messages.plain_text import cut, one_line, text_of_html
from opportune.messages.template import Rendered
from opportune.ports import Delivery
from opportune.sending.bounce import bounce_of
from tests.fuzz.choices import Choices

_LINE: Final = re.compile(r"[^\r\n]*\r\n")
_HEADERS: Final = {
    *("to", "subject", "date", "message-id", "mime-version", "content-type", "from", "list-unsubscribe"),
    *("list-unsubscribe-post", "content-transfer-encoding"),
}


def address(raw: bytes) -> None:
    """An address that mail may be sent to is one plain word; of anything else it is said that it is none."""
    text = raw.decode("utf-8", "replace")
    found = usable_email(text)
    if found is not None:
        assert found in text and found.isascii() and found.isprintable() and not set(found) & set(' "(),:;<>[]\\')
        assert usable_email(found) == found and found.count("@") == 1 and len(found) <= 254
        assert domain_of(found) == found.partition("@")[2].lower() and "." in domain_of(found)
    bounce_of(text, text)
    try:
        target = target_of(text)
    except ValueError as error:
        assert str(error)
    else:
        assert target.host and 0 < target.port < 65_536 and target.path.isprintable() and " " not in target.path


def mail(raw: bytes) -> None:
    """A mail of strangers' words: our headers once each and no others, and words that read back as they are."""
    choices = Choices(raw)
    to = choices.one(("ann@example.com", choices.text(40)))
    name, url = choices.text(30), choices.one((None, "https://x.example/u/a", "http://x.example/", choices.text(60)))
    subject, text = choices.text(200), choices.text(200)
    rendered = Rendered(
        subject, text, choices.one(("", f"<p>{choices.text(80)}</p>", choices.rest().decode("utf-8", "replace")))
    )
    delivery = Delivery("0f" * 16, "ann", to, choices.below(60_000) * 60_000_000)
    body_of(rendered, delivery)
    try:
        made = letter(rendered, delivery, sender=Sender("shop@example.com", name), unsubscribe_url=url)
    except ValueError as error:
        assert str(error)
        return
    _assert_sound(made, rendered, to)


def _assert_sound(made: bytes, rendered: Rendered, to: str) -> None:
    text = made.decode("ascii")
    assert "".join(_LINE.findall(text)) == text and max(map(len, text.split("\r\n"))) <= 998
    read = email.message_from_bytes(made, policy=policy.compat32)
    names = [name.lower() for name in read]
    assert len(set(names)) == len(names) and set(names) <= _HEADERS, names
    assert read["To"] == to
    said = str(make_header(decode_header(read["Subject"].replace("\r\n", ""))))
    assert said.split() == re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f]", "", rendered.subject).split()
    parts = [part for part in read.walk() if not part.is_multipart()]
    assert [part.get_content_subtype() for part in parts] == (["plain", "html"] if rendered.html else ["plain"])
    for part in parts:
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes) and payload.decode()


def _wrapped(url: str) -> str:
    return f"https://t.example/c/{url.encode().hex()}"


LINKING: Final = Linking(
    parameters=utm("email", "cart", "a b&c"), wrap=_wrapped, ours=("https://t.example/u/",), in_text=True
)
HIDDEN: Final = replace(LINKING, pixel="https://t.example/o/1", trap="https://t.example/c/trap")


def page(raw: bytes) -> None:
    """A page with its links changed: as many links as before, each through us, and nothing else is another."""
    html = raw.decode("utf-8", "replace")
    before = [link.url for link in links_in(html)]
    after = linked(Rendered("", html, html), LINKING)
    led = [link.url for link in links_in(after.html)]
    wished = [
        url if url.startswith(LINKING.ours) else _wrapped(with_parameters(url, LINKING.parameters)) for url in before
    ]
    assert led == wished, (led, wished)
    hidden = linked(Rendered("", html, html), HIDDEN)
    assert hidden.text == after.text and len(hidden.html) <= len(after.html) + 400
    assert len(text_of_html(html)) <= len(html) * 12 + 10
    assert len(one_line(html, 150)) <= 150 and len(cut(html, 7)) <= 7
