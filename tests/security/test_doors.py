"""Who gets in where: asked of the real process, over sockets, by whoever has no right to."""

import json
import time
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import pytest

from opportune.adapters.signatures import Secrets
from opportune.adapters.sources.user_tokens import user_token
from opportune.adapters.stores.secret import secret_path
from opportune.messages.plain_text import text_of_html
from tests.security.doors import ADMIN, HOOKS, WRITE, House, answers_in, house

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\r\nX-Evil: 1"
ASKING = (
    ("GET", "/v1/users/ann"), ("GET", "/v1/users/ann/timeline"), ("GET", "/v1/users/ann/export"),
    ("DELETE", "/v1/users/ann"),
    ("GET", "/v1/decisions/00"),
    ("GET", "/v1/why?user=ann"), ("GET", "/v1/dead-letters"), ("POST", "/v1/dead-letters/redrive"),
    ("POST", "/v1/user-tokens"), ("GET", "/metrics"), ("GET", "/v1/import?marks=a"),
    ("POST", "/v1/import?mark=a&place=1"),
)  # fmt: skip


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A published engine with an admin key, and a user with a message in the inbox."""
    with house(tmp_path_factory.mktemp("house"), "--public-url", "https://links.example", "--track", "clicks") as found:
        said = {"cart_id": "c", "note": EVIL}
        assert (
            found.told(
                {"type": "identify", "userId": "ann", "traits": {"email": "ann@shop.example"}},
                {"type": "track", "userId": "ann", "event": "Cart Updated", "properties": said},
            ).json["accepted"]
            == 2
        )
        yield found


def waiting() -> Iterator[float]:
    """Again and again, for half a minute: the disk may be busy."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        yield end


def token(door: House, user: str = "ann") -> str:
    return str(door.asked("POST", "/v1/user-tokens", {"userId": user}, key=ADMIN).json["token"])


def messages(door: House, key: str) -> list[dict[str, str]]:
    """What is in the inbox, once it is there."""
    for _ in waiting():
        found = door.asked("GET", "/v1/inbox", accept="application/json", key=key).json["messages"]
        if found:
            return list(found)
    return []


def mail(door: House) -> str:
    for _ in waiting():
        found = [each for each in (door.folder / "mails").glob("*.eml") if not each.name.startswith(".")]
        if found:
            return found[0].read_text().replace("=\n", "")
        door.asked("GET", "/healthz")
    raise AssertionError("no mail came")


def link(door: House, kind: str) -> str:
    return "/" + kind + mail(door).partition(f"https://links.example/{kind}")[2].split()[0].rstrip(">")


# Keys


@pytest.mark.parametrize(("method", "path"), ASKING)
def test_without_an_admin_key_nobody_asks_or_acts(door: House, method: str, path: str) -> None:
    for key, status in ((WRITE, 403), ("", 401), ("ok_a_" + "b" * 43, 401), (ADMIN + "x", 401), (ADMIN[:-1], 401)):
        found = door.asked(method, path, b"{}", key=key)
        allowed = (status, 401) if path == "/metrics" else (status, 429)
        assert found.status in allowed, (path, key[:6], found)
        assert b"ann@shop" not in found.body and WRITE.encode() not in found.body
        assert "access-control-allow-origin" not in found.headers


def test_an_admin_key_brings_no_events_and_a_write_key_makes_no_token(door: House) -> None:
    assert door.asked("POST", "/v1/batch", {"batch": []}, key=ADMIN).code == "wrong_key_kind"
    assert door.asked("POST", "/v1/user-tokens", {"userId": "ann"}, key=WRITE).code == "wrong_key_kind"


def test_a_key_is_a_key_only_where_keys_stand(door: House) -> None:
    for path in (f"/v1/users/ann?key={ADMIN}", f"/v1/users/ann?token={ADMIN}", f"/v1/users/ann?authorization={ADMIN}"):
        assert door.asked("GET", path).status in (401, 429)
    assert door.asked("GET", "/v1/users/ann", cookie=f"authorization=Bearer {ADMIN}").status in (401, 429)
    assert door.asked("GET", "/v1/users/ann", x_api_key=ADMIN).status in (401, 429)


