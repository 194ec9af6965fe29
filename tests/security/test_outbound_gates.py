"""The one way out: where names may lead, how long and how much a target may say, what it cannot make us do."""

import asyncio
import os
import ssl
import subprocess
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.channels.smtp import SmtpServer, connected
from opportune.adapters.exchange import Answer
from opportune.adapters.outbound import Outbound, target_of
from opportune.adapters.reachable import Reachable, address_of, is_public, may_be_called, reachable
from opportune.errors import Rejected, Retryable
from opportune.sending.receipt import Receipt
from tests.unit.adapters.target import OK, Scripted, serving

GREETING = b"250-here\r\n250-AUTH PLAIN LOGIN\r\n250 SIZE 1000\r\n"
BODY = b'{"type":"message.send"}'
LOOPBACK = reachable(["127.0.0.0/8"])
CLOSED = """
    0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 100.100.100.200 127.0.0.1 127.255.255.254
    168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1 192.0.0.192
    192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.9.9 198.51.100.1 203.0.113.1 224.0.0.1
    239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::127.0.0.1
    ::ffff:0:127.0.0.1 64:ff9b::7f00:1 64:ff9b::808:808 64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378::1
    2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1::1 2002:808:808::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254
    fe80::1 fe80::1%1 fec0::1 ff02::1 ff05::2 2a00:1450::1%eth0 4000::1 ::ffff:10.0.0.1 ::ffff:169.254.169.254
""".split()
OPEN = "1.1.1.1 8.8.8.8 100.63.255.255 100.128.0.0 172.32.0.1 223.255.255.255 2606:4700::1 2a00::1".split()


async def yes() -> bool:
    return True


