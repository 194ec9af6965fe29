"""Every path that the engine answers over HTTP, face by face; ``tests/contracts/test_openapi.py`` holds them to it."""

from collections.abc import Iterator
from typing import Final, get_args

from opportune.adapters.sources import health, hooks, importing, inbox, items
from opportune.adapters.sources.admin import Granted
from opportune.adapters.sources.admin_requests import ROUTES, StatedWish
from opportune.adapters.sources.choices import Pause
from opportune.adapters.sources.hooks_told import Told as HookTold
from opportune.adapters.sources.http import PATHS
from opportune.adapters.sources.http_answer import Answer
from opportune.adapters.sources.importing import Imported, Marks
from opportune.adapters.sources.inbox import Listed
from opportune.adapters.sources.inbox_events import SAID
from opportune.adapters.sources.items import Fed
from opportune.adapters.sources.redriving import Redriven
from opportune.adapters.sources.trail import CLICKS, OPENS
from opportune.adapters.sources.unsubscribe import PREFERENCES, PREFIX
from opportune.adapters.sources.user_tokens import MOST_SECONDS
from opportune.events.batch import Wrapper
from opportune.events.wire import Call
from opportune.wiring.administration import Letter
from opportune.wiring.openapi_publications import publication_operations
from opportune.wiring.openapi_schemas import (
    DONE,
    Answers,
    Codes,
    Content,
    Operation,
    Schema,
    referred,
)
from opportune.wiring.portable import Portable
from opportune.wiring.timeline import Page
from opportune.wiring.user_view import UserView
from opportune.wiring.why import Account
from opportune.wiring.why import Told as WhyTold

PATH: Final = "/openapi.json"
_TEXT: Final[Schema] = {"type": "string"}
_TEXTS: Final[Schema] = {"type": "array", "items": _TEXT}
_WHEN: Final = (
    r"^20\d{2}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])(T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(Z|[+-](0\d|1[0-3]):[0-5]\d)?)?$"
)
"""A day or an instant, to the minute or the second."""
_LINE: Final = '{"type":"track","userId":"ann","event":"Cart Updated","timestamp":"2026-01-31T12:00:00Z"}\n'
_CHOICES: Final[Schema] = {
    "type": "object",
    "properties": {
        "do": {"enum": ["save", "stop_all"]},
        "topic": _TEXTS,
        "shown": _TEXTS,
        "pace": _TEXT,
        "pause": {"enum": list(get_args(Pause))},
        "until": _TEXT | {"format": "date"},
    },
}
"""What the preference page sends; ``shown`` are the topics that it showed, ``topic`` those that are wanted."""
_JSON: Final = "application/json"
_LINES: Final = "application/x-ndjson"
_PAGE: Final = "text/html"
_FORM: Final = "application/x-www-form-urlencoded"
_TOO_LARGE: Final = Codes(("body_too_large",))
_NOT_NOW: Final[Answers] = {429: Codes(("overloaded",)), 503: Codes(("unavailable",))}
_OPERATOR: Final[Answers] = {
    401: Codes(("unknown_key",)),
    403: Codes(("wrong_key_kind", "admin_key_needed")),
    429: Codes(("too_many_attempts", "overloaded")),
    503: Codes(("unavailable",)),
}
_EXAMPLE: Final[Schema] = {"type": "track", "userId": "ann", "event": "Cart Updated", "properties": {"cart_id": "c1"}}


def operations() -> Iterator[Operation]:
    """All of them; a path comes once for each set of methods that is answered in the same way."""
    yield from _events()
    yield from _inbox()
    yield from _admin()
    yield from _imports()
    yield from _items()
    yield from publication_operations(_OPERATOR)
    yield from _hooks()
    yield from _links()
    yield from _machines()


