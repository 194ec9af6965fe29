"""What an operator's machines are told, and who is told nothing."""

import asyncio
from collections.abc import Sequence

import pytest

from opportune.adapters.sources.health import health_app
from opportune.adapters.sources.http_body import Message


def answered(
    path: str, method: str = "GET", obstacles: Sequence[str] = (), *, may_read: bool = True
) -> tuple[int, str]:
    parts: list[Message] = []

    async def send(message: Message) -> None:
        parts.append(message)

    async def receive() -> Message:
        raise AssertionError("no body is read")

    app = health_app(lambda: obstacles, lambda: "opportune_users 1\n", lambda scope: may_read)
    asyncio.run(app({"type": "http", "path": path, "method": method, "headers": []}, receive, send))
    assert int(dict(parts[0]["headers"])[b"content-length"]) == len(parts[1]["body"])
    return parts[0]["status"], parts[1]["body"].decode()


def test_a_process_that_answers_is_alive_whatever_stands_in_its_way() -> None:
    assert answered("/healthz", obstacles=["sending is held"])[0] == 200


def test_it_is_ready_when_nothing_stands_in_its_way_and_says_what_does() -> None:
    assert answered("/readyz") == (200, '{"success":true,"reasons":[]}')
    assert answered("/readyz", obstacles=["sending is held"]) == (
        503,
        '{"success":false,"reasons":["sending is held"]}',
    )


def test_figures_are_for_operators_only() -> None:
    assert answered("/metrics") == (200, "opportune_users 1\n")
    status, said = answered("/metrics", may_read=False)
    assert status == 401 and "opportune_users" not in said


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_nothing_is_posted_there(path: str) -> None:
    assert answered(path, "POST")[0] == 405