def test_a_user_token_opens_one_inbox_and_nothing_else(door: House) -> None:
    ann, bob = token(door), token(door, "bob")
    (note,) = messages(door, ann)
    assert door.asked("GET", "/v1/inbox", accept="application/json", key=bob).json["messages"] == []
    for what in ("shown", "clicked", "dismissed"):
        strange, unknown = (
            door.asked("POST", f"/v1/inbox/{key}/{what}", key=bob) for key in (note["key"], "0" * len(note["key"]))
        )
        assert (strange.status, strange.body) == (unknown.status, unknown.body) == (404, unknown.body)
    for method, path in ASKING:
        assert door.asked(method, path, b"{}", key=ann).status in (401, 429)
    assert door.asked("POST", "/v1/batch", {"batch": []}, key=ann).status == 401


def test_a_user_token_cannot_be_bent(door: House) -> None:
    ann = token(door)
    bent = [ann[:place] + ("A" if ann[place] != "A" else "B") + ann[place + 1 :] for place in range(0, len(ann), 5)]
    bent += [ann[:-1], ann + "A", ann + "=", ann.swapcase(), "", "..", "null", "eyJhbGciOiJub25lIn0.e30."]
    bent += [link(door, kind)[3:] for kind in ("u/", "p/")]  # made by us, for something else
    for each in bent:
        found = door.asked("GET", "/v1/inbox", accept="application/json", key=each)
        assert (found.status, found.code) == (401, "bad_token"), each


def test_a_token_for_longer_than_a_day_was_not_meant_to_be_made(door: House) -> None:
    secret = secret_path(door.folder / "opportune.db").read_bytes()
    far = user_token(secret, "ann", 4_000_000_000_000)
    assert door.asked("GET", "/v1/inbox", key=far, accept="application/json").code == "bad_token"


def test_wrong_keys_are_slowed_down_and_right_ones_are_not(door: House) -> None:
    found = [door.asked("GET", "/v1/users/ann", key=f"guess-{n}") for n in range(25)]
    assert found[-1].status == 429 and found[-1].code == "too_many_attempts"
    forwarded = [door.asked("GET", "/v1/users/ann", key="x", x_forwarded_for=f"192.0.2.{n}") for n in range(2)]
    assert all(each.status in (401, 429) for each in forwarded)
    assert door.asked("GET", "/v1/users/ann", key=ADMIN).status == 200


def test_nobody_is_believed_who_does_not_sign(door: House) -> None:
    body, now = b'{"type":"complained","user":"ann","channel":"email"}', int(time.time() * 1_000)
    sound = signed(HOOKS, "h1", body, now)
    for headers in (
        {}, {name: value for name, value in sound.items() if name != "webhook_signature"},
        signed("whsec_" + "x" * 44, "h1", body, now), signed(HOOKS, "h1", body + b" ", now),
        sound | {"webhook_id": "h2"},
        signed(HOOKS, "h1", body, now - 600_000), signed(HOOKS, "h1", body, now + 600_000),
        {"authorization": f"Bearer {WRITE}"}, sound | {"authorization": "Bearer wrong"},
    ):  # fmt: skip
        found = door.asked("POST", "/hooks/events", body, **headers)
        assert found.status in (401, 403, 429), (headers, found)
    other = b'{"type":"opened"}'  # it tells of nobody, so it is refused as a thing, and not as a call
    assert door.asked("POST", "/hooks/events", other, **signed(HOOKS, "h1", other, now)).status == 200


def signed(secret: str, key: str, body: bytes, now: int) -> dict[str, str]:
    """The headers of a call that is signed with this secret."""
    return {name.decode().replace("-", "_"): value.decode() for name, value in Secrets([secret]).signed(key, body, now)}


