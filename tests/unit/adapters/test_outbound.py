"""Calls over real sockets: to addresses that were checked, never for long, never for much, never twice."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.exchange import MOST_BYTES, Answer
from opportune.adapters.outbound import Outbound, Target, resolve, target_of
from opportune.adapters.reachable import Reachable, reachable
from opportune.errors import Rejected, Retryable
from opportune.sending.receipt import Receipt
from tests.unit.adapters.target import GONE_QUIET, OK, Says, Scripted, serving

LOOPBACK = reachable(["127.0.0.0/8"])
UNKNOWN = Receipt("unknown", "no_answer")
BODY = b'{"type":"message.send"}'


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


def called(
    scripted: Scripted,
    use: Callable[[Outbound, Target], Awaitable[None]],
    *,
    permitted: Reachable = LOOPBACK,
    patience: int = 10_000,
) -> None:
    async def used() -> None:
        outbound = Outbound(permitted, patience=patience)
        async with serving(scripted) as port:
            await use(outbound, target_of(f"http://127.0.0.1:{port}/hook?a=1"))
            await outbound.close()

    asyncio.run(used())


def test_a_call_arrives_whole_and_its_status_comes_back() -> None:
    scripted = Scripted([b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"])

    async def use(outbound: Outbound, target: Target) -> None:
        assert await outbound.post(target, [(b"webhook-id", b"d1")], BODY, commits=yes) == Answer(202)

    called(scripted, use)
    (asked,) = scripted.asked
    assert (asked.line, asked.body) == ("POST /hook?a=1 HTTP/1.1", BODY)
    assert asked.headers[b"webhook-id"] == b"d1"
    assert asked.headers[b"host"].startswith(b"127.0.0.1:")


def test_one_connection_carries_many_calls() -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    scripted = Scripted([OK, chunked, b"HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n", OK])

    async def use(outbound: Outbound, target: Target) -> None:
        found = [await outbound.post(target, [], BODY, commits=yes) for _ in range(5)]
        assert found == [Answer(200), Answer(200), Answer(503), Answer(200), Answer(200)]

    called(scripted, use)
    assert scripted.connections == 1


def test_only_so_many_connections_go_to_one_target() -> None:
    scripted = Scripted()

    async def commits() -> bool:
        await asyncio.sleep(0)
        return True

    async def used() -> None:
        outbound = Outbound(LOOPBACK, most_connections=2)
        async with serving(scripted) as port:
            target = target_of(f"http://127.0.0.1:{port}/")
            await asyncio.gather(*(outbound.post(target, [], BODY, commits=commits) for _ in range(20)))
            await outbound.close()

    asyncio.run(used())
    assert len(scripted.asked) == 20
    assert scripted.connections == 2


def test_a_connection_that_ends_with_its_answer_is_not_used_again() -> None:
    scripted = Scripted([b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"])

    async def use(outbound: Outbound, target: Target) -> None:
        for _ in range(3):
            assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)

    called(scripted, use)
    assert scripted.connections == 3


def test_a_connection_that_the_server_leaves_while_it_rests_is_not_used_again() -> None:
    left = asyncio.Event()

    async def hangs_up(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        left.set()

    scripted = Scripted([hangs_up])

    async def use(outbound: Outbound, target: Target) -> None:
        for _ in range(3):
            assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)
            await left.wait()
            left.clear()
            for _ in range(5):
                await asyncio.sleep(0)

    called(scripted, use)
    assert scripted.connections == 3


def test_a_server_that_says_more_than_its_answer_is_not_asked_again_there() -> None:
    scripted = Scripted([OK + OK])

    async def use(outbound: Outbound, target: Target) -> None:
        for _ in range(2):
            assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)

    called(scripted, use)
    assert scripted.connections == 2


def test_without_consent_the_last_byte_is_never_sent() -> None:
    scripted = Scripted()

    async def use(outbound: Outbound, target: Target) -> None:
        assert await outbound.post(target, [], BODY, commits=no) == Receipt("lapsed", "withdrawn")
        while not scripted.cut:
            await asyncio.sleep(0)

    called(scripted, use)
    assert scripted.asked == []


def test_a_server_that_hangs_up_before_the_last_byte_has_nothing() -> None:
    gone = asyncio.Event()

    async def hangs_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.transport.abort()
        gone.set()

    async def commits() -> bool:
        await gone.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        return True

    async def used() -> None:
        server = await asyncio.start_server(hangs_up, "127.0.0.1", 0)
        target = target_of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
        with pytest.raises(Retryable) as refusal:
            await Outbound(LOOPBACK).post(target, [], BODY, commits=commits)
        assert (refusal.value.code, refusal.value.is_outage) == ("connection_lost", False)
        server.close()

    asyncio.run(used())


@pytest.mark.parametrize(
    "answer",
    [GONE_QUIET, b"garbage\r\n\r\n", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000, b"\x00" * 100_000],
)
def test_silence_and_garbage_after_the_last_byte_leave_it_unknown(answer: bytes) -> None:
    async def says(writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    async def use(outbound: Outbound, target: Target) -> None:
        assert await outbound.post(target, [], BODY, commits=yes) == UNKNOWN

    called(Scripted([says]), use)


@given(
    st.binary(max_size=200), st.sampled_from([b"", b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", OK, b"HTTP/1.1 100 \r\n\r\n"])
)
def test_whatever_a_server_says_is_an_answer_or_none(noise: bytes, begin: bytes) -> None:
    async def says(writer: asyncio.StreamWriter) -> None:
        writer.write(begin + noise)
        writer.close()

    async def use(outbound: Outbound, target: Target) -> None:
        found = await outbound.post(target, [], BODY, commits=yes)
        assert found == UNKNOWN or (isinstance(found, Answer) and 200 <= found.status <= 999)

    called(Scripted([says]), use)


def test_a_server_that_never_answers_is_given_up() -> None:
    async def nothing(writer: asyncio.StreamWriter) -> None:
        pass

    async def use(outbound: Outbound, target: Target) -> None:
        assert await outbound.post(target, [], BODY, commits=yes) == UNKNOWN

    called(Scripted([nothing]), use, patience=50)


# api_security-012


def _endless(head: bytes) -> Says:
    async def says(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    return says


def test_an_endless_answer_is_cut_and_its_status_counts() -> None:
    scripted = Scripted([_endless(b"HTTP/1.1 200 OK\r\ncontent-length: 10737418240\r\n\r\n")])

    async def use(outbound: Outbound, target: Target) -> None:
        assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)
        assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)

    called(scripted, use)
    assert scripted.connections == 2


def test_an_answer_up_to_the_bound_is_read_to_its_end() -> None:
    whole = MOST_BYTES - 100
    scripted = Scripted([b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % whole + b"x" * whole])

    async def use(outbound: Outbound, target: Target) -> None:
        for _ in range(2):
            assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)

    called(scripted, use)
    assert scripted.connections == 1


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n"])
def test_a_server_of_one_byte_at_a_time_is_cut(head: bytes) -> None:
    async def drips(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0)

    async def use(outbound: Outbound, target: Target) -> None:
        found = await outbound.post(target, [], BODY, commits=yes)
        assert found == (Answer(200) if head else UNKNOWN)

    called(Scripted([drips]), use, patience=100)


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    scripted = Scripted([b"HTTP/1.1 307 There\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"])

    async def use(outbound: Outbound, target: Target) -> None:
        assert await outbound.post(target, [], BODY, commits=yes) == Answer(307)

    called(scripted, use)
    assert len(scripted.asked) == 1


@pytest.mark.parametrize(("stated", "span"), [("7", 7_000), ("0", 0), ("soon", None), ("-1", None), ("9" * 30, None)])
def test_a_wish_to_be_left_alone_comes_back(stated: str, span: int | None) -> None:
    scripted = Scripted([f"HTTP/1.1 429 No\r\nretry-after: {stated}\r\ncontent-length: 0\r\n\r\n".encode()])

    async def use(outbound: Outbound, target: Target) -> None:
        assert await outbound.post(target, [], BODY, commits=yes) == Answer(429, span)

    called(scripted, use)


def test_hints_before_the_answer_are_read_past() -> None:
    scripted = Scripted([b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK])

    async def use(outbound: Outbound, target: Target) -> None:
        assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)

    called(scripted, use)


# Addresses (api_security-010)


class Names:
    """A name server that answers in turn, and counts."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.asked = 0
        self._answers = answers

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked += 1
        return self._answers[min(self.asked, len(self._answers)) - 1]