class Names:
    """A name server that answers in turn."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked = 0
        self._answers = answers

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


def used(scripted: Scripted, use: Callable[[Outbound, int], Awaitable[None]], patience: int = 5_000) -> None:
    async def run() -> None:
        async with serving(scripted) as port:
            outbound = Outbound(LOOPBACK, patience=patience)
            await use(outbound, port)
            await outbound.close()

    asyncio.run(run())


# Addresses


@pytest.mark.parametrize("text", CLOSED)
def test_what_is_not_the_public_internet_is_never_connected_to(text: str) -> None:
    address = address_of(text)
    assert address is None or not is_public(address)
    with pytest.raises((Rejected, Retryable)) as refusal:
        asyncio.run(Outbound(resolve=Names([text])).post(target_of("http://shop.example/"), [], BODY, commits=yes))
    assert refusal.value.code == "address_refused"


@pytest.mark.parametrize("text", OPEN)
def test_the_public_internet_may_be_called(text: str) -> None:
    assert is_public(ip_address(text)) and may_be_called(text, 80, Reachable())


@given(st.integers(0, 2**32 - 1))
def test_no_address_of_ipv4_is_public_that_python_takes_for_none(number: int) -> None:
    address = IPv4Address(number)
    assert not is_public(address) or (address.is_global and not address.is_multicast and not address.is_reserved)
    mapped = address_of(f"::ffff:{address}")
    assert mapped == address
    for inside in (f"64:ff9b::{address}", f"::{address}", f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1"):
        assert not is_public(IPv6Address(inside))


@given(st.one_of(st.integers(0, 2**128 - 1), st.integers(2**125, 2**126 - 1)))
def test_no_address_of_ipv6_is_public_that_python_takes_for_none(number: int) -> None:
    address = IPv6Address(number)
    assert not is_public(address) or (address.is_global and not address.is_multicast and not address.is_site_local)


def test_a_name_that_rebinds_between_calls_is_refused_from_then_on() -> None:
    """The first look says public, so the call is tried there; the second says loopback, where something listens."""
    scripted = Scripted()

    async def run() -> None:
        async with serving(scripted) as port:
            names = Names(["127.0.0.1"], ["127.0.0.1"])
            with pytest.raises(Rejected) as refusal:
                await Outbound(resolve=names).post(target_of(f"http://a.example:{port}/"), [], BODY, commits=yes)
            assert refusal.value.code == "address_refused"
            assert names.asked == 1

    asyncio.run(run())
    assert scripted.connections == 0


def test_the_connection_goes_to_the_address_that_was_checked_and_not_to_the_name() -> None:
    """Nobody can look such a name up (RFC 6761), so only who takes the checked address gets there."""
    scripted = Scripted()

    async def run() -> None:
        async with serving(scripted) as port:
            outbound = Outbound(LOOPBACK, resolve=Names(["127.0.0.1"]))
            assert await outbound.post(target_of(f"http://a.invalid:{port}/"), [], BODY, commits=yes) == Answer(200)
            await outbound.close()

    asyncio.run(run())
    assert scripted.asked[0].headers[b"host"].startswith(b"a.invalid:")


def test_what_is_allowed_for_one_port_is_not_for_others() -> None:
    allowed = reachable(["sms.local:8080", "10.1.0.0/16"])
    inside, other = ip_address("10.1.2.3"), ip_address("127.0.0.1")
    assert allowed.permits(other, "sms.local", 8080) and not allowed.permits(other, "sms.local", 8081)
    assert not allowed.permits(other, "evil.sms.local", 8080) and not allowed.permits(other, "sms.local.evil", 8080)
    assert allowed.permits(inside, "anything", 1) and not allowed.permits(ip_address("10.2.0.1"), "anything", 1)


@pytest.mark.parametrize("number", [1, 2, 7, 9, 10, 11, 12, 13, 25])
def test_odd_ways_to_write_an_address_lead_nowhere_inside(number: int) -> None:
    hosts = (
        "127.1", "0177.0.0.1", "0x7f000001", "2130706433", "127.0.0.1.", "localhost.", "[::ffff:7f00:1]", "[::1%25lo]",
        "127.0.1", "[0:0:0:0:0:0:0:1]", "[::]", "017700000001", "0",
    )  # fmt: skip
    for host in hosts:
        try:
            target = target_of(f"http://{host}:{number}/")
        except ValueError:
            continue
        with pytest.raises((Rejected, Retryable)) as refusal:
            asyncio.run(Outbound().post(target, [], BODY, commits=yes))
        assert refusal.value.code in ("address_refused", "unreachable")


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example@127.0.0.1/", "https://shop.example%40127.0.0.1@evil/", "https://a:b@shop.example/",
        "https://shop.example\t.evil/", "https://shop.example\n/", "https://shop.example/\x00", "https://ex\u0430mple.org/",
        "https://\uff53hop.example/", "https://shop\u3002example/", "https://shop.example#@evil/",
        "https://shop.example\\@evil/",
        "https://[::1]evil/", "https://[2606:4700::1]evil/",
        "https://[::1%lo]/", "https://a%00b/",
        "https://[::1", "//shop.example/", "https:shop.example", "javascript://shop.example/%0a",
        "https://shop.example:65536/", "https://shop.example:-1/", "https://shop.example:\uff18\uff10/",
        "https:/shop.example/",
    ],
)  # fmt: skip
def test_a_url_that_two_readers_may_read_in_two_ways_is_no_target(url: str) -> None:
    with pytest.raises(ValueError):
        target_of(url)


@given(st.text(alphabet=st.sampled_from("\r\n\t \x00\x0b:abc/?#é"), max_size=20))
def test_nothing_in_a_path_adds_a_header_or_a_request(text: str) -> None:
    try:
        target = target_of(f"https://shop.example/{text}")
    except ValueError:
        return
    assert not set(target.path) & set("\r\n\t \x00\x0b") and target.host == "shop.example"


# What a target says


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    elsewhere, scripted = Scripted(), Scripted()

    async def run() -> None:
        async with serving(elsewhere) as other, serving(scripted) as port:
            where = b"location: http://127.0.0.1:%d/\r\nrefresh: 0; url=http://127.0.0.1:%d/" % (other, other)
            scripted._answers[:] = [b"HTTP/1.1 %d Go\r\n%s\r\ncontent-length: 0\r\n\r\n" % (status, where)]
            outbound = Outbound(LOOPBACK)
            found = await outbound.post(target_of(f"http://127.0.0.1:{port}/"), [], BODY, commits=yes)
            assert found == Answer(status)
            await outbound.close()

    asyncio.run(run())
    assert (len(scripted.asked), elsewhere.connections) == (1, 0)


def dripping(head: bytes, drip: bytes) -> Scripted:
    async def says(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(drip)
            await writer.drain()
            await asyncio.sleep(0)

    return Scripted([says])


@pytest.mark.parametrize(
    ("head", "drip", "is_answered"),
    [
        (b"", b"H", False), (b"HTTP/1.1 200 OK\r\n", b"x", False), (b"HTTP/1.1 200 OK\r\n", b"x: y\r\n", False),
        (b"", b"HTTP/1.1 103 Wait\r\n\r\n", False),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n", b"x", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n", True),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"0", True),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x", True),
    ],
)  # fmt: skip
def test_a_target_that_drips_is_cut(head: bytes, drip: bytes, is_answered: bool) -> None:
    """It would drip for ever, and so would this test."""

    async def use(outbound: Outbound, port: int) -> None:
        found = await outbound.post(target_of(f"http://127.0.0.1:{port}/"), [], BODY, commits=yes)
        assert found == (Answer(200) if is_answered else Receipt("unknown", "no_answer"))

    used(dripping(head, drip), use, patience=200)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\ncontent-length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 410 Gone\r\n\r\n",
    ],
)
def test_what_follows_an_answer_is_no_answer_to_the_next_call(answer: bytes) -> None:
    scripted = Scripted([answer, OK])

    async def use(outbound: Outbound, port: int) -> None:
        target = target_of(f"http://127.0.0.1:{port}/")
        assert await outbound.post(target, [], BODY, commits=yes) in (Answer(200), Receipt("unknown", "no_answer"))
        assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)

    used(scripted, use)
    assert scripted.connections == 2


# The environment


def test_proxies_of_the_environment_get_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, scripted = Scripted(), Scripted()

    async def run() -> None:
        async with serving(proxy) as other, serving(scripted) as port:
            for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
                monkeypatch.setitem(os.environ, name, f"http://127.0.0.1:{other}/")
            outbound = Outbound(LOOPBACK)
            assert await outbound.post(target_of(f"http://127.0.0.1:{port}/"), [], BODY, commits=yes) == Answer(200)
            await outbound.close()

    asyncio.run(run())
    assert (len(scripted.asked), proxy.connections) == (1, 0)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody but this test knows, with its key."""
    path = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=127.0.0.1", "-days", "36500"]
    try:
        subprocess.run([*made, "-addext", "subjectAltName=IP:127.0.0.1"], cwd=path, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs openssl: it is not on the path")
    return path


def test_a_mail_server_that_nobody_vouches_for_gets_no_password(certificate: Path) -> None:
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    heard: list[bytes] = []

    async def speaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 here\r\n")
        while line := await reader.readline():
            heard.append(line)
            writer.write(GREETING if line.startswith(b"EHLO") else b"250 OK\r\n")
        writer.close()

    async def run() -> None:
        plain = await asyncio.start_server(speaks, "127.0.0.1", 0)
        hidden = await asyncio.start_server(speaks, "127.0.0.1", 0, ssl=theirs)
        for server, tls in ((plain, "starttls"), (hidden, "tls")):
            port = server.sockets[0].getsockname()[1]
            asked = SmtpServer("127.0.0.1", port, tls=tls, username="shop", password="s3cret", patience=3_000)  # type: ignore[arg-type]
            with pytest.raises(Retryable) as refusal:
                await connected(asked)
            assert refusal.value.code == "unreachable" and "s3cret" not in str(refusal.value)
            server.close()
        await asyncio.sleep(0)

    asyncio.run(run())
    assert not any(line.upper().startswith(b"AUTH") or b"s3cret" in line for line in heard)