# Without an admin key: only programs of this machine


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An engine without any admin key, on loopback."""
    with house(tmp_path_factory.mktemp("open"), admin="") as found:
        yield found


def test_a_program_of_this_machine_asks_without_a_key_while_there_is_none(open_door: House) -> None:
    assert open_door.asked("GET", "/v1/dead-letters").status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"}, {"host": "127.0.0.1.evil.example"}, {"host": "localhost.evil.example:8080"},
        {"host": "evil.example:127"}, {"host": "127.0.0.1@evil.example"}, {"origin": "https://evil.example"},
        {"origin": "null"}, {"origin": "http://localhost"}, {"x_forwarded_for": "127.0.0.1"}, {"forwarded": "for=::1"},
        {"via": "1.1 proxy"}, {"x_real_ip": "127.0.0.1"}, {"x_forwarded_for": "192.0.2.1"}, {"host": ""},
        {"x_forwarded_host": "shop.example"}, {"x_forwarded_proto": "https"}, {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
    ],
)  # fmt: skip
def test_pages_and_proxies_are_no_programs_of_this_machine(open_door: House, headers: dict[str, str]) -> None:
    found = open_door.asked("GET", "/v1/dead-letters", **headers)
    assert (found.status, found.code) == (403, "admin_key_needed")


# Paths, methods, and what comes between


@pytest.mark.parametrize(
    "path",
    [
        "//v1/users/ann", "/v1//users/ann", "/v1/users//ann", "/v1/./users/ann", "/v1/x/../users/ann",
        "/v1/users%2fann",
        "/v1%2fusers/ann", "/%76%31/users/ann", "/v1/users/ann;a=b", "/v1/users/ann/..;/", "/V1/USERS/ann", "/v1/users",
        "/v1/users/", "/v1/users/ann/", "/v1/batch/../users/ann", "/u/../v1/users/ann", "/c/..%2fv1/users/ann",
        "/metrics/", "//metrics", "/metrics%00", "/metrics;x", "/healthz/../metrics", "http://127.0.0.1/v1/users/ann",
        "/v1/inbox/../users/ann", "/v1/inbox/..%2f..%2fusers%2fann", "*", "/v1/users/ann%0d%0aX-Evil:%201",
    ],
)  # fmt: skip
def test_no_way_of_writing_a_path_leads_past_a_door(door: House, path: str) -> None:
    for method, headers in product(("GET", "HEAD", "DELETE", "OPTIONS"), ({}, {"x_http_method_override": "DELETE"})):
        found = door.asked(method, path, **headers)
        assert found.status in (204, 400, 401, 403, 404, 405, 429), (method, found)
        assert b"ann@shop.example" not in found.body and b"opportune_events_total" not in found.body
        assert "x-evil" not in found.headers
    assert b"ann@shop.example" in door.asked("GET", "/v1/users/ann", key=ADMIN).body  # she is still there


@pytest.mark.parametrize(
    "request_",
    [
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 40\r\n\r\n{}",
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: +2\r\n\r\n{}",
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: 2, 2\r\n\r\n{}",
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2 \n{}\r\n0\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ntransfer-encoding: identity, chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST /v1/batch HTTP/1.1\r\nhost: x\r\n content-length: 40\r\ncontent-length: 2\r\n\r\n{}",
    ],
)
def test_no_second_request_is_smuggled_behind_a_first(door: House, request_: bytes) -> None:
    """What other servers may read as two requests is refused, or read as one, and the connection ends there."""
    hidden = f"GET /v1/users/ann HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ADMIN}\r\n\r\n".encode()
    found = door.raw(request_ + hidden)
    assert b"ann@shop.example" not in found, found
    assert len(answers_in(found)) <= 1 and found.startswith((b"HTTP/1.1 4", b""))


# What pages say


class Tags(HTMLParser):
    """Names of all tags and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}


