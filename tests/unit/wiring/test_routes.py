import asyncio

from opportune.adapters.sources.http import Application
from opportune.wiring.routes import routed


def face(status: int) -> Application:
    async def app(scope: object, receive: object, send: object) -> None:
        await send({"type": "http.response.start", "status": status, "headers": []})  # type: ignore[operator]

    return app


def status_of(path: str) -> tuple[int, list[int]]:
    said: list[int] = []
    counted: list[int] = []
    faces = {"/v1/users/": face(201), "/v1/users/x/": face(202), "/v1/inbox": face(203), "/metrics": face(204)}
    app = routed(face(200), faces, counted.append)

    async def send(message: dict[str, int]) -> None:
        said.append(message["status"])

    asyncio.run(app({"type": "http", "path": path}, None, send))  # type: ignore[arg-type]
    return said[0], counted


def test_each_path_goes_to_the_longest_beginning_that_fits() -> None:
    expected = {
        "/v1/batch": 200,
        "/v1/t": 200,
        "/v1/users/ann": 201,
        "/v1/users/x/timeline": 202,
        "/v1/inbox": 203,
        "/v1/inboxes": 200,
        "/metrics": 204,
        "/metrics/x": 200,
        "/": 200,
    }
    assert {path: status_of(path)[0] for path in expected} == expected


def test_each_answer_is_counted_by_its_status() -> None:
    assert status_of("/metrics")[1] == [204]