def _events() -> Iterator[Operation]:
    refusals: Answers = {
        400: Codes(),
        401: Codes(("unknown_key",)),
        403: Codes(("wrong_key_kind",)),
        413: _TOO_LARGE,
        415: Codes(("unsupported_encoding", "unsupported_type")),
        429: Codes(("rate_limited", "overloaded")),
        503: Codes(("unavailable",)),
    }
    for path, kind in PATHS.items():
        taken = Content("What was accepted is durable.", _JSON, referred(Answer))
        read_as, example = (Wrapper, {"batch": [_EXAMPLE]}) if kind is None else (Call, _example(kind))
        yield Operation(
            path=path,
            methods=("POST", "OPTIONS"),
            tells="Takes events" if kind is None else f"Takes one {kind} call",
            tag="events",
            answers={200: (taken,), **refusals},
            who=("writeKey",),
            body=Content("As Segment's and RudderStack's clients write it.", _JSON, referred(read_as), example),
        )


def _example(kind: str) -> Schema:
    match kind:
        case "track":
            return _EXAMPLE
        case "group":
            return {"userId": "ann", "groupId": "friends"}
        case "alias":
            return {"userId": "ann", "previousId": "device-1"}
    return {"userId": "ann"}


def _inbox() -> Iterator[Operation]:
    refusals: Answers = {401: Codes(("bad_token", "token_expired"))}
    streams = {429: Codes(("too_many_streams",)), 503: Codes(("unavailable",))}
    messages = (
        Content("What is on the shelf: as a stream, or as a list.", _JSON, referred(Listed)),
        Content("A stream of events: message, gone.", "text/event-stream"),
    )
    token = ("userToken",)
    yield Operation(
        path=inbox.PATH,
        methods=("GET", "OPTIONS"),
        tells="A user's in-app messages",
        tag="inbox",
        answers={200: messages, **refusals, **streams},
        who=token,
    )
    for what in SAID:
        yield Operation(
            path=f"{inbox.PATH}/{{key}}/{what}",
            methods=("POST", "OPTIONS"),
            tells=f"The message was {what}",
            tag="inbox",
            answers={200: _done("It is durable."), **refusals, 404: Codes(("unknown_message",)), **_NOT_NOW},
            who=token,
        )


def _admin() -> Iterator[Operation]:
    letters: Schema = {"type": "object", "properties": {"letters": {"type": "array", "items": referred(Letter)}}}
    limit = _number("limit", 1_000)
    said: dict[tuple[str, str], tuple[str, Schema, tuple[Schema, ...]]] = {
        ("user-tokens", "POST"): ("Makes a token for one user", referred(Granted), ()),
        ("users/{id}", "GET"): ("What is remembered of a user now", referred(UserView), ()),
        ("users/{id}", "DELETE"): ("Forgets a user for good", DONE, ()),
        ("users/{id}/timeline", "GET"): (
            "What happened and was decided",
            referred(Page),
            (limit, _number("before", 2**62)),
        ),
        ("users/{id}/export", "GET"): ("Everything about a user, to hand over", referred(Portable), ()),
        ("decisions/{id}", "GET"): ("A decision with every verdict", referred(WhyTold, "Why"), ()),
        ("why", "GET"): ("Why a user got a message, or did not", referred(Account, "Why"), _question(limit)),
        ("dead-letters", "GET"): ("What was refused, newest first", letters, (limit,)),
        ("dead-letters/redrive", "POST"): ("Reads them again", referred(Redriven), (_number("after", 2**62),)),
    }
    for route, methods in ROUTES.items():
        for method in methods:
            tells, schema, query = said[route, method]
            yield Operation(
                path=f"/v1/{route}",
                methods=(method,),
                tells=tells,
                tag="admin",
                answers={200: (Content(tells, _JSON, schema),), **_refusals(route, method)},
                who=("adminKey",),
                query=query,
                body=_wish() if route == "user-tokens" else None,
            )


def _question(limit: Schema) -> tuple[Schema, ...]:
    """Whom or what ``why`` is about; with nothing said, the newest decisions."""
    names = (_text(name, 1) for name in ("user", "message", "decision", "journey", "code"))
    instants = ({"name": name, "in": "query", "schema": _TEXT | {"pattern": _WHEN}} for name in ("since", "until"))
    return (*names, *instants, limit)


