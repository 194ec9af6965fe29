"""The admin API: who may ask, how a request is read, and what is written down of it."""

import json
import logging
from collections.abc import Sequence
from typing import Any

import pytest

from opportune.adapters.sealing import Sealer
from opportune.adapters.sources.admin import AdminFace
from opportune.adapters.sources.asking import Asking, Question
from opportune.adapters.sources.door import Door
from opportune.adapters.sources.keys import Key, Keys, hash_of_key
from opportune.adapters.sources.peers import Guesses
from opportune.adapters.sources.redriving import Redriven
from opportune.adapters.sources.user_tokens import PURPOSE, UserTokens
from opportune.errors import Overloaded, Unavailable
from opportune.units import DAY, SECOND
from tests.unit.adapters.sources.faces import Got, asked, lived

NOW = 1_790_000_000_000
AWAY = "192.0.2.7"
ADMIN = {"authorization": "Bearer adm"}


class Scene:
    """An admin face over functions that write down what they are asked."""

    def __init__(
        self, *, admin: Sequence[str] = ("adm",), stored: Sequence[Key] = (), is_published: bool = False
    ) -> None:
        self.now = NOW
        self.asked: list[tuple[object, ...]] = []
        self.failure: Exception | None = None
        self.stored = list(stored)
        keys = Keys.of_texts(["wri"], admin, stored=lambda: tuple(self.stored), now=lambda: self.now)
        self.tokens = UserTokens(Sealer(b"s" * 32, PURPOSE), now=lambda: self.now)
        guesses = Guesses(lambda: self.now)
        door = Door(keys, guesses, hidden=lambda user: f"~{len(user)}", is_published=is_published)
        self.app = AdminFace(door=door, tokens=self.tokens, asking=self._asking())

    def _asking(self) -> Asking:
        def answering(name: str, said: Any) -> Any:
            async def answer(*given: object) -> Any:
                if self.failure is not None:
                    raise self.failure
                self.asked.append((name, *given))
                return None if given and given[0] in ("nobody", "..", "../x") else said

            return answer

        return Asking(
            user=answering("user", {"id": "ann"}),
            timeline=answering("timeline", {"entries": []}),
            export=answering("export", {"user": "ann"}),
            decision=answering("decision", {"message": "m"}),
            why=answering("why", {"sentence": "s"}),
            dead_letters=answering("dead_letters", []),
            redrive=answering("redrive", Redriven(1, 2, None)),
            erase=answering("erase", None),
        )

    async def ask(self, method: str, url: str, **given: Any) -> Got:
        return await asked(self.app, method, url, **{"headers": ADMIN, **given})


CALLS = [
    ("POST", "/v1/user-tokens", None),
    ("GET", "/v1/users/ann", ("user", "ann")),
    ("GET", "/v1/users/ann/timeline", ("timeline", "ann", None, 100)),
    ("GET", "/v1/users/ann/timeline?before=7&limit=3", ("timeline", "ann", 7, 3)),
    ("GET", "/v1/users/ann/export", ("export", "ann")),
    ("DELETE", "/v1/users/ann", ("erase", "ann")),
    ("GET", "/v1/decisions/d1", ("decision", "d1")),
    ("GET", "/v1/why?user=ann", ("why", Question(user="ann"))),
    ("GET", "/v1/why?user=ann&message=cart", ("why", Question(user="ann", message="cart"))),
    ("GET", "/v1/why", ("why", Question())),
    ("GET", "/v1/why?decision=d1", ("why", Question(decision="d1"))),
    (
        "GET",
        "/v1/why?journey=cart&code=sent&since=1970-01-02&until=1970-01-02&limit=9",
        ("why", Question(journey="cart", code="sent", since=DAY, until=2 * DAY, limit=9)),
    ),
    ("GET", "/v1/why?since=1970-01-01T01:00:00%2B01:00", ("why", Question(since=0))),
    ("GET", "/v1/dead-letters", ("dead_letters", 50)),
    ("GET", "/v1/dead-letters?limit=7", ("dead_letters", 7)),
    ("POST", "/v1/dead-letters/redrive", ("redrive", 0)),
    ("POST", "/v1/dead-letters/redrive?after=9", ("redrive", 9)),
]


