"""``/openapi.json`` and the engine say the same: every path, method, status, header and form of an answer."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs
import pytest

from opportune.wiring.openapi import described
from tests.api.source_tree import REFERENCE, modules
from tests.contracts.asking import CHECKS_LEFT_OUT, asked
from tests.contracts.place import CALLS, TEXTS, WRITE, Place, Said, open_place

EXAMPLES = 12
OTHER = {"type": "object", "required": ["what nobody says"]}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
DOCUMENT = described()
PATHS: dict[str, dict[str, Any]] = DOCUMENT["paths"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with open_place(tmp_path_factory.mktemp("described")) as opened:
        yield opened


def example(place: Place, path: str) -> str:
    """An address of this path, of something that is there if it names something."""
    return place.names.get(path) or path.replace("{id}", "nobody").replace("{key}", "none").replace("{token}", "none")


def key_of(place: Place, path: str) -> str:
    """What opens this path."""
    if path.startswith("/v1/inbox"):
        return place.token
    is_admin = path.startswith(("/hooks", "/metrics")) or PATHS[path].get("get", PATHS[path].get("post"))["tags"] == [
        "admin"
    ]
    return "ak_place" if is_admin else WRITE


def declared(path: str, method: str, status: int) -> dict[str, Any] | None:
    """What the description says of this answer; None if it does not name it."""
    said = PATHS[path][method.lower()]["responses"].get(str(status))
    if said and "$ref" in said:
        return DOCUMENT["components"]["responses"][said["$ref"].rpartition("/")[2]]
    return said


def hold(path: str, method: str, said: Said) -> None:
    """The answer is one that the description names: its status, headers, type and form."""
    told = declared(path, method, said.status)
    assert told is not None, f"{method} {path} answers {said.status}, which is not described: {said.body[:200]!r}"
    for name in told.get("headers", {}):
        assert name.lower() in said.headers, f"{method} {path} {said.status} comes without {name}"
    content = told.get("content")
    if content is None:
        assert said.body == b""
        return
    kind = said.headers["content-type"].partition(";")[0]
    assert kind in content, f"{method} {path} {said.status} is {kind}"
    if kind == "application/json" and (schema := content[kind].get("schema")):
        whole = {"components": DOCUMENT["components"], **schema}
        jsonschema_rs.validator_for(whole).validate(said.json)


def test_it_is_openapi_and_served_to_everybody_and_small(place: Place) -> None:
    said = place.ask("GET", "/openapi.json")
    assert (said.status, said.headers["content-type"]) == (200, "application/json")
    assert said.json == json.loads(json.dumps(DOCUMENT))
    assert said.json["openapi"].startswith("3.1.")
    assert len(said.body) < 80_000
    assert place.ask("HEAD", "/openapi.json").body == b""


def test_no_name_of_a_schema_or_an_operation_comes_twice() -> None:
    ids = [operation["operationId"] for each in PATHS.values() for operation in each.values()]
    assert len(ids) == len(set(ids))
    places = set(re.findall(r'"#/components/(\w+)/([^"]+)"', json.dumps(DOCUMENT)))
    assert places == {(kind, name) for kind in ("schemas", "responses") for name in DOCUMENT["components"][kind]}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_takes_the_methods_that_are_described_and_no_other(place: Place, path: str) -> None:
    methods = {method.upper() for method in PATHS[path]}
    for method in METHODS:
        if path.startswith("/v1/users") and method == "DELETE":
            continue
        stated = {"authorization": f"Bearer {key_of(place, path)}", "accept": "application/json"}
        said = place.ask(method, example(place, path), b"" if method in ("POST", "PUT", "PATCH") else None, **stated)
        if method in methods:
            hold(path, method, said)
        else:
            assert said.status == 405, f"{method} {path} is not described and answers {said.status}"
            assert set(said.headers["allow"].split(", ")) <= methods


def words() -> Iterator[str]:
    """Every text of the edge that may be a path, or a part of one."""
    for path, tree in modules().items():
        if path.startswith(("adapters/sources/", "wiring/")):
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    if re.fullmatch(r"[/a-z0-9._-]{1,40}", node.value) and node.value.strip("/"):
                        yield node.value.strip("/")


def is_described(target: str) -> bool:
    return any(re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), target) for path in PATHS)


def test_nothing_is_answered_that_is_not_described(place: Place) -> None:
    beginnings = ("/", "/v1/", "/hooks/", "/v1/users/ann/", "/v1/dead-letters/", f"/v1/decisions/{place.decision}/")
    found = sorted({f"{beginning}{word}" for beginning in beginnings for word in words()})
    assert len(found) > 500
    for target in found:
        if not is_described(target):
            for method in ("GET", "POST"):
                status = place.admin(method, target).status
                assert status in (401, 404) if target.startswith("/v1/inbox") else status == 404, (
                    f"{method} {target}: {status}"
                )


# Every status that is described can be had


def large(place: Place, path: str) -> Said:
    body = b'{"a":"' + b"x" * (9 * 1024 * 1024) + b'"}'
    stated = {"authorization": f"Bearer {key_of(place, path)}", "content_type": "application/json"}
    if path.startswith("/p/"):
        stated["content_type"] = "application/x-www-form-urlencoded"
    return place.ask("POST", example(place, path), body, **stated)


def provoked(place: Place, path: str, method: str, status: int) -> Said | None:
    """An answer with this status; None if it takes more than one call to get it."""
    target, key = example(place, path), key_of(place, path)
    good = {"authorization": f"Bearer {key}", "accept": "application/json", "content_type": "application/json"}
    match status:
        case 401 if path.startswith("/hooks"):
            return place.ask(method, target, b"{}")
        case 401:
            return place.ask(method, target, None if method == "GET" else b'{"batch": []}')
        case 403:
            wrong = WRITE if key != WRITE else "ak_place"
            return place.ask(
                method, target, None if method == "GET" else b"{}", **good | {"authorization": f"Bearer {wrong}"}
            )
        case 413:
            return large(place, path)
        case 414:
            return place.ask(method, f"{target}?x={'x' * 9_000}", **good)
        case 415:
            return place.ask(method, target, b"{}", **good | {"content_type": "image/png"})
        case 422:
            form = {"content_type": "application/x-www-form-urlencoded"}
            return place.ask(method, target, b"do=save&pace=many", **good | form)
        case 404 if "{token}" in path or "{key}" in path:
            return place.ask(method, path.replace("{token}", "none").replace("{key}", "none"), **good)
        case 404 | 409 if path.startswith("/v1/publications"):
            files = {"files": TEXTS | {"messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [sms]\n"}}
            body = files if path == "/v1/publications" else {"playbook": "none"} if status == 404 else {}
            return place.ask(method, target, json.dumps(body).encode(), **good)
        case 404 if path == "/v1/why":
            return place.ask(method, f"{path}?decision=none", **good)
        case 404:
            is_told = method == "GET" and not path.endswith("/export")  # that says of anybody what there is
            return place.ask(method, path.replace("{id}", "nobody" if is_told else ""), **good)
        case 400 if key == WRITE or path in ("/v1/user-tokens", "/hooks/events", "/v1/publications/rollback"):
            return place.ask(method, target, b"{oops", **good)
        case 400 if "{id}" in path:
            return place.ask(method, path.replace("{id}", "%00"), **good)
        case 400:
            return place.ask(method, f"{target}?limit=0&after=x", **good)
        case 409:
            mail = b'{"type": "delivered", "decision": "%s"}' % place.decision.encode()
            place.ask(method, target, mail, **good)
            return place.ask(method, target, mail, **good)
    return None


MANY_CALLS = {
    429: "test_http_limits, test_peers, test_inbox: too fast, too many guesses, too many streams",
    503: "test_http, test_unsubscribe, test_preferences, test_health: the disk, or the engine, takes nothing now",
}


def refusals() -> list[tuple[str, str, int]]:
    return [
        (path, method.upper(), int(status))
        for path, operations in PATHS.items()
        for method, operation in operations.items()
        for status in operation["responses"]
        if method not in ("head", "options") and int(status) >= 400 and int(status) not in MANY_CALLS
    ]


@pytest.mark.parametrize(("path", "method", "status"), refusals())
def test_every_refusal_that_is_described_can_be_had(place: Place, path: str, method: str, status: int) -> None:
    said = provoked(place, path, method, status)
    assert said is not None
    assert said.status == status, f"{method} {path} answers {said.status}: {said.body[:200]!r}"
    hold(path, method, said)


def test_what_is_right_is_answered_as_described(place: Place) -> None:
    users = ("/v1/users/{id}", "/v1/users/{id}/timeline", "/v1/users/{id}/export")
    for path in (*users, "/v1/decisions/{id}", "/u/{token}", "/p/{token}"):
        said = place.admin("GET", example(place, path))
        assert said.status == 200
        hold(path, "GET", said)
    for target in (
        "/v1/why?user=ann",
        "/v1/why?user=ann&message=note",
        "/v1/why?journey=cart&code=sent&since=2020-01-01&until=2050-01-01T00:00:00Z",
        "/v1/dead-letters",
        "/v1/import?marks=x",
        "/readyz",
    ):
        said = place.admin("GET", target)
        assert said.status == 200
        hold(target.partition("?")[0], "GET", said)
    said = place.write("/v1/batch", {"batch": CALLS})
    assert said.json["duplicates"] == 3  # an alias that says nothing new is none
    hold("/v1/batch", "POST", said)
    wish = b'{"userId": "%s"}' % quote("ann").encode()
    hold("/v1/user-tokens", "POST", place.admin("POST", "/v1/user-tokens", wish))
    hold("/v1/dead-letters/redrive", "POST", place.admin("POST", "/v1/dead-letters/redrive"))
    hold("/v1/users/{id}", "DELETE", place.admin("DELETE", "/v1/users/device-2"))


def test_the_page_of_the_reference_names_the_same_paths() -> None:
    page = (REFERENCE / "http.md").read_text(encoding="utf-8")
    named = {
        quoted for cell in re.findall(r"(?m)^\| ([^|]*`[^|]*) \|", page) for quoted in re.findall(r"`([^`]+)`", cell)
    }
    found = set[str]()
    for cell in named:
        method, _, target = cell.rpartition(" ")
        for path in spelled_out(target.partition("?")[0]):
            if path.startswith("/"):
                found.add(path)
                assert all(each.lower() in PATHS[path] for each in method.replace(",", "").split()), cell
    assert found == set(PATHS)


def spelled_out(target: str) -> list[str]:
    """``/v1/{track,identify}`` as two paths."""
    found = re.search(r"\{(\w+(?:,\w+)+)\}", target)
    return [target.replace(found[0], each) for each in found[1].split(",")] if found else [target]


# Whatever is asked


def test_whatever_is_asked_is_answered_as_described(tmp_path: Path) -> None:
    with open_place(tmp_path) as place:
        figures, failures = asked(place, examples=EXAMPLES, seed=1)
    assert failures == []
    assert figures["requests"] > 1_000
    assert figures["answered_2xx"] > figures["requests"] // 5
    assert figures.get("answered_5xx", 0) == 0


@pytest.mark.parametrize(
    ("path", "lies"),
    [
        ("/v1/users/{id}", lambda said: said["get"]["responses"].pop("404")),
        ("/v1/users/{id}", lambda said: said["delete"]["responses"].pop("200")),
        (
            "/v1/why",
            lambda said: said["get"]["responses"]["200"]["content"].update({"application/json": {"schema": OTHER}}),
        ),
        ("/u/{token}", lambda said: said["get"]["responses"]["200"].update(content={"text/plain": {}})),
        ("/c/{token}", lambda said: said["get"]["responses"]["302"]["headers"].update({"X-Way": {"required": True}})),
        ("/healthz", lambda said: said["get"].update(security=[{"adminKey": []}])),
    ],
)
def test_a_description_that_is_wrong_is_found_out(tmp_path: Path, path: str, lies: Callable[[Any], object]) -> None:
    document = json.loads(json.dumps(DOCUMENT))
    lies(document["paths"][path])
    document["paths"] = {path: document["paths"][path]}
    with open_place(tmp_path) as place:
        failures = asked(place, examples=5, seed=1, document=document)[1]
    assert failures


def test_checks_that_are_left_out_have_their_reason() -> None:
    assert all(len(reason) > 20 for reason in CHECKS_LEFT_OUT.values())