def _refusals(route: str, method: str) -> Answers:
    """What an operator may be refused on this path."""
    found: dict[int, Codes] = {400: Codes(("bad_id", "bad_query")), 414: Codes(("url_too_long",))}
    if route == "user-tokens":
        codes = (
            "empty_body",
            "not_json",
            "wrong_type",
            "missing_user",
            "placeholder_user",
            "bad_id",
            "bad_query",
            "bad_gzip",
        )
        found |= {400: Codes(codes), 413: _TOO_LARGE, 415: Codes(("unsupported_encoding", "unsupported_type"))}
    elif route == "why":
        found |= {400: Codes(("bad_query",)), 404: Codes(("unknown_decision",))}
    elif "{id}" in route and method == "GET" and not route.endswith("/export"):
        found[404] = Codes(("unknown_path", "unknown_decision" if route.startswith("decisions") else "unknown_user"))
    elif "{id}" in route:
        found[404] = Codes(("unknown_path",))
    return {**found, **_OPERATOR}


def _wish() -> Content:
    schema = referred(StatedWish)
    return Content("For whom, and for how long.", _JSON, schema, {"userId": "ann", "seconds": MOST_SECONDS})


def _imports() -> Iterator[Operation]:
    taken = Content("What became of the calls.", _JSON, referred(Imported))
    mark, place = _text("mark", 1), {"type": "string", "pattern": "^[0-9]{1,18}$"}
    yield Operation(
        path=importing.PATH,
        methods=("GET",),
        tells="The marks that begin so",
        tag="admin",
        answers={200: (Content("Their names.", _JSON, referred(Marks)),), **_OPERATOR},
        who=("adminKey",),
        query=(_text("marks"),),
    )
    yield Operation(
        path=importing.PATH,
        methods=("POST",),
        tells="Takes calls with the mark that says how far they go",
        tag="admin",
        answers={200: (taken,), 400: Codes(("bad_mark",)), 413: _TOO_LARGE, **_OPERATOR},
        who=("adminKey",),
        query=(
            mark | {"required": True},
            {"name": "place", "in": "query", "required": True, "schema": place},
            {"name": "history", "in": "query", "schema": {"enum": ["0", "1"]}},
        ),
        body=Content("One call on each line.", _LINES, _TEXT, _LINE),
    )


def _items() -> Iterator[Operation]:
    item: Schema = {"type": "object", "properties": {"id": _TEXT}, "required": ["id"]}
    refused: Answers = {414: Codes(("url_too_long",)), **_OPERATOR}
    unreadable = Codes(("empty_body", "not_json", "too_deep", "too_many_calls", "bad_gzip", "bad_query"))
    kinds: Answers = {413: _TOO_LARGE, 415: Codes(("unsupported_encoding", "unsupported_type"))}
    yield Operation(
        path=items.PATH,
        methods=("POST",),
        tells="Feeds the catalogue",
        tag="admin",
        answers={
            200: (Content("What became of the items.", _JSON, referred(Fed)),),
            400: unreadable,
            **kinds,
            **refused,
        },
        who=("adminKey",),
        query=({"name": "history", "in": "query", "schema": {"enum": ["0", "1"]}},),
        body=Content("One item, a list of them, or one on each line.", _JSON, item, {"id": "sku-42", "price": 19.9}),
    )
    yield Operation(
        path=f"{items.PATH}/{{id}}",
        methods=("GET",),
        tells="What the catalogue holds of an item",
        tag="admin",
        answers={
            200: (Content("The item.", _JSON, item),),
            400: Codes(("bad_id",)),
            404: Codes(("unknown_item", "unknown_path")),
            **refused,
        },
        who=("adminKey",),
    )


