"""Mail over a real SMTP server on loopback."""

import asyncio
import email
import email.policy
import socket
from collections.abc import Awaitable, Callable

import pytest

from opportune.adapters.channels.email import SmtpEmail
from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.errors import Rejected, Retryable
from opportune.messages.template import Rendered
from opportune.ports import Delivery
from opportune.sending.receipt import Receipt
from tests.unit.adapters.channels.smtp_server import Sink, serving

NOW = 1_790_000_000_000
SENDER = Sender("shop@shop.example", "The Shöp")
SENT = Receipt("sent", "accepted")


def delivery(key: str = "0f" * 16, address: str = "ann@example.com") -> Delivery:
    return Delivery(key, "ann", address, NOW)


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


def with_sink(sink: Sink, use: Callable[[SmtpEmail], Awaitable[None]], *, host: str = "127.0.0.1") -> None:
    async def used() -> None:
        async with serving(sink) as port:
            channel = SmtpEmail(SmtpServer(host, port, tls="none", patience=5_000), SENDER)
            await use(channel)
            await channel.close()

    asyncio.run(used())


HELLO = Rendered("Your cart", "Hi Ann", "<p>Hi Ann</p>")


def test_an_accepted_mail_arrives_whole_with_its_key_as_message_id() -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT

    with_sink(sink, use)
    (raw,) = sink.mails
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert sink.addresses == ["ann@example.com"]
    assert mail["Message-ID"] == f"<{'0f' * 16}@shop.example>"
    assert str(mail["From"]) == "The Shöp <shop@shop.example>"
    assert mail["To"] == "ann@example.com"
    assert mail["Date"] == "Mon, 21 Sep 2026 14:13:20 +0000"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert [part.get_content().strip() for part in mail.iter_parts()] == ["Hi Ann", "<p>Hi Ann</p>"]
    assert "List-Unsubscribe" not in mail


def test_one_connection_carries_many_mails_also_after_a_refusal() -> None:
    sink = Sink(rcpt=["250 OK", "550 no such user"])

    async def use(channel: SmtpEmail) -> None:
        await channel.send(HELLO, delivery("a" * 32), commits=yes)
        with pytest.raises(Rejected):
            await channel.send(HELLO, delivery("b" * 32), commits=yes)
        await channel.send(HELLO, delivery("c" * 32), commits=yes)

    with_sink(sink, use)
    assert len(sink.mails) == 2
    assert sink.connections == 1


def test_a_mail_is_the_same_bytes_at_every_try() -> None:
    sink = Sink(after_dot=["451 greylisted"])

    async def use(channel: SmtpEmail) -> None:
        with pytest.raises(Retryable):
            await channel.send(HELLO, delivery(), commits=yes)
        await channel.send(HELLO, delivery(), commits=yes)
        await channel.send(HELLO, delivery(), commits=yes)

    with_sink(sink, use)
    assert sink.mails[0] == sink.mails[1]


@pytest.mark.parametrize(
    ("place", "answer", "code"),
    [
        ("rcpt", "550 no such user", "smtp_550"),
        ("after_dot", "554 spam", "smtp_554"),
        ("before_dot", "503 no", "smtp_503"),
    ],
)
def test_a_5xx_is_rejected_with_the_servers_code(place: str, answer: str, code: str) -> None:
    sink = Sink(**{place: [answer]})

    async def use(channel: SmtpEmail) -> None:
        with pytest.raises(Rejected) as refusal:
            await channel.send(HELLO, delivery(), commits=yes)
        assert refusal.value.code == code

    with_sink(sink, use)
    assert sink.mails == []


@pytest.mark.parametrize(
    ("place", "answer", "code", "is_outage"),
    [
        ("rcpt", "450 mailbox busy", "smtp_450", False),
        ("rcpt", "421 closing", "smtp_421", True),
        ("after_dot", "452 full", "smtp_452", False),
        ("rcpt", "drop", "connection_lost", True),
    ],
)
def test_a_4xx_or_a_loss_before_the_mail_can_be_tried_again(
    place: str, answer: str, code: str, is_outage: bool
) -> None:
    sink = Sink(**{place: [answer]})

    async def use(channel: SmtpEmail) -> None:
        with pytest.raises(Retryable) as refusal:
            await channel.send(HELLO, delivery(), commits=yes)
        assert (refusal.value.code, refusal.value.is_outage) == (code, is_outage)
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT

    with_sink(sink, use)
    assert len(sink.mails) == 1


