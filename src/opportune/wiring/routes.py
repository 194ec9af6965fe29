"""Which path goes to which face of the engine: all of them behind one port."""

from collections.abc import Callable, Mapping

from opportune.adapters.sources.http import PATHS, Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Message, Receive


def routed(
    ingest: Application, faces: Mapping[str, Application], answered: Callable[[int], None] = lambda status: None
) -> Application:
    """Events go to ``ingest``, other paths to the face with the longest beginning that fits, the rest to ``ingest``.

    ``faces`` by beginning of the path: ``/v1/users/`` takes all below it, ``/metrics`` only itself. ``answered`` gets
    the status of each answer.
    """
    by_length = sorted(faces.items(), key=lambda pair: -len(pair[0]))

    def face_of(path: str) -> Application:
        for beginning, face in by_length:
            if path == beginning or (beginning.endswith("/") and path.startswith(beginning)):
                return face
        return ingest

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        path = scope["path"]

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered(message["status"])
            await send(message)

        await (ingest if path in PATHS else face_of(path))(scope, receive, counted)

    return app