def refused(url: str, names: Names, permitted: Reachable | None = None) -> Rejected:
    with pytest.raises(Rejected) as refusal:
        asyncio.run(Outbound(permitted, resolve=names).post(target_of(url), [], BODY, commits=yes))
    return refusal.value


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
    ],
)
def test_an_address_inside_is_refused_without_asking_for_a_name(url: str) -> None:
    names = Names(["1.1.1.1"])
    assert refused(url, names).code == "address_refused"
    assert names.asked == 0


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "fe80::1", "not an address"])
def test_a_name_that_leads_inside_is_refused(address: str) -> None:
    assert refused("https://shop.example/", Names([address])).code == "address_refused"


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f.1", "0"])
def test_other_ways_to_write_loopback_are_refused_too(host: str) -> None:
    with pytest.raises((Rejected, Retryable)) as refusal:
        asyncio.run(Outbound(resolve=resolve).post(target_of(f"http://{host}/"), [], BODY, commits=yes))
    assert refusal.value.code in ("address_refused", "unreachable")


def test_a_name_that_changes_its_mind_leads_where_it_was_checked() -> None:
    """The connection goes to the address that was checked, so there is no second look at the name to betray us."""
    names, scripted = (
        Names(["127.0.0.1"], ["127.0.0.2"]),
        Scripted([b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"]),
    )

    async def used() -> None:
        async with serving(scripted) as port:
            outbound = Outbound(reachable(["127.0.0.1"]), resolve=names)
            target = target_of(f"http://rebinding.example:{port}/")
            assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)
            assert names.asked == 1
            with pytest.raises(Rejected) as refusal:
                await outbound.post(target, [], BODY, commits=yes)
            assert refusal.value.code == "address_refused"

    asyncio.run(used())
    assert len(scripted.asked) == 1
    assert scripted.asked[0].headers[b"host"].startswith(b"rebinding.example:")


def test_of_several_addresses_those_inside_are_passed_over_and_the_next_is_tried() -> None:
    scripted = Scripted()

    async def used() -> None:
        async with serving(scripted) as port:
            outbound = Outbound(reachable(["127.0.0.0/8"]), resolve=Names(["10.0.0.1", "127.0.0.9", "127.0.0.1"]))
            found = await outbound.post(target_of(f"http://shop.example:{port}/"), [], BODY, commits=yes)
            assert found == Answer(200)
            await outbound.close()

    asyncio.run(used())


def test_a_name_without_addresses_and_a_closed_port_are_outages() -> None:
    async def nobody(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    for outbound, url in ((Outbound(resolve=nobody), "http://a.example/"), (Outbound(LOOPBACK), "http://127.0.0.1:1/")):
        with pytest.raises(Retryable) as refusal:
            asyncio.run(outbound.post(target_of(url), [], BODY, commits=yes))
        assert (refusal.value.code, refusal.value.is_outage) == ("unreachable", True)


def test_a_name_that_is_never_resolved_is_given_up_and_looked_at_once() -> None:
    asked = []

    async def never(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        await asyncio.Event().wait()
        return []

    async def used() -> None:
        outbound, target = Outbound(resolve=never, patience=20), target_of("http://a.example/")
        refusals = [outbound.post(target, [], BODY, commits=yes) for _ in range(6)]
        for found in await asyncio.gather(*refusals, return_exceptions=True):
            assert isinstance(found, Retryable)
        await outbound.close()

    asyncio.run(used())
    assert asked == ["a.example"]


# URLs


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop.example",
        "ftp://shop.example/",
        "file:///etc/passwd",
        "gopher://shop.example/",
        "https://",
        "https:///path",
        "https://user:secret@shop.example/",
        "https://shop.example/#there",
        "https://shop.example:0/",
        "https://shop.example:99999/",
        "https://shop.example:x/",
        "https://shop.example/a b",
        "https://shop.example/\r\nhost: other",
        "https://shop\\.example/",
        "https://shöp.example/",
        "https://[::1/",
        "https://shop.example/" + "a" * 2_048,
    ],
)
def test_a_url_that_is_no_plain_target_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        target_of(url)


def test_a_refused_url_does_not_tell_its_password() -> None:
    with pytest.raises(ValueError) as refusal:
        target_of("https://user:secret@shop.example/")
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("url", "target", "place"),
    [
        ("https://Shop.example", Target("https", "shop.example", 443, "/"), "shop.example"),
        ("HTTP://shop.example:80/a?b=c", Target("http", "shop.example", 80, "/a?b=c"), "shop.example"),
        ("https://[2a00::1]:8443/x", Target("https", "2a00::1", 8443, "/x"), "[2a00::1]:8443"),
    ],
)
def test_a_url_names_its_target(url: str, target: Target, place: str) -> None:
    assert target_of(url) == target
    assert target.place == place


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of shop.example, with its key, made for this test."""
    import subprocess

    path = tmp_path_factory.mktemp("tls")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-keyout", "key.pem", "-out", "cert.pem", "-subj", "/CN=shop.example", "-days", "36500"]
    try:
        subprocess.run([*made, "-addext", "subjectAltName=DNS:shop.example"], cwd=path, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("needs openssl: it is not on the path")
    return path


@pytest.mark.parametrize(
    ("host", "is_trusted", "is_taken"),
    [("shop.example", True, True), ("other.example", True, False), ("shop.example", False, False)],
)
def test_tls_is_for_the_name_and_believes_only_who_is_trusted(
    certificate: Path, host: str, is_trusted: bool, is_taken: bool
) -> None:
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    ours = ssl.create_default_context(cafile=str(certificate / "cert.pem")) if is_trusted else None
    scripted = Scripted()

    async def used() -> None:
        async with serving(scripted, theirs) as port:
            outbound = Outbound(LOOPBACK, resolve=Names(["127.0.0.1"]), tls=ours)
            target = target_of(f"https://{host}:{port}/")
            if is_taken:
                assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)
                assert await outbound.post(target, [], BODY, commits=yes) == Answer(200)
            else:
                with pytest.raises(Retryable) as refusal:
                    await outbound.post(target, [], BODY, commits=yes)
                assert refusal.value.code == "unreachable"
            await outbound.close()

    asyncio.run(used())
    assert (scripted.connections == 1) == is_taken
