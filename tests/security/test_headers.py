"""Users' data in headers, commands, labels, streams and tables: it stays in its place and begins nothing new."""

import asyncio
import csv
import email
import email.policy
import io
import json
import re
from collections.abc import Awaitable, Callable
from email.header import decode_header, make_header

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from opportune.adapters.channels.email import SmtpEmail
from opportune.adapters.channels.mime import Sender, letter
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.outbound import Outbound, target_of
from opportune.adapters.reachable import reachable
from opportune.adapters.sources.http_answer import Answer
from opportune.adapters.sources.http_body import Message
from opportune.adapters.sources.http_refusal import wrong_method
from opportune.adapters.sources.inbox_stream import told
from opportune.adapters.sources.tracking import _answer
from opportune.adapters.sources.trail import Tracking, Trail
from opportune.adapters.sources.unsubscribe import Links, Subject
from opportune.errors import Rejected
from opportune.messages.address import usable_email
from opportune.messages.template import Rendered
from opportune.ports import Delivery, InboxItem
from opportune.sending.receipt import Receipt
from opportune.wiring.exporting import cells
from opportune.wiring.metrics import FAMILIES, Metrics
from opportune.wiring.rows_out import EventRow
from tests.unit.adapters.channels.smtp_server import Sink
from tests.unit.adapters.channels.smtp_server import serving as taking
from tests.unit.adapters.target import Scripted, serving

NASTY = st.lists(
    st.one_of(
        st.sampled_from(["\r\n", "\n", "\r", "\x00", "\x0b", "\x0c", "\x1b", "\x85", "\u2028", "\ud800", "\r\n.\r\n"]),
        st.sampled_from(["Bcc: evil@x.example", "X-Evil: 1", "=?utf-8?q?x?=", '"', "<", ">", "\\", "--=_", ","]),
        st.text(max_size=5),
    ),
    max_size=8,
).map("".join)  # fmt: skip
SENDER = Sender("shop@shop.example", "Shop")
KEY = "0f" * 16


def delivery(address: str = "ann@shop.example") -> Delivery:
    return Delivery(KEY, "ann", address, 1_790_000_000_000, topic="cart")


async def yes() -> bool:
    return True


# Mail


