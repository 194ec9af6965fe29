"""The catalogue over HTTP: three forms of bodies, who may, and what becomes of an item that is refused."""

import json
from collections.abc import Iterator

import pytest

from tests.contracts.place import Place, open_place


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    with open_place(tmp_path_factory.mktemp("items")) as opened:
        yield opened


def fed(place: Place, body: bytes, query: str = "", **headers: str) -> dict[str, object]:
    said = place.admin("POST", f"/v1/items{query}", body, **headers)
    assert said.status == 200, said.body
    found: dict[str, object] = said.json
    return found


def test_one_item_a_list_and_lines_are_taken_alike(place: Place) -> None:
    lines = {"content_type": "application/x-ndjson"}
    assert fed(place, b'{\n "id": "one",\n "price": 5\n}')["changed"] == 1
    assert fed(place, b'[{"id": "a", "price": 1}, {"id": "b"}]')["changed"] == 2
    assert fed(place, b'\xef\xbb\xbf{"id": "c", "name": "C"}\r\n\r\n{"id": "d"}\n', **lines)["changed"] == 2
    assert place.admin("GET", "/v1/items/c").json == {"id": "c", "name": "C"}
    assert place.admin("GET", "/v1/items/none").json["code"] == "unknown_item"


def test_an_item_is_shown_as_it_may_be_stated_again(place: Place) -> None:
    stated = {"id": "full/1", "price": 5, "stock": 0, "tags": ["a"], "published": 1_780_000_000_000, "x": {"y": [1]}}
    fed(place, json.dumps(stated).encode())
    shown = place.admin("GET", "/v1/items/full%2F1").json
    assert shown == stated
    assert fed(place, json.dumps(shown).encode())["changed"] == 0


def test_a_bad_item_costs_only_itself_and_is_kept_as_a_dead_letter(place: Place) -> None:
    said = fed(place, b'{"id": "e"}\n{"id": "f", "price": "5"}\n{oops}\n[1]\n{"id": "g", "price": NaN}\n{"id": "h"}')
    assert (said["accepted"], said["changed"]) == (2, 2)
    rejected = said["rejected"]
    assert isinstance(rejected, list)
    assert [(each["index"], each["code"]) for each in rejected] == [
        (1, "bad_item"), (2, "not_json"), (3, "not_an_object"), (4, "not_json")
    ]  # fmt: skip
    letters = place.admin("GET", "/v1/dead-letters").json["letters"]
    assert ("bad_item", '{"id": "f", "price": "5"}', "item") in [(e["code"], e["body"], e.get("kind")) for e in letters]


def test_a_dead_letter_that_was_an_item_is_never_taken_for_an_event(place: Place) -> None:
    fed(place, b'{"type": "track", "userId": "mallory", "event": "Paid", "price": "x", "id": "i"}')
    before = place.admin("POST", "/v1/dead-letters/redrive").json
    assert before["taken"] == 0
    assert place.admin("GET", "/v1/users/mallory").status == 404


def test_only_an_admin_key_may(place: Place) -> None:
    for method, path in (("POST", "/v1/items"), ("GET", "/v1/items/one")):
        assert place.ask(method, path, b"{}" if method == "POST" else None).status == 401
        body = b'{"id": "one", "price": 1}' if method == "POST" else None
        assert place.ask(method, path, body, authorization="Bearer wk_place").json["code"] == "wrong_key_kind"
    assert place.admin("GET", "/v1/items/one").json["price"] == 5


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"  ", "empty_body"),
        (b"[oops", "not_json"),
        (b'[{"id": "a", "price": NaN}]', "not_json"),
        (b"[" + b",".join([b"{}"] * 2_501) + b"]", "too_many_calls"),
    ],
)
def test_a_body_that_cannot_be_taken_apart_is_refused_whole(place: Place, body: bytes, code: str) -> None:
    said = place.admin("POST", "/v1/items", body)
    assert (said.status, said.json["code"]) == (400, code)


def test_paths_that_are_not_there_and_other_methods_are_told(place: Place) -> None:
    assert place.admin("GET", "/v1/items").headers["allow"] == "POST"
    assert place.admin("DELETE", "/v1/items/one").headers["allow"] == "GET"
    assert [place.admin("GET", path).status for path in ("/v1/items/", "/v1/items/a/b")] == [404, 404]
    assert place.admin("GET", f"/v1/items/{'x' * 9_000}").status == 414


def test_the_figures_tell_of_the_catalogue(place: Place) -> None:
    figures = place.admin("GET", "/metrics").body.decode()
    assert "opportune_announcements 0" in figures and "opportune_item_pairs 0" in figures