@pytest.mark.parametrize(("method", "url", "call"), CALLS)
@lived
async def test_a_holder_of_an_admin_key_asks_and_acts(method: str, url: str, call: tuple[object, ...] | None) -> None:
    scene = Scene()
    got = await scene.ask(method, url, body=b'{"userId":"ann"}', peer=AWAY)
    assert got.status == 200
    assert scene.asked == ([call] if call else [])
    assert got.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in got.headers


@pytest.mark.parametrize(("method", "url", "call"), CALLS)
@lived
async def test_a_write_key_only_writes(method: str, url: str, call: object) -> None:
    scene = Scene()
    got = await scene.ask(method, url, headers={"authorization": "Bearer wri"})
    assert (got.status, got.said["code"]) == (403, "wrong_key_kind")
    assert scene.asked == []


@pytest.mark.parametrize(("method", "url", "call"), CALLS)
@pytest.mark.parametrize("header", [None, "Bearer x", "Basic eA==", "Basic !", "Digest x", "Bearer "])
@lived
async def test_without_a_good_key_nothing_is_told(method: str, url: str, call: object, header: str | None) -> None:
    scene = Scene()
    got = await scene.ask(method, url, headers={} if header is None else {"authorization": header})
    assert (got.status, got.said["code"]) == (401, "unknown_key")
    assert got.headers["www-authenticate"] == "Bearer"
    assert scene.asked == []


@lived
async def test_without_any_admin_key_a_program_of_this_machine_may_ask_and_nobody_else() -> None:
    scene = Scene(admin=())
    assert (await scene.ask("GET", "/v1/users/ann", headers={})).status == 200
    for peer, headers in (
        (AWAY, {}),
        ("127.0.0.1", {"origin": "https://evil.example"}),
        ("127.0.0.1", {"host": "evil"}),
    ):
        got = await scene.ask("GET", "/v1/users/ann", headers=headers, peer=peer)
        assert (got.status, got.said["code"]) == (403, "admin_key_needed")
    got = await scene.ask("GET", "/v1/users/ann", headers={"authorization": "Bearer wri"})
    assert (got.status, got.said["code"]) == (403, "wrong_key_kind")


@lived
async def test_where_a_proxy_may_stand_before_the_engine_this_machine_needs_a_key_from_the_start() -> None:
    scene = Scene(admin=(), is_published=True)
    got = await scene.ask("DELETE", "/v1/users/ann", headers={})
    assert (got.status, got.said["code"]) == (403, "admin_key_needed")
    assert scene.asked == []
    assert (await Scene(is_published=True).ask("DELETE", "/v1/users/ann")).status == 200


@lived
async def test_as_soon_as_there_is_an_admin_key_this_machine_needs_it_too() -> None:
    scene = Scene(admin=())
    assert (await scene.ask("GET", "/v1/users/ann", headers={})).status == 200
    scene.stored.append(Key("ops", "admin", hash_of_key("adm")))
    scene.now += SECOND
    assert (await scene.ask("GET", "/v1/users/ann", headers={})).status == 401
    assert (await scene.ask("GET", "/v1/users/ann")).status == 200


@lived
async def test_a_revoked_key_is_refused_within_a_second() -> None:
    scene = Scene(admin=("other",), stored=[Key("ops", "admin", hash_of_key("adm"))])
    assert (await scene.ask("GET", "/v1/users/ann")).status == 200
    scene.stored.clear()
    scene.now += SECOND
    assert (await scene.ask("GET", "/v1/users/ann")).status == 401