@given(NASTY, NASTY, NASTY)
def test_a_mail_has_the_headers_we_write_and_no_other(subject: str, text: str, html: str) -> None:
    links = Links("https://shop.example", b"s" * 32)
    url = links.url(Subject(subject.replace("\ud800", ""), "email", text.replace("\ud800", "")))
    raw = letter(Rendered(subject, text, html), delivery(), sender=SENDER, unsubscribe_url=url)
    head, _, body = raw.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    expected = [b"List-Unsubscribe", b"List-Unsubscribe-Post", b"From", b"To", b"Subject", b"Date", b"Message-ID"]
    assert names[:8] == [*expected, b"MIME-Version"] and set(names[8:]) <= {
        b"Content-Type",
        b"Content-Transfer-Encoding",
    }
    assert raw.isascii() and not re.search(rb"(?<!\r)\n|\r(?!\n)|\x00", raw)
    assert b"\r\n.\r\n" not in raw and max(map(len, raw.split(b"\r\n"))) <= 998
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail["To"] == "ann@shop.example" and mail["Bcc"] is None and mail.defects == []
    assert len(list(mail.walk())) == (3 if html else 1)
    words = [str(make_header(decode_header(line))) for line in _values(head, b"Subject")]
    words += [part.get_content() for part in mail.walk() if not part.is_multipart()]
    assert not any(re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", each) for each in words)
    assert not set("\r\n") & set(words[0])
    assert body


def _values(head: bytes, name: bytes) -> list[str]:
    """What stands behind this name, lines joined."""
    lines = head.replace(b"\r\n ", b" ").split(b"\r\n")
    return [line.partition(b": ")[2].decode("ascii") for line in lines if line.startswith(name + b":")]


@given(NASTY)
def test_an_address_that_is_used_is_one_plain_word(text: str) -> None:
    for address in (
        text,
        f"ann{text}@shop.example",
        f"ann@{text}.example",
        f"{text} ann@shop.example",
        f"<{text}@x.example>",
    ):
        used = usable_email(address)
        assert used is None or (used.isascii() and re.fullmatch(r"[^\s<>,;:\"\\()\[\]\x00-\x20]+@[A-Za-z0-9.-]+", used))


@pytest.mark.needs("smtp")
@pytest.mark.parametrize(
    "address",
    [
        "ann@shop.example>\r\nRCPT TO:<evil@x.example", "ann@shop.example\r\nDATA",
        "ann@shop.example\nBcc: evil@x.example",
        "ann@shop.example> NOTIFY=SUCCESS", "ann@shop.example,evil@x.example",
        '"a b"@shop.example', "<ann@shop.example>",
        "ann@shop.example\x00", "ann@[127.0.0.1]", "@relay:ann@shop.example", "ann%evil@shop.example@x",
        "ann@shop..example",
    ],
)  # fmt: skip
def test_no_address_speaks_to_the_mail_server(address: str) -> None:
    async def run() -> Sink:
        taken = Sink()
        async with taking(taken) as port:
            channel = SmtpEmail(SmtpServer("127.0.0.1", port, tls="none"), SENDER)
            with pytest.raises(Rejected) as refusal:
                await channel.send(Rendered("S", "T", ""), delivery(address), commits=yes)
            assert refusal.value.code == "bad_address"
            await channel.close()
            return taken

    taken = asyncio.run(run())
    assert (taken.addresses, taken.connections) == ([], 0)


@pytest.mark.needs("smtp")
def test_a_dot_and_commands_in_the_words_of_a_mail_end_nothing() -> None:
    words = (
        "Hello\r\n.\r\nMAIL FROM:<evil@x.example>\r\nRCPT TO:<evil@x.example>\r\nDATA\r\nSubject: evil\r\n.\r\n..\n.\n"
    )

    async def run() -> Sink:
        taken = Sink()
        async with taking(taken) as port:
            channel = SmtpEmail(SmtpServer("127.0.0.1", port, tls="none"), SENDER)
            await channel.send(Rendered("S", words, words), delivery(), commits=yes)
            await channel.close()
            return taken

    taken = asyncio.run(run())
    assert taken.addresses == ["ann@shop.example"] and len(taken.mails) == 1
    assert [each for each in taken.commands if "evil" in each] == []


@pytest.mark.parametrize("stated", ["9" * 5_000, "9" * 19, "-1", "\uff11", "0", "x"])
def test_a_mail_server_that_states_an_odd_size_still_gets_its_mail(stated: str) -> None:
    heard: list[bytes] = []

    async def speaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        is_mail = False
        while line := await reader.readline():
            heard.append(line)
            is_mail = (is_mail or line == b"DATA\r\n") and line != b".\r\n"
            if line.startswith(b"EHLO"):
                writer.write(f"250-here\r\n250 SIZE {stated}\r\n".encode())
            elif line == b"DATA\r\n":
                writer.write(b"354 go on\r\n")
            elif not is_mail:
                writer.write(b"221 bye\r\n" if line == b"QUIT\r\n" else b"250 OK\r\n")
        writer.close()
        gone.set()

    gone = asyncio.Event()

    async def run() -> None:
        server = await asyncio.start_server(speaks, "127.0.0.1", 0)
        channel = SmtpEmail(SmtpServer("127.0.0.1", server.sockets[0].getsockname()[1], tls="none"), SENDER)
        assert await channel.send(Rendered("S", "T", ""), delivery(), commits=yes) == Receipt("sent", "accepted")
        await channel.close()
        await gone.wait()
        server.close()

    asyncio.run(run())
    assert b".\r\n" in heard


@given(NASTY)
def test_a_sender_or_a_link_that_would_break_a_header_is_refused(text: str) -> None:
    for url in (f"https://shop.example/{text}", text):
        try:
            raw = letter(Rendered("S", "T", ""), delivery(), sender=SENDER, unsubscribe_url=url)
        except ValueError:
            continue
        assert f"List-Unsubscribe: <{url}>\r\n".encode() in raw and not set(url) & set("\r\n<> ")
    try:
        sender = Sender("shop@shop.example", text)
    except ValueError:
        return
    mail = email.message_from_bytes(
        letter(Rendered("S", "T", ""), delivery(), sender=sender), policy=email.policy.default
    )
    assert [each.addr_spec for each in mail["From"].addresses] == ["shop@shop.example"] and mail["Bcc"] is None


# Calls, answers and redirects


@given(st.text(alphabet="\r\n: aX\x00", min_size=1).filter(lambda text: set(text) & set("\r\n\x00")))
def test_a_header_of_a_call_that_holds_a_line_end_is_never_sent(text: str) -> None:
    scripted = Scripted()

    async def run() -> None:
        async with serving(scripted) as port:
            target = target_of(f"http://127.0.0.1:{port}/")
            with pytest.raises(h11.LocalProtocolError):
                await Outbound(reachable(["127.0.0.0/8"])).post(
                    target, [(b"webhook-id", text.encode())], b"{}", commits=yes
                )

    asyncio.run(run())
    assert scripted.asked == []


@given(NASTY)
def test_a_link_leads_to_an_address_that_is_one_plain_word_or_is_not_ours(text: str) -> None:
    trail = Trail("https://shop.example", b"s" * 32, Tracking(clicks=True))
    made = trail.click(KEY, f"https://shop.example/{text}")
    if made.startswith("https://shop.example/c/"):
        mark = trail.read(made.removeprefix("https://shop.example/c/"))
        assert mark is not None and mark.url.isascii() and mark.url.isprintable() and " " not in mark.url


def heard(speak: Callable[[Callable[[Message], Awaitable[None]]], Awaitable[None]]) -> list[Message]:
    said: list[Message] = []

    async def send(message: Message) -> None:
        said.append(message)

    asyncio.run(speak(send))  # type: ignore[arg-type]
    return said


def test_a_click_sets_no_cookie_and_is_kept_by_nobody() -> None:
    said = heard(lambda send: _answer(send, 302, {b"location": b"https://shop.example/"}))
    headers = dict(said[0]["headers"])
    assert headers[b"cache-control"] == b"no-store" and b"set-cookie" not in headers


@given(NASTY)
def test_what_was_asked_wrongly_is_repeated_in_the_body_only(text: str) -> None:
    _, said, headers = wrong_method("/v1/batch", text, "POST")
    assert headers == ((b"allow", b"POST, OPTIONS"),) and isinstance(said, Answer)


# Figures, streams, tables


@given(NASTY, NASTY)
def test_a_label_is_one_label_in_one_line(journey: str, code: str) -> None:
    class Clock:
        def now(self) -> int:
            return 0

    metrics = Metrics(Clock())
    plain = metrics.text().count("\n")
    metrics.count("opportune_decisions_total", journey, code)
    found = metrics.text()
    (line,) = [each for each in found.split("\n") if each.startswith("opportune_decisions_total{")]
    assert found.count("\n") == plain + 1
    match = re.fullmatch(
        r'opportune_decisions_total\{journey="((?:[^"\\]|\\.)*)",code="((?:[^"\\]|\\.)*)"\} 1', line, re.DOTALL
    )
    assert match is not None
    assert [re.sub(r"\\(.)", lambda sign: "\n" if sign[1] == "n" else sign[1], each) for each in match.groups()] == [
        journey,
        code,
    ]
    assert set(FAMILIES["opportune_decisions_total"].labels) == {"journey", "code"}


@given(NASTY, NASTY)
def test_a_message_in_a_stream_is_one_event(subject: str, text: str) -> None:
    from msgspec import json as written

    item = InboxItem(KEY, "ann", 0, Rendered(subject, text, text))
    try:
        line = written.encode(told(item))
    except UnicodeEncodeError:
        assert not (subject + text).isascii()  # half a character: templates take them out
        return
    assert b"\n" not in line and b"\r" not in line
    assert json.loads(line)["text"] == text


@given(NASTY, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "=cmd|' /C calc'!A0", "", "\n="]))
def test_no_cell_of_a_table_is_calculated_and_each_is_read_back(text: str, begin: str) -> None:
    said = f"{begin}{text}".replace("\ud800", "")
    row = EventRow(said, said, said, said, said, 1, Raw(b'{"a":"=1"}'), Raw(b"{}"), said, None, False, 1)
    out = io.StringIO(newline="")
    csv.writer(out).writerow(cells(row))
    (read,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    for cell in read[:5]:
        assert cell in (said, f"'{said}") and not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