@pytest.mark.parametrize(("place", "arrived"), [("before_dot", 0), ("after_dot", 1)])
def test_a_connection_that_dies_around_the_final_dot_leaves_it_unknown(place: str, arrived: int) -> None:
    sink = Sink(**{place: ["drop"]})

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery(), commits=yes) == Receipt("unknown", "no_answer")
        assert await channel.send(HELLO, delivery("b" * 32), commits=yes) == SENT

    with_sink(sink, use)
    assert len(sink.mails) == arrived + 1


def test_a_withdrawal_before_the_mail_sends_nothing() -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        assert (await channel.send(HELLO, delivery(), commits=no)).answer == "lapsed"
        assert sink.mails == []
        assert await channel.send(HELLO, delivery(), commits=yes) == SENT

    with_sink(sink, use)


def test_a_server_that_is_not_there_is_an_outage() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        channel = SmtpEmail(SmtpServer("127.0.0.1", taken.getsockname()[1], tls="none"), SENDER)
        with pytest.raises(Retryable) as refusal:
            asyncio.run(channel.send(HELLO, delivery(), commits=yes))
    assert (refusal.value.code, refusal.value.is_outage) == ("unreachable", True)


def test_a_server_without_the_protection_asked_for_gets_no_mail() -> None:
    sink = Sink()

    async def used() -> None:
        async with serving(sink) as port:
            channel = SmtpEmail(SmtpServer("127.0.0.1", port), SENDER)
            with pytest.raises(Retryable) as refusal:
                await channel.send(HELLO, delivery(), commits=yes)
            assert refusal.value.code == "unreachable"

    asyncio.run(used())
    assert sink.mails == []


def test_a_server_that_closed_a_resting_connection_costs_nothing() -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        assert await channel.send(HELLO, delivery("a" * 32), commits=yes) == SENT
        sink.transports[0].abort()
        assert await channel.send(HELLO, delivery("b" * 32), commits=yes) == SENT
        sink.transports[1].abort()

    with_sink(sink, use)
    assert (len(sink.mails), sink.connections) == (2, 2)


def test_a_call_that_is_broken_off_leaves_no_half_used_connection() -> None:
    sink = Sink()

    async def use(channel: SmtpEmail) -> None:
        async def broken_off() -> bool:
            raise asyncio.CancelledError

        with pytest.raises(asyncio.CancelledError):
            await channel.send(HELLO, delivery("a" * 32), commits=broken_off)
        assert await channel.send(HELLO, delivery("b" * 32), commits=yes) == SENT

    with_sink(sink, use)
    assert (len(sink.mails), sink.connections) == (1, 2)


@pytest.mark.parametrize("address", ["ann", "ann@example.com\r\nBcc: evil@x.com", "", "a@[127.0.0.1]"])
def test_an_address_that_is_no_address_is_rejected_before_any_connection(address: str) -> None:
    channel = SmtpEmail(SmtpServer("127.0.0.1", 9, tls="none"), SENDER)
    with pytest.raises(Rejected) as refusal:
        asyncio.run(channel.send(HELLO, delivery(address=address), commits=yes))
    assert refusal.value.code == "bad_address"


def test_a_body_full_of_dots_is_one_mail() -> None:
    sink = Sink()
    text = "first\n.\n..\n.hidden\r\n.\r\nMAIL FROM:<evil@x.com>\r\nlast"

    async def use(channel: SmtpEmail) -> None:
        await channel.send(Rendered("dots", text, ""), delivery(), commits=yes)

    with_sink(sink, use)
    (raw,) = sink.mails
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert mail.get_content().splitlines() == text.splitlines()