@lived
async def test_of_a_thousand_wrong_keys_nearly_all_are_not_looked_at_and_other_addresses_are_served() -> None:
    scene = Scene()
    codes = []
    for count in range(1_000):
        got = await scene.ask("GET", "/v1/users/ann", headers={"authorization": f"Bearer x{count}"}, peer=AWAY)
        codes.append((got.status, got.said["code"]))
    assert codes == [(401, "unknown_key")] * 10 + [(429, "too_many_attempts")] * 990
    assert got.headers["retry-after"] == "1"
    wrong = {"authorization": "Bearer y"}
    assert (await scene.ask("GET", "/v1/users/ann", headers=wrong, peer="192.0.2.8")).status == 401
    scene.now += SECOND
    assert (await scene.ask("GET", "/v1/users/ann", headers=wrong, peer=AWAY)).status == 401


@lived
async def test_wrong_keys_from_behind_the_same_proxy_keep_nobody_with_the_right_one_out() -> None:
    scene = Scene()
    for header in ({"authorization": "Bearer x"}, {"authorization": "Digest x"}):
        for _ in range(20):
            await scene.ask("GET", "/v1/users/ann", headers=header, peer=AWAY)
    assert (await scene.ask("DELETE", "/v1/users/ann", peer=AWAY)).status == 200
    assert (await scene.ask("GET", "/v1/users/ann", headers={"authorization": "Bearer x"}, peer=AWAY)).status == 429


@lived
async def test_whoever_uses_a_write_key_by_mistake_is_not_slowed_down() -> None:
    scene = Scene()
    for _ in range(50):
        assert (await scene.ask("GET", "/v1/why", headers={"authorization": "Bearer wri"})).status == 403


async def audit_of(scene: Scene, caplog: pytest.LogCaptureFixture, *call: str, **given: Any) -> str:
    caplog.clear()
    with caplog.at_level(logging.INFO, "opportune.audit"):
        await scene.ask(*call, **given)
    return "\n".join(record.getMessage() for record in caplog.records)


@pytest.mark.parametrize(("method", "url", "call"), CALLS)
def test_every_passing_is_written_down_without_user_or_key(
    method: str, url: str, call: object, caplog: pytest.LogCaptureFixture
) -> None:
    @lived
    async def story() -> None:
        said = await audit_of(Scene(), caplog, method, url, peer=AWAY, body=b'{"userId":"ann"}')
        assert f"admin-1 from {AWAY}: {method} " in said
        assert len(said.splitlines()) == 1
        assert "ann" not in said and "Bearer" not in said
        assert ("~3" in said) == ("ann" in url or "tokens" in url)

    story()


def test_wrong_keys_are_written_down_but_not_what_they_were(caplog: pytest.LogCaptureFixture) -> None:
    @lived
    async def story() -> None:
        for stated in ("canary", "wri"):
            headers = {"authorization": f"Bearer {stated}"}
            said = await audit_of(Scene(), caplog, "GET", "/v1/users/ann", headers=headers)
            assert "was refused" in said and stated not in said.replace("write", "")

    story()


@lived
async def test_a_token_is_made_for_one_user_and_an_hour_unless_told() -> None:
    scene = Scene()
    got = await scene.ask("POST", "/v1/user-tokens", body=b'{"userId": "ann"}')
    assert got.said["expiresAt"] == NOW + 3_600 * SECOND
    assert scene.tokens.granted(got.said["token"]).user == "ann"
    got = await scene.ask("POST", "/v1/user-tokens", body=b'{"userId": 7, "seconds": 86400}')
    assert scene.tokens.granted(got.said["token"]).user == "7"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty_body"),
        (b"{", "not_json"),
        (b"[]", "wrong_type"),
        (b'{"userId": "ann", "seconds": 86401}', "wrong_type"),
        (b'{"userId": "ann", "seconds": 0}', "wrong_type"),
        (b'{"userId": "ann", "seconds": "1"}', "wrong_type"),
        (b'{"userId": {}}', "wrong_type"),
        (b"{}", "missing_user"),
        (b'{"userId": ""}', "missing_user"),
        (b'{"userId": "null"}', "placeholder_user"),
        (b'{"userId": "a\\u0000b"}', "bad_id"),
        (b'"' + b"x" * 5_000 + b'"', "body_too_large"),
        (b'{"userId": "\xff"}', "not_json"),
    ],
)
@lived
async def test_a_bad_wish_for_a_token_is_refused_with_its_reason(body: bytes, code: str) -> None:
    got = await Scene().ask("POST", "/v1/user-tokens", body=body)
    assert (got.status, got.said["code"]) == (413 if code == "body_too_large" else 400, code)


