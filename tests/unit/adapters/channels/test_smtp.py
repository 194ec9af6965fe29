"""What SMTP servers do to their clients, one server for each; connections, their bounds, and what numbers mean."""

import asyncio
import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Literal

import pytest

from opportune.adapters.channels.email import SmtpEmail
from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.errors import Rejected, Retryable
from opportune.messages.template import Rendered
from opportune.ports import Delivery
from opportune.sending.receipt import Receipt
from tests.unit.adapters.channels.smtp_server import Simple, Sink, serving

NOW = 1_790_000_000_000
SENDER = Sender("shop@shop.example", "The Shop")
SENT = Receipt("sent", "accepted")
HELLO = Rendered("Your cart", "Hi Ann", "<p>Hi Ann</p>")
Use = Callable[[SmtpEmail], Awaitable[None]]


def delivery(key: str = "0f" * 16, address: str = "ann@example.com") -> Delivery:
    return Delivery(key, "ann", address, NOW)


async def yes() -> bool:
    return True


def with_channel(
    server: Sink | Simple,
    use: Use,
    *,
    tls: Literal["starttls", "tls", "none"] = "none",
    context: ssl.SSLContext | None = None,
    most_bytes: int | None = None,
    patience: int = 5_000,
    most_mails: int = 100,
    longest_rest: int = 20_000,
) -> None:
    async def used() -> None:
        serve = serving(server, most_bytes=most_bytes, tls=context) if isinstance(server, Sink) else server.serving()
        async with serve as port:
            address = SmtpServer(
                *("127.0.0.1", port, tls),
                patience=patience,
                most_mails=most_mails,
                longest_rest=longest_rest,
            )
            channel = SmtpEmail(address, SENDER)
            await use(channel)
            await channel.close()

    asyncio.run(used())


def refused_with(server: Sink | Simple, expected: type[Rejected | Retryable], **more: int) -> Rejected | Retryable:
    found: list[Rejected | Retryable] = []

    async def use(channel: SmtpEmail) -> None:
        with pytest.raises(expected) as refusal:
            await channel.send(HELLO, delivery(), commits=yes)
        found.append(refusal.value)

    with_channel(server, use, **more)  # type: ignore[arg-type]
    return found[0]


@pytest.mark.parametrize(
    ("place", "answer", "code", "bounce"),
    [
        ("rcpt", "550 5.1.1 no such user", "smtp_550", "hard 5.1.1"),
        ("rcpt", "550 no such user", "smtp_550", "hard 550"),
        ("rcpt", "552 5.2.2 full", "smtp_552", "soft 5.2.2"),
        ("rcpt", "550 5.7.1 blocked", "smtp_550", "policy 5.7.1"),
        ("after_dot", "554 5.7.1 spam", "smtp_554", "policy 5.7.1"),
        ("after_dot", "550 5.1.1 no such user after all", "smtp_550", "hard 5.1.1"),
        ("mail", "550 5.1.8 who are you", "smtp_550", "policy 5.1.8"),
    ],
)
def test_a_final_refusal_tells_what_it_says_of_the_address(place: str, answer: str, code: str, bounce: str) -> None:
    refusal = refused_with(Sink(**{place: [answer]}), Rejected)
    assert isinstance(refusal, Rejected)
    assert (refusal.code, refusal.bounce) == (code, bounce)


@pytest.mark.parametrize(
    ("place", "answer", "is_outage"),
    [
        ("mail", "451 4.7.0 slow down", True),
        ("mail", "530 5.7.0 log in first", True),
        ("rcpt", "451 4.7.1 greylisted", False),
        ("rcpt", "421 4.3.2 closing", True),
        ("after_dot", "452 4.3.1 full", False),
    ],
)
def test_not_now_is_an_outage_where_it_concerns_everybody(place: str, answer: str, is_outage: bool) -> None:
    refusal = refused_with(Sink(**{place: [answer]}), Retryable)
    assert isinstance(refusal, Retryable)
    assert (refusal.code, refusal.is_outage) == (f"smtp_{answer[:3]}", is_outage)


def test_a_server_without_any_extension_takes_our_mail() -> None:
    simple = Simple()

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(Rendered("Grüße", "Hällo 😀", ""), delivery(), commits=yes) == SENT

    with_channel(simple, use)
    assert b"MAIL FROM:<shop@shop.example>\r\n" in simple.lines
    assert simple.mails[0].isascii()


def test_a_server_that_never_greets_is_an_outage_after_our_patience() -> None:
    refusal = refused_with(Simple(greeting=""), Retryable, patience=50)
    assert isinstance(refusal, Retryable)
    assert (refusal.code, refusal.is_outage) == ("unreachable", True)


@pytest.mark.parametrize("greeting", ["554 go away", "421 busy", "garbage"])
def test_a_server_that_greets_badly_is_an_outage(greeting: str) -> None:
    assert refused_with(Simple(greeting), Retryable, patience=500).code == "unreachable"


def test_an_answer_that_is_neither_yes_nor_no_leaves_it_unknown() -> None:
    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery(), commits=yes) == Receipt("unknown", "smtp_299")

    with_channel(Simple(DOT="299 perhaps"), use)


def test_a_mail_that_is_too_large_is_not_begun() -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT
        with pytest.raises(Rejected) as refusal:
            await channel.send(Rendered("s", "x" * 2_000, ""), delivery(), commits=yes)
        assert (refusal.value.code, refusal.value.bounce) == ("too_large", "")
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT

    with_channel(sink, use, most_bytes=1_500)
    assert (len(sink.mails), sink.connections) == (2, 1)


