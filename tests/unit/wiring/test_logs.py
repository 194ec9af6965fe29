import io
import json
import logging
from collections.abc import Iterator

import pytest

from opportune.wiring.logs import LEVELS, Seldom, configure, hidden

CANARIES = (
    "ann.canary@example.com",
    "+49 151 2345 6789",
    "+14155550123",
    "ok_w_c2VjcmV0LWtleS1jYW5hcnk",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "Basic dHJ5LW1lOmNhbmFyeQ==",
    "Bearer canary-token-1234",
)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    stream = io.StringIO()
    configure("json", "debug", stream)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.parametrize("canary", CANARIES)
def test_no_address_phone_key_or_token_is_ever_written(canary: str, lines: io.StringIO) -> None:
    for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        logging.getLogger("opportune.somewhere").log(level, "sent to %s", canary)
        logging.getLogger("uvicorn.error").log(level, "request with %s failed", canary)
    try:
        raise RuntimeError(f"provider said: {canary} is not welcome")
    except RuntimeError:
        logging.getLogger("asyncio").exception("task with %r", canary)
    secret = canary.split(" ", 1)[1] if canary.startswith(("Basic", "Bearer")) else canary
    assert secret not in lines.getvalue()
    assert lines.getvalue().count("\n") == 9


def test_a_line_of_json_says_when_how_grave_who_and_what(lines: io.StringIO) -> None:
    logging.getLogger("opportune.host").warning("log clock is %d ms ahead", 5)
    said = json.loads(lines.getvalue())
    assert (said["level"], said["logger"], said["text"]) == ("warning", "opportune.host", "log clock is 5 ms ahead")
    assert said["at"].endswith("Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("password=hunter22 and more", "password=[hidden] and more"),
        ('{"writeKey": "try-me", "a": 1}', '{"writeKey": "[hidden]", "a": 1}'),
        ("GET /u/AbCdEfGhIjKlMnOpQrSt/x", "GET /u/[token]/x"),
        ("GET /v1/inbox?token=abcdef&x=1", "GET /v1/inbox?token=[hidden]&x=1"),
        ("authorization: Basic abcdef==", "authorization: Basic [hidden]"),
        ("decision 0123456789abcdef at 1790000000000", "decision 0123456789abcdef at 1790000000000"),
        ("smtp.example.com:587 answered 550", "smtp.example.com:587 answered 550"),
    ],
)
def test_what_is_hidden_and_what_is_not(text: str, expected: str) -> None:
    assert hidden(text) == expected


def test_a_long_line_is_read_in_no_time_that_grows_with_its_square() -> None:
    assert hidden("a" * 200_000) == "a" * 200_000
    assert hidden("+1 " * 60_000).count("+") == 60_000


def test_text_has_the_traceback_below_its_line() -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure("text", "info", stream)
        try:
            raise ValueError("odd")
        except ValueError:
            logging.getLogger("opportune").exception("failed")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    first, second, *_ = stream.getvalue().splitlines()
    assert first.endswith("error   opportune: failed") and second.startswith("    Traceback")


def test_what_senders_can_provoke_is_written_once_a_second() -> None:
    seldom = Seldom()
    heard = logging.LogRecord("asyncio", logging.ERROR, "", 0, "out of descriptors", None, None)
    written = []
    for tick in range(4_000):
        heard.created = 1_000 + tick / 1_000
        written.append(seldom.filter(heard))
    assert written.count(True) == 4
    other = logging.LogRecord("asyncio", logging.ERROR, "", 0, "something else", None, None)
    assert seldom.filter(other)


@pytest.mark.parametrize(("level", "is_seldom"), [("warning", True), ("info", True), ("debug", False)])
def test_who_looks_for_a_fault_gets_every_line_of_the_server(level: str, is_seldom: bool) -> None:
    root, server = logging.getLogger(), logging.getLogger("uvicorn.error")
    handlers, before, filters = root.handlers[:], root.level, server.filters[:]
    try:
        configure("text", level, io.StringIO())
        assert any(isinstance(each, Seldom) for each in server.filters) is is_seldom
    finally:
        root.handlers[:], server.filters[:] = handlers, filters
        root.setLevel(before)


@pytest.mark.parametrize("level", LEVELS)
def test_who_asked_and_acted_is_written_at_every_level(level: str) -> None:
    root, stream = logging.getLogger(), io.StringIO()
    handlers, before = root.handlers[:], root.level
    try:
        configure("text", level, stream)
        logging.getLogger("opportune.audit").info("ops from 192.0.2.7: DELETE erases a user")
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)
    assert "erases a user" in stream.getvalue()