@pytest.mark.parametrize(
    ("url", "status", "code"),
    [
        ("/v1/users/nobody", 404, "unknown_user"),
        ("/v1/users/nobody/timeline", 404, "unknown_user"),
        ("/v1/decisions/nobody", 404, "unknown_decision"),
        ("/v1/users/%2e%2e", 404, "unknown_user"),
        ("/v1/users/%2e%2e%2fx", 404, "unknown_user"),
        ("/v1/users/../x", 404, "unknown_path"),
        ("/v1/users//ann", 404, "unknown_path"),
        ("/v1//users/ann", 404, "unknown_path"),
        ("/v1/users/", 404, "unknown_path"),
        ("/v1/users/ann/", 404, "unknown_path"),
        ("/v1/users/ann/traits", 404, "unknown_path"),
        ("/v1/users;x/ann", 404, "unknown_path"),
        ("/v1/users/a%00b", 400, "bad_id"),
        ("/v1/users/%ff", 400, "bad_id"),
        ("/v1/users/" + "x" * 65_536, 414, "url_too_long"),
        ("/v1/why?user=" + "x" * 65_536, 414, "url_too_long"),
        ("/v1/why?since=yesterday", 400, "bad_query"),
        ("/v1/why?since=2026-06-09&until=2026-06-01", 400, "bad_query"),
        ("/v1/why?user=ann&limit=0", 400, "bad_query"),
        ("/v1/why?user=%ff", 400, "bad_query"),
        ("/v1/why?" + "&".join(f"x{count}=1" for count in range(50)), 400, "bad_query"),
        ("/v1/dead-letters?limit=0", 400, "bad_query"),
        ("/v1/dead-letters?limit=1001", 400, "bad_query"),
        ("/v1/dead-letters?limit=x", 400, "bad_query"),
        ("/v1/users/ann/timeline?before=99999999999999999999", 400, "bad_query"),
    ],
)
@lived
async def test_what_is_not_there_or_not_readable_is_answered_with_a_code(url: str, status: int, code: str) -> None:
    got = await Scene().ask("GET", url)
    assert (got.status, got.said["code"]) == (status, code)


@lived
async def test_an_id_may_hold_a_slash_and_any_letter() -> None:
    scene = Scene()
    await scene.ask("GET", "/v1/users/auth0%7Ca%2Fb%20%C3%A9")
    assert scene.asked == [("user", "auth0|a/b é")]


@pytest.mark.parametrize(
    ("method", "url", "allowed"),
    [
        ("GET", "/v1/user-tokens", "POST"),
        ("PUT", "/v1/users/ann", "GET, DELETE"),
        ("POST", "/v1/users/ann/timeline", "GET"),
        ("POST", "/v1/why", "GET"),
        ("GET", "/v1/dead-letters/redrive", "POST"),
        ("OPTIONS", "/v1/users/ann", "GET, DELETE"),
    ],
)
@lived
async def test_another_method_is_refused_with_those_that_are_taken(method: str, url: str, allowed: str) -> None:
    got = await Scene().ask(method, url)
    assert (got.status, got.said["code"], got.headers["allow"]) == (405, "wrong_method", allowed)


@pytest.mark.parametrize(("failure", "status"), [(Overloaded("full"), 429), (Unavailable("disk"), 503)])
@lived
async def test_what_the_engine_cannot_do_now_may_be_asked_again(failure: Exception, status: int) -> None:
    scene = Scene()
    scene.failure = failure
    got = await scene.ask("DELETE", "/v1/users/ann")
    assert got.status == status
    assert got.headers["retry-after"] == "1"


@lived
async def test_what_is_told_is_json() -> None:
    got = await Scene().ask("POST", "/v1/dead-letters/redrive")
    assert json.loads(got.body) == {"taken": 1, "refused": 2, "after": None}
