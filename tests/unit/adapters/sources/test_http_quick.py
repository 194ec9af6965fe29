"""Small requests with events take the short way; all others the ordinary one, and both are answered alike."""

import logging
import re
from collections.abc import Iterator

import pytest

from opportune.adapters.sources import http_quick
from opportune.adapters.sources.http import Ingest
from opportune.adapters.sources.http_quick import MOST_BYTES, Exchange
from opportune.ports import Taken
from tests.unit.adapters.sources.requests import Taker
from tests.unit.adapters.sources.serving import SOUND, Served, posted, serving

SHORT = posted("/v1/track", SOUND)


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Taker()) as place:
        yield place


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> list[Exchange]:
    """What went the short way."""
    found: list[Exchange] = []

    class Noted(Exchange):
        def __init__(self, *stated: object) -> None:
            super().__init__(*stated)  # type: ignore[arg-type]
            found.append(self)

    monkeypatch.setattr(http_quick, "Exchange", Noted)
    return found


def test_a_small_post_goes_the_short_way(served: Served, quick: list[Exchange]) -> None:
    assert served.answer(SHORT).status == 200
    assert len(quick) == 1


@pytest.mark.parametrize(
    "request_",
    [
        posted("/v1/track?now", SOUND),
        posted("/v1/%74rack", SOUND),
        posted("/v1/track", SOUND, expect="100-continue"),
        SHORT.replace(b"HTTP/1.1", b"HTTP/1.0"),
        posted("/v1/track", SOUND, connection="close"),
        posted("/v1/track", SOUND | {"properties": {"text": "x" * MOST_BYTES}}),
        b"POST /v1/track HTTP/1.1\r\nhost: x\r\nauthorization: Bearer wk_test\r\ntransfer-encoding: chunked\r\n\r\n"
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(SHORT.partition(b"\r\n\r\n")[2]), SHORT.partition(b"\r\n\r\n")[2]),
    ],
    ids=["query", "quoted", "expects", "old", "closing", "large", "chunked"],
)
def test_what_is_not_plainly_small_takes_the_ordinary_way(
    served: Served, quick: list[Exchange], request_: bytes
) -> None:
    answer = served.answer(request_)
    assert (answer.status, quick) == (200, [])


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/v1/track", SOUND, {}),
        ("/v1/track", b"{", {}),
        ("/v1/track", b"", {}),
        ("/v1/track", SOUND, {"authorization": "Bearer wrong"}),
        ("/v1/track", SOUND, {"content_encoding": "br"}),
        ("/v1/track", SOUND, {"content_encoding": "gzip"}),
        ("/v1/batch", {"batch": [SOUND, {"type": "track"}]}, {}),
    ],
)
def test_both_ways_answer_alike(
    served: Served, quick: list[Exchange], path: str, body: object, headers: dict[str, str]
) -> None:
    short = served.answer(posted(path, body, **headers))
    assert len(quick) == 1
    ordinary = served.answer(posted(f"{path}?", body, **headers))
    assert len(quick) == 1
    assert (short.status, short.body) == (ordinary.status, ordinary.body)


def test_requests_behind_one_that_waits_are_answered_in_their_order(served: Served, quick: list[Exchange]) -> None:
    with served.connected() as connection:
        connection.sendall(SHORT + posted("/v1/track", b"{") + SHORT)
        said = b""
        while said.count(b"HTTP/1.1 ") < 3:
            said += connection.recv(65_536)
    assert re.findall(rb"HTTP/1.1 (\d+)", said) == [b"200", b"400", b"200"]
    assert len(quick) == 1


def test_our_own_fault_is_told_and_the_next_request_is_taken(
    served: Served, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*stated: object) -> Taken:
        raise ZeroDivisionError

    with caplog.at_level(logging.ERROR), monkeypatch.context() as patch:
        patch.setattr(Ingest, "_told", failing)
        said = served.answer(SHORT)
    assert (said.status, said.code) == (500, "failed")
    assert "a request failed" in caplog.text
    assert served.answer(SHORT).status == 200