@pytest.mark.parametrize("kind", ["u/", "p/"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_run_no_script_show_in_no_frame_and_stay_with_nobody(door: House, kind: str, method: str) -> None:
    path = link(door, kind)
    body = (
        b"do=save&pace=%3Cscript%3E&until=%22%3E%3Cscript%3E&topic=%3Cscript%3E&shown=%3Cscript%3E"
        if method == "POST"
        else b""
    )
    found = door.asked(method, path, body, host="evil.example", origin="https://evil.example")
    page = found.body.decode()
    assert Tags(page).found.isdisjoint({"script", "img", "onerror", "iframe", "onclick", "object", "link"})
    assert "alert(1)" in text_of_html(page) and "evil.example" not in page  # the topic is a text, and no host of theirs
    policy = found.headers["content-security-policy"]
    for said in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert said in policy
    assert "unsafe" not in policy and "http" not in policy
    assert found.headers["cache-control"] == "no-store" and found.headers["referrer-policy"] == "no-referrer"
    assert found.headers["x-content-type-options"] == "nosniff" and "set-cookie" not in found.headers


def test_links_lead_to_the_public_url_whatever_host_is_asked_for(door: House) -> None:
    door.asked("GET", "/healthz", host="evil.example", x_forwarded_host="evil.example")
    assert "evil.example" not in mail(door) and "https://links.example/u/" in mail(door)


@pytest.mark.parametrize(
    "path",
    [
        "/c/https://evil.example/", "/c/aHR0cHM6Ly9ldmlsLmV4YW1wbGU", "/c/?url=https://evil.example/", "/c/",
        "/c//evil.example", "/c/%0d%0aLocation:%20https://evil.example/", "/o/https://evil.example/",
    ],
)  # fmt: skip
def test_nobody_makes_a_link_of_ours_lead_elsewhere(door: House, path: str) -> None:
    found = door.asked("GET", path)
    assert found.status in (400, 404) and "location" not in found.headers


def test_a_link_of_another_kind_leads_nowhere(door: House) -> None:
    stop = link(door, "u/")[3:]
    for kind in ("c", "o", "p"):
        assert door.asked("GET", f"/{kind}/{stop}").status == 404


def test_answers_about_users_are_kept_by_nobody_and_read_as_nothing_but_json(door: House) -> None:
    for path, key in (("/v1/users/ann", ADMIN), ("/v1/why?user=ann", ADMIN), ("/v1/dead-letters", ADMIN)):
        found = door.asked("GET", path, key=key)
        assert found.headers["cache-control"] == "no-store" and found.headers["x-content-type-options"] == "nosniff"
        assert found.headers["content-type"] == "application/json"
    inbox = door.asked("GET", "/v1/inbox", key=token(door), accept="application/json")
    assert inbox.headers["cache-control"] == "no-store" and inbox.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-credentials" not in inbox.headers


def test_a_message_in_the_inbox_has_data_as_text(door: House) -> None:
    (note,) = messages(door, token(door))
    assert Tags(note["html"]).found == {"p"}
    assert note["subject"] == "Cart"


def test_data_in_a_mail_adds_no_header(door: House) -> None:
    head = mail(door).partition("\n\n")[0]
    assert not any(line.lower().startswith("x-evil") for line in head.splitlines())


def test_who_asked_is_written_down_without_whom_it_was_about(door: House) -> None:
    door.asked("GET", "/v1/users/somebody-secret", key=ADMIN)
    door.asked("GET", "/v1/users/somebody-secret", key=WRITE)
    lines = [json.loads(line) for line in (Path(door.folder) / "errors").read_text().splitlines()]
    audit = [line["text"] for line in lines if line["logger"] == "opportune.audit"]
    assert any("admin-1 from 127.0.0.1: GET looked at a user" in line for line in audit)
    assert any("a write key from 127.0.0.1: GET was refused" in line for line in audit)
    assert not any("somebody-secret" in line or "ann" in line.split() for line in audit)
