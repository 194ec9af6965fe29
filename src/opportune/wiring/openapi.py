"""``/openapi.json``: all that the engine answers over HTTP, as OpenAPI 3.1 says it, for programs and for our tests."""

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Final

from msgspec import json

from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive
from opportune.adapters.sources.json_answer import Refused, tell
from opportune.wiring.openapi_paths import PATH as PATH
from opportune.wiring.openapi_paths import operations
from opportune.wiring.openapi_schemas import Codes, Content, Operation, Schema, components, referred

_ABOUT: Final = (
    "Instants are milliseconds since 1970 UTC. A refusal is {success: false, code, message}: the code stays, the "
    "message says what would be right. What is refused before anything looks at its path is not repeated below: "
    "400 what is no HTTP/1.1, 405 another method (Allow says which), 408 a request that does not arrive whole in "
    "time, 431 a head that is too long."
)
_JSON: Final = "application/json"
_TEXT: Final = {"type": "string"}
_NAME: Final = {"type": "string", "pattern": r"^[^\x00-\x1f\x7f]+$"}
"""What an id in a path is: not empty, and without control characters."""
_HEADERS: Final[Mapping[int, str]] = {302: "Location", 401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
"""The header that comes with each answer of this status if it is a refusal, or leads elsewhere."""
_SCHEMES: Final = {
    "writeKey": {"type": "http", "scheme": "bearer", "description": "A write key; as Basic user or writeKey, too."},
    "adminKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An admin key; as Basic user, too. While there is none, programs of the machine need none.",
    },
    "userToken": {"type": "http", "scheme": "bearer", "description": "A token of one user; as ?token=, too."},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature.",
    },
}


def openapi_app() -> Application:
    """The face at ``/openapi.json``: the same bytes for everybody, without a key."""
    document = json.encode(described())

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            said = Refused("wrong_method", f"{PATH} takes GET, not {method[:20]}")
            return await tell(send, 405, said, ((b"allow", b"GET, HEAD"),))
        head = [
            (b"content-type", _JSON.encode()),
            (b"content-length", b"%d" % len(document)),
            (b"cache-control", b"public, max-age=300"),
            (b"access-control-allow-origin", b"*"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else document})

    return app


def described() -> Schema:
    """The whole description, of what the faces and their structs say."""
    paths: dict[str, Schema] = {}
    for operation in operations():
        for method in operation.methods:
            paths.setdefault(operation.path, {})[method.lower()] = _operation(operation, method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "opportune", "version": version("opportune"), "description": _ABOUT},
        "paths": paths,
        "components": {"schemas": components(), "responses": _refusals(), "securitySchemes": _SCHEMES},
    }


def _operation(operation: Operation, method: str) -> Schema:
    answers = operation.answers if method != "OPTIONS" else {204: "What a page may ask."}
    is_bare = method in ("HEAD", "OPTIONS")
    said: Schema = {
        "summary": operation.tells if method != "OPTIONS" else "What a browser asks before a page may.",
        "operationId": _id_of(operation.path, method),
        "tags": [operation.tag],
        "responses": {str(status): _answer(status, told, is_bare=is_bare) for status, told in answers.items()},
    }
    if parameters := [*_in_path(operation.path), *(operation.query if method != "OPTIONS" else ())]:
        said["parameters"] = parameters
    if operation.body is not None and not is_bare:
        said["requestBody"] = {"required": True, "content": _content(operation.body)}
    if operation.who and method != "OPTIONS":
        said["security"] = [{name: []} for name in operation.who]
    return said


def _answer(status: int, told: Sequence[Content] | Codes | str, *, is_bare: bool) -> Schema:
    if isinstance(told, Codes) and not is_bare:
        return {"$ref": f"#/components/responses/{_name_of(status, told)}"}
    if isinstance(told, Codes):
        return {"description": _words_of(told), **_header(status)}
    if isinstance(told, str):
        return {"description": told, **_header(status)}
    said: Schema = {"description": told[0].tells}
    return said if is_bare else said | {"content": {kind: each for one in told for kind, each in _content(one).items()}}


def _refusals() -> Schema:
    """Every refusal that some path answers, by name."""
    return {
        _name_of(status, told): {
            "description": _words_of(told),
            "content": {_JSON: {"schema": _with_code(told)}},
            **_header(status),
        }
        for operation in operations()
        for status, told in operation.answers.items()
        if isinstance(told, Codes)
    }


def _name_of(status: int, told: Codes) -> str:
    return ".".join([str(status), *told.codes])


def _words_of(told: Codes) -> str:
    return ", ".join(told.codes) or "A code of EventError."


def _with_code(told: Codes) -> Schema:
    """A refusal with one of these codes; any code, if none is named."""
    plain = referred(Refused)
    return {"allOf": [plain, {"properties": {"code": {"enum": list(told.codes)}}}]} if told.codes else plain


def _header(status: int) -> Schema:
    name = _HEADERS.get(status)
    return {"headers": {name: {"required": True, "schema": _TEXT}}} if name else {}


def _content(content: Content) -> Schema:
    if content.schema is None:
        return {content.kind: {}}
    said: Schema = {"schema": content.schema}
    if content.example is not None:
        said["example"] = content.example
    return {content.kind: said}


def _in_path(path: str) -> Iterator[Schema]:
    """What stands in braces."""
    for part in path.split("/"):
        if part.startswith("{"):
            yield {"name": part.strip("{}"), "in": "path", "required": True, "schema": _NAME}


def _id_of(path: str, method: str) -> str:
    words = [word.strip("{}") for word in path.replace(".", "/").split("/") if word]
    return "-".join([method.lower(), *words])