def test_a_server_that_asks_for_the_size_is_told_it() -> None:
    simple = Simple(EHLO="250-simple.example\r\n250 SIZE 100000")

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT

    with_channel(simple, use)
    size = len(simple.mails[0]) - len(b".\r\n")
    assert f"MAIL FROM:<shop@shop.example> SIZE={size}\r\n".encode() in simple.lines


def test_a_connection_is_left_after_so_many_mails() -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        for _ in range(5):
            assert await channel.send(HELLO, delivery(), commits=yes) == SENT

    with_channel(sink, use, most_mails=2)
    assert (len(sink.mails), sink.connections, sink.commands.count("QUIT")) == (5, 3, 3)


def test_a_connection_that_has_rested_for_too_long_is_not_used_again() -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT
        await asyncio.sleep(0)
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT

    with_channel(sink, use, longest_rest=-1)
    assert sink.connections == 2


def test_an_envelope_that_was_left_is_taken_back_and_only_then() -> None:
    sink = Sink(rcpt=["250 OK", "550 5.1.1 no such user"])

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT
        with pytest.raises(Rejected):
            await channel.send(HELLO, delivery(), commits=yes)
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT

    with_channel(sink, use)
    assert [command[:4] for command in sink.commands] == ["MAIL", "MAIL", "RSET", "MAIL", "QUIT"]
    assert sink.connections == 1


@pytest.mark.parametrize("answer", ["421 4.4.2 idle for too long", "drop"])
def test_a_server_that_closes_a_resting_connection_when_asked_costs_nothing(answer: str) -> None:
    sink = Sink(mail=["250 OK", answer])

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery("a" * 32), commits=yes) == SENT
        assert await channel.send(HELLO, delivery("b" * 32), commits=yes) == SENT

    with_channel(sink, use)
    assert len(sink.mails) == 2


def test_each_address_has_its_own_outcome() -> None:
    """Three users of one server: what it says of one is nobody else's."""
    sink = Sink(rcpt=["550 5.1.1 no such user", "250 OK", "450 4.2.1 busy"])
    said: list[str] = []

    async def use(channel: SmtpEmail) -> None:
        for name in ("ann", "bob", "cid"):
            try:
                said.append((await channel.send(HELLO, delivery(name, f"{name}@example.com"), commits=yes)).answer)
            except (Rejected, Retryable) as refusal:
                said.append(refusal.code)

    with_channel(sink, use)
    assert said == ["smtp_550", "sent", "smtp_450"]
    assert sink.addresses == ["bob@example.com"]


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate nobody vouches for."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl: no such command")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", key, "-out", certificate, "-days", "1", "-subj", "/CN=127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context


def test_a_certificate_nobody_vouches_for_gets_no_mail(tmp_path: Path) -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        with pytest.raises(Retryable) as refusal:
            await channel.send(HELLO, delivery(), commits=yes)
        assert (refusal.value.code, refusal.value.is_outage) == ("unreachable", True)

    with_channel(sink, use, tls="starttls", context=self_signed(tmp_path))
    assert sink.mails == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_a_server_that_does_not_protect_what_was_to_be_protected_gets_no_mail(tls: Literal["starttls", "tls"]) -> None:
    simple = Simple()

    async def use(channel: SmtpEmail) -> None:
        with pytest.raises(Retryable):
            await channel.send(HELLO, delivery(), commits=yes)

    with_channel(simple, use, tls=tls, patience=500)
    assert not any(line.startswith((b"MAIL", b"AUTH")) for line in simple.lines)


@pytest.mark.parametrize(
    "address",
    [
        "a@b",
        "plainaddress",
        "a@example.com\r\nBcc: evil@x.com",
        '"very odd"@example.com',
        "a@[127.0.0.1]",
        "ann@example.com.",
        "a@example.com\0",
        "=?utf-8?q?a=0d=0aBcc=3ax=40y?= <a@example.com>",
        "<script>@example.com",
        "ann@exämple.com",
        "a@example.com,b@example.com",
    ],
)
def test_what_is_no_plain_address_is_refused_before_a_word_is_said(address: str) -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        with pytest.raises(Rejected) as refusal:
            await channel.send(HELLO, delivery(address=address), commits=yes)
        assert refusal.value.code == "bad_address"

    with_channel(sink, use)
    assert sink.connections == 0


@pytest.mark.parametrize(
    ("stated", "used"),
    [
        (" ann@example.com ", "ann@example.com"),
        ("ann+tag@gmail.com", "ann+tag@gmail.com"),
        ("a.n.n@gmail.com", "a.n.n@gmail.com"),
        ("ann@xn--exmple-cua.com", "ann@xn--exmple-cua.com"),
    ],
)
def test_an_address_is_trimmed_and_otherwise_used_as_it_is(stated: str, used: str) -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery(address=stated), commits=yes) == SENT

    with_channel(sink, use)
    assert sink.addresses == [used]
    assert f"To: {used}\r\n".encode() in sink.mails[0]


def test_lines_of_dots_and_bare_line_feeds_stay_one_mail() -> None:
    text = ".hidden\n..\n.\r\nnext\n.\nMAIL FROM:<evil@x.com>\r.\r\n"
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(Rendered("dots", text, text), delivery(), commits=yes) == SENT

    with_channel(sink, use)
    (raw,) = sink.mails
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert len(sink.commands) == 2