def _hooks() -> Iterator[Operation]:
    refusals: Answers = {
        401: Codes(("bad_signature", "unknown_key")),
        403: Codes(("wrong_key_kind",)),
        409: Codes(("repeated_hook",)),
        413: _TOO_LARGE,
        429: Codes(("too_many_attempts", "overloaded")),
        503: Codes(("unavailable",)),
    }
    told = referred(HookTold, "Hook")
    unreadable: Answers = {400: Codes()}
    bodies = {
        "events": Content("One thing, or up to 1,000.", _JSON, {"anyOf": [told, {"type": "array", "maxItems": 1_000}]}),
        "mail": Content("The mail that a mail server was sent.", "message/rfc822", _TEXT),
    }
    for path in hooks.PATHS:
        yield Operation(
            path=path,
            methods=("POST",),
            tells="What a provider tells of our messages",
            tag="hooks",
            answers={
                200: (Content("What was accepted is durable.", _JSON, referred(Answer)),),
                **(unreadable if path.endswith("events") else {}),
                **refusals,
            },
            who=("signature", "adminKey"),
            body=bodies[path.removeprefix(hooks.PREFIX)],
        )


def _links() -> Iterator[Operation]:
    """Whoever holds such an address may use it: all of it is in the token."""
    page, busy = _page("It may be cut in two."), _page("It could not be written down: the same again in a moment.")
    shown: Answers = {200: _page("The page."), 404: page}
    changed = {
        **shown,
        413: _page("Too large."),
        415: _page("No form of ours."),
        422: _page("No choice of ours."),
        503: busy,
    }
    form = Content("The fields of the page.", _FORM, _CHOICES, {"do": "save", "pause": "none", "pace": "2"})
    for beginning, tells, acted in (
        (PREFIX, "Unsubscribes from a topic", {**shown, 503: busy}),
        (PREFERENCES, "What a user gets, and how often", changed),
    ):
        path = f"{beginning}{{token}}"
        yield Operation(path=path, methods=("GET", "HEAD"), tells=f"{tells}: the page", tag="links", answers=shown)
        body = form if beginning == PREFERENCES else None
        yield Operation(path=path, methods=("POST",), tells=tells, tag="links", answers=acted, body=body)
    invalid = (Content("This link is not valid.", "text/plain"),)
    picture = (Content("A picture of one pixel.", "image/gif"),)
    opened: Answers = {200: picture, 404: invalid}
    clicked: Answers = {302: "Where the link leads.", 404: invalid}
    for beginning, tells, answers in (
        (OPENS, "A mail was opened", opened),
        (CLICKS, "A link was clicked", clicked),
    ):
        path = f"{beginning}{{token}}"
        yield Operation(path=path, methods=("GET", "HEAD"), tells=tells, tag="links", answers=answers)


def _machines() -> Iterator[Operation]:
    obstacles: Schema = {"type": "array", "items": _TEXT}
    ready: Schema = {"type": "object", "properties": {"success": {"type": "boolean"}, "reasons": obstacles}}
    answers: dict[str, Answers] = {
        "/healthz": {200: _done("The process answers.")},
        "/readyz": {
            200: (Content("It may get work.", _JSON, ready),),
            503: (Content("Why it should get none now.", _JSON, ready),),
        },
        "/metrics": {
            200: (Content("Figures as Prometheus reads them.", "text/plain"),),
            401: Codes(("unknown_key",)),
        },
        PATH: {200: (Content("This description.", _JSON, {"type": "object"}),)},
    }
    for path in (*health.PATHS, PATH):
        who = ("adminKey",) if path == "/metrics" else ()
        yield Operation(
            path=path, methods=("GET", "HEAD"), tells=f"{path[1:]}", tag="machines", answers=answers[path], who=who
        )


def _done(tells: str) -> tuple[Content, ...]:
    return (Content(tells, _JSON, DONE),)


def _page(tells: str) -> tuple[Content, ...]:
    return (Content(tells, _PAGE),)


def _number(name: str, most: int) -> Schema:
    return {"name": name, "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": most}}


def _text(name: str, shortest: int = 0) -> Schema:
    return {"name": name, "in": "query", "schema": _TEXT | {"minLength": shortest}}
