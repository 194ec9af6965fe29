"""Five hundred values that nobody may ever read in a log, a figure, an error or a list of processes.

They are sent through the real process, which logs all it can, over every face, while everything that can fail fails.
``OPPORTUNE_SEED`` chooses other values; with LEDGER=1 the figures are kept.
"""

import asyncio
import gzip
import json
import os
import re
import sys
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import urlencode

import pytest

from opportune.adapters.signatures import Secrets
from opportune.adapters.stores.secret import secret_path
from tests.faults import ledger
from tests.faults.pausing import pause
from tests.security import indiscreet
from tests.security.careless_provider import Careless, listening
from tests.security.planting import Plants
from tests.security.process import Running, Said, engine
from tests.unit.wiring.cli.commands import shell

FEWEST = 500
PLAYBOOK = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always, webhook: always, sms: always, in_app: always}\n"
    "policies:\n  - indiscreet: {}\n",
    "journeys/cart.yaml": "journey: cart\nkey: cart_id\nenter: {on: Cart Updated}\n"
    "steps:\n  - send: reminder\n  - send: call\n  - send: text\n  - send: note\n",
    "journeys/broken.yaml": "journey: broken\nkey: cart_id\nenter: {on: Cart Broken}\nsteps:\n  - send: broken\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: {{ title | default: 'x' }}\n---\n"
    "{{ first_name | default: 'x' }} WORDS {{ unsubscribe_url }}\n--- html\n"
    "<p>{{ note | default: 'x' }} WORDS <a href='https://shop.example/?t={{ note | default: 'x' }}'>go</a>"
    " <a href='{{ preferences_url }}'>choose</a> <a href='{{ unsubscribe_url }}'>stop</a></p>\n",
    "messages/call.yaml": "message: call\ntopic: cart\nchannels: [webhook]\n",
    "messages/call.liquid": "subject: S\n---\n{{ note | default: 'x' }}\n",
    "messages/text.yaml": "message: text\ntopic: cart\nchannels: [sms]\n",
    "messages/text.liquid": "{{ note | default: 'x' }}\n",
    "messages/note.yaml": "message: note\ntopic: cart\nchannels: [in_app]\n",
    "messages/note.liquid": "subject: {{ title | default: 'x' }}\n---\n{{ note | default: 'x' }}\n",
    "messages/broken.yaml": "message: broken\ntopic: cart\nchannels: [email]\n",
    "messages/broken.liquid": "subject: S\n---\n{{ note | default: 'x' | date: '%Y' }} {{ unsubscribe_url }}\n",
}


@dataclass
class Spy:
    """Asks, and looks at every answer for what somebody else has said."""

    engine: Running
    plants: Plants
    hits: list[str] = field(default_factory=list)
    answers: int = 0
    refused: int = 0

    async def raw(self, request: bytes, *, is_operator: bool = False) -> Said:
        said = await self.engine.raw(request)
        self.look(request.decode("utf-8", "replace"), said, is_operator=is_operator)
        return said

    async def ask(
        self, method: str, path: str, body: bytes | object = b"", *, is_operator: bool = False, **headers: str
    ) -> Said:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        said = await self.engine.asked(method, path, raw, **headers)
        sent = " ".join((method, path, *headers.values(), raw.decode("utf-8", "replace")))
        self.look(sent, said, is_operator=is_operator)
        return said

    def look(self, sent: str, said: Said, *, is_operator: bool) -> None:
        """An operator who is answered may read all, and whoever has a link gets where it leads.

        Whoever is refused, or is neither, may read only what they said themselves, and no key of anybody's.
        """
        self.answers += 1
        self.refused += said.status >= 400
        assert said.status != 500, f"our own fault: {sent[:200]}"
        if said.status == 302 or (is_operator and said.status < 400):
            return
        own = {canary for canary, _ in self.plants.found_in(sent)}
        for canary, kind in self.plants.found_in(said.raw):
            if canary not in own or "key" in kind or "secret" in kind:
                self.hits.append(f"{kind} in the answer to {sent[:60]!r}: {said.raw[-300:]!r}")


@dataclass
class World:
    """Everything that is planted before the process starts."""

    plants: Plants
    careless: Careless
    write: str
    admin: str
    login: str
    password: str
    signing: str
    hooks: str
    path: str

    @property
    def env(self) -> dict[str, str]:
        return {
            "OPPORTUNE_WRITE_KEYS": self.write, "OPPORTUNE_ADMIN_KEY": self.admin,
            "OPPORTUNE_SMTP_USERNAME": self.login, "OPPORTUNE_SMTP_PASSWORD": self.password,
            "OPPORTUNE_WEBHOOK_SECRET": self.signing, "OPPORTUNE_HOOK_SECRET": self.hooks,
        }  # fmt: skip


def planted() -> World:
    plants = Plants(Random(os.environ.get("OPPORTUNE_SEED", "1")))

    def secret(kind: str) -> str:
        return "whsec_" + plants.told(b64encode(plants.dice.randbytes(32)).decode(), kind)

    return World(
        plants, Careless(plants.word("words of a provider")), "ok_w_" + plants.word("write key"),
        "ok_a_" + plants.word("admin key"), plants.word("smtp user"), plants.word("smtp password, a secret"),
        secret("webhook secret"), secret("hook secret"), plants.word("path of a webhook"),
    )  # fmt: skip


def offered(folder: Path) -> str:
    """A folder that stands for a package with the indiscreet policy."""
    about = folder / "indiscreet-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: indiscreet\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[opportune.policies]\nindiscreet = indiscreet_policy:Indiscreet\n")
    (folder / "indiscreet_policy.py").write_text(Path(indiscreet.__file__).read_text())
    return str(folder)


# What is said over each face


async def users(spy: Spy, world: World) -> list[str]:
    """Users of every fate: their mail is taken, refused in four ways, not rendered; their events poison."""
    word, named = world.plants.word, []
    for number in range(30):
        user, address = word("user"), world.plants.email()
        named.append(user)
        world.careless.moods[address] = number % 5
        traits = {
            "email": address, "phone": world.plants.phone(), "first_name": word("name"), "city": word("trait"),
            "push_token": word("push token"), "wish": "fail" if number % 6 == 5 else "none", word("name of a trait"): 1,
        }  # fmt: skip
        context = {"ip": "192.0.2.1", "userAgent": word("agent"), "page": {"url": f"https://x.example/{word('page')}"}}
        said = {"cart_id": word("cart"), "note": word("property"), "title": word("subject")}
        batch = [
            {"type": "identify", "userId": user, "anonymousId": word("device"), "traits": traits, "context": context},
            {
                "type": "track",
                "userId": user,
                "event": "Cart Updated",
                "properties": said,
                "messageId": word("message id"),
            },
        ]
        if number % 3 == 0:
            batch.append(
                {"type": "track", "userId": user, "event": "Cart Broken", "properties": said | {"cart_id": "b"}}
            )
        found = await spy.ask("POST", "/v1/batch", {"batch": batch}, authorization=f"Bearer {world.write}")
        assert found.status == 200, found
    return named


async def bad_bodies(spy: Spy, world: World) -> None:
    word, key = world.plants.word, {"authorization": f"Bearer {world.write}"}
    track = {"type": "track", "userId": "u", "event": "Seen"}
    bodies: list[bytes | object] = [
        word("body").encode(), f'{{"type": "{word("type")}"}}'.encode(), {"batch": word("batch")},
        {"batch": [track | {"userId": {"a": word("user")}}, track | {"event": ["x", word("event")]}, word("call")]},
        {"batch": [track | {"timestamp": word("instant")}, track | {"messageId": word("id") * 40}]},
        {"batch": [track | {"properties": word("properties")}, track | {"properties": {"a": 10**30, word("p"): 1}}]},
        {"batch": [{"type": "alias", "userId": word("user"), "previousId": {"a": word("id")}}]},
        {"batch": [{"type": "identify", "traits": {"email": word("email")}}]},
        f'{{"batch": [{{"type": "track", "userId": "{word("user")}", "userId": "{word("user")}"}}]}}'.encode(),
        ("[" * 40 + f'"{word("deep")}"' + "]" * 40).encode(), gzip.compress(word("zipped").encode())[:-4],
        f'{{"a": "{word("half")}\\ud800"}}'.encode(), word("bytes").encode() + b"\xff\xfe", b'{"a": NaN}',
        json.dumps({"batch": [track | {"properties": {"a": word("large") * 3_000}}]}).encode(),
        {"batch": [track | {"userId": f"{word('control')}\x00\n"}]}, {"batch": [track] * 2_501, word("many"): 1},
    ]  # fmt: skip
    for body in bodies:
        for path in ("/v1/batch", "/v1/track", "/v1/identify"):
            await spy.ask("POST", path, body, **key)
        await spy.ask("POST", "/v1/batch", body, content_encoding="gzip", **key)
    await spy.ask("POST", "/v1/batch", b"{}", content_encoding=word("encoding"), **key)
    await spy.ask("POST", "/v1/batch", b"{}", content_type=f"text/{word('kind')}", **key)


async def bad_requests(spy: Spy, world: World) -> None:
    word = world.plants.word
    for path in (
        f"/{word('path')}",
        f"/v1/{word('path')}?q={word('query')}",
        f"/v1/users/../{word('path')}",
        "/v1/%00",
    ):
        for method in ("GET", "POST", "DELETE", word("method").upper()[:12]):
            await spy.ask(method, path, user_agent=word("agent"), cookie=word("cookie"), referer=word("referer"))
    for raw in (
        f"{word('line')}\r\n\r\n", f"GET /{word('path')} HTTP/9.9\r\n\r\n",
        f"POST /v1/batch HTTP/1.1\r\n{word('header')}\r\n\r\n",
        f"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: {word('header') * 6_000}\r\n\r\n",
        f"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-length: {word('length')}\r\n\r\n",
        f"POST /v1/batch HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz{word('chunk')}\r\n",
    ):  # fmt: skip
        await spy.raw(raw.encode())


async def wrong_keys(spy: Spy, world: World) -> None:
    word = world.plants.word
    paths = (
        ("POST", "/v1/batch"), ("GET", "/v1/users/ann"), ("DELETE", "/v1/users/ann"), ("POST", "/hooks/events"),
        ("GET", "/v1/inbox"), ("GET", "/metrics"), ("POST", "/v1/import?mark=a&place=1"), ("GET", "/v1/why?user=a"),
    )  # fmt: skip
    for method, path in paths:
        basic = b64encode(f"{word('guessed key')}:{word('guessed key')}".encode()).decode()
        for stated in (
            f"Bearer {word('guessed key')}",
            f"Basic {basic}",
            f"{word('scheme')} x",
            f"Basic {word('basic')}",
        ):
            await spy.ask(method, path, b"[]", authorization=stated)
    for method, path in (*paths[1:3], *paths[5:]):  # a right key at the wrong door
        await spy.ask(method, path, b"[]", authorization=f"Bearer {world.write}")
    await spy.ask("POST", "/v1/batch", b"{}", authorization=f"Bearer {world.admin}")
    await spy.ask("GET", f"/v1/inbox?token={word('guessed token')}")


async def operators(spy: Spy, world: World, named: list[str]) -> None:
    word, key = world.plants.word, {"authorization": f"Bearer {world.admin}"}

    async def ask(method: str, path: str, body: bytes | object = b"") -> Said:
        return await spy.ask(method, path, body, is_operator=True, **key)

    for user in named[:4]:
        for path in (
            f"/v1/users/{user}",
            f"/v1/users/{user}/timeline",
            f"/v1/users/{user}/export",
            f"/v1/why?user={user}&message={word('message')}",
        ):
            await ask("GET", path)
        found = await ask("POST", "/v1/user-tokens", {"userId": user, "seconds": 60})
        token = world.plants.told(json.loads(found.body)["token"], "user token")
        await spy.ask("GET", "/v1/inbox", accept="application/json", authorization=f"Bearer {token}", is_operator=True)
        await spy.ask("POST", f"/v1/inbox/{word('key')}/shown", authorization=f"Bearer {token}")
        await spy.ask("GET", f"/v1/inbox?token={token[:-3]}")
    for path in (
        f"/v1/users/{word('unknown user')}", f"/v1/decisions/{word('decision')}", f"/v1/users/{word('user')}/%ff",
        f"/v1/users/{word('user')}%00", f"/v1/why?user={word('user')}&limit={word('limit')}", "/v1/dead-letters",
        f"/v1/dead-letters?limit={word('limit')}", f"/v1/users/{word('long') * 500}", f"/v1/why?{word('name')}=1",
    ):  # fmt: skip
        await ask("GET", path)
    await ask("POST", "/v1/user-tokens", {"userId": {"a": word("user")}, "seconds": word("seconds")})
    await ask("POST", "/v1/user-tokens", word("body").encode())
    await ask("POST", "/v1/dead-letters/redrive")
    await ask("POST", f"/v1/import?mark={word('mark')}&place={word('place')}", word("line").encode())
    lines = [{"type": "track", "userId": word("user"), "event": word("event")}, {"type": word("type")}, word("line")]
    await ask("POST", f"/v1/import?mark={word('mark')}&place=1", "\n".join(map(json.dumps, lines)).encode())
    await ask("DELETE", f"/v1/users/{named[-1]}")


async def providers(spy: Spy, world: World, decision: str) -> None:
    word, secrets = world.plants.word, Secrets([world.hooks])

    async def told(path: str, body: bytes, **others: str) -> None:
        signed = secrets.signed(word("hook id"), body, int(time.time() * 1_000))
        await spy.ask(
            "POST", path, body, **{name.decode().replace("-", "_"): value.decode() for name, value in signed} | others
        )

    said = {
        "user": word("user"),
        "reason": f"550 <{world.plants.email()}> {word('reason')}",
        "url": f"https://x/{word('url')}",
    }
    for kind in ("bounced", "complained", "opened", "unsubscribed", word("kind")):
        for more in ({}, {"decision": decision}, {"decision": word("decision")}, {"channel": word("channel")}):
            await told("/hooks/events", json.dumps({"type": kind, **said, **more, "topic": word("topic")}).encode())
    await told("/hooks/events", word("body").encode())
    await told("/hooks/events", json.dumps([said] * 1_001).encode())
    await told("/hooks/events", b"{}", webhook_signature=f"v1,{word('signature')}")
    report = (
        f"From: {world.plants.email()}\r\nSubject: {word('subject')}\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n--b\r\n'
        f"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; {word('host')}\r\n\r\n"
        f"Final-Recipient: rfc822; {world.plants.email()}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        f"Diagnostic-Code: smtp; 550 {word('diagnostic')}\r\n\r\n--b--\r\n"
    )
    await told("/hooks/mail", report.encode())
    await told("/hooks/mail", f"Subject: {word('subject')}\r\n\r\n{word('mail')}".encode())


async def readers(spy: Spy, world: World) -> None:
    """Whoever got a mail follows its links, and others that look like them."""
    word, links = world.plants.word, set[str]()
    for mail in world.careless.mails:
        links |= set(re.findall(r"/([ucpo]/[A-Za-z0-9_-]{20,})", mail.replace("=\n", "")))
    assert {link[0] for link in links} == {"u", "c", "p", "o"}
    for link in sorted(links)[:40]:
        world.plants.told(link[2:], "token of a link")
        await spy.ask("GET", f"/{link}", user_agent=word("agent"))
        await spy.ask("GET", f"/{link[:-2]}x", referer=f"https://x.example/{link}")
        if link[0] == "p":
            form = urlencode({"do": "save", "pace": word("pace"), "until": word("day"), "topic": word("topic")})
            await spy.ask("POST", f"/{link}", form.encode(), content_type="application/x-www-form-urlencoded")
            await spy.ask("POST", f"/{link}", word("body").encode())
        if link[0] == "u":
            await spy.ask("POST", f"/{link}", f"List-Unsubscribe=One-Click&x={word('field')}".encode())


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await done():
            await pause(0.05)


@pytest.mark.needs("smtp")
def test_nothing_that_was_planted_is_ever_read_where_it_should_not_be(tmp_path: Path) -> None:
    found = asyncio.run(lived(tmp_path))
    assert found["hits"] == 0 and found["planted"] >= FEWEST
    if os.environ.get("LEDGER"):
        ledger.add("canaries", found)


async def lived(folder: Path) -> dict[str, int]:
    world = planted()
    async with listening(world.careless) as (smtp, web):
        options = (
            *("--smtp", f"127.0.0.1:{smtp}", "--smtp-tls", "none", "--from", "shop@shop.example"),
            *("--webhook", f"http://127.0.0.1:{web}/{world.path}?key={world.path}", "--allow", f"127.0.0.1:{web}"),
            *("--webhook", f"sms=http://127.0.0.1:{web}/{world.path}", "--public-url", "https://shop.example"),
            *("--log", "json", "--log-level", "debug", "--track", "opens,clicks,utm,text", "--pace", "email=1000/s"),
        )
        playbook = {name: text.replace("WORDS", world.plants.word("words")) for name, text in PLAYBOOK.items()}
        env = world.env | {"PYTHONPATH": offered(folder / "site"), "PYTHONASYNCIODEBUG": "1"}
        async with engine(folder, playbook, *options, env=env) as running:
            spy = Spy(running, world.plants)
            world.plants.told(secret_path(folder / "kept.db").read_bytes().hex(), "secret of links")
            await everything(spy, world)
            seen = [await shown(spy, world), *processes(running.process.pid, world)]
        seen += await commands(folder, world)
    seen += ["".join(running.out), "".join(running.errors)]
    for text in seen:
        spy.hits += [
            f"{kind} in {text[max(0, text.find(canary) - 200) :][:400]!r}"
            for canary, kind in world.plants.found_in(text)
        ]
    assert (world.login.encode(), world.password.encode()) in world.careless.logins
    assert any(world.path in call for call in world.careless.calls)
    assert "opportune_poison_total 0" not in seen[0] and "opportune_poison_total" in seen[0]
    assert 'code="render_failed"' in seen[0] and 'code="smtp_550"' in seen[0]
    assert spy.refused > 150 and len(running.errors) > 50, (spy.refused, len(running.errors))
    print("\n".join(spy.hits[:20]), file=sys.stderr)
    return {"planted": len(world.plants.kinds), "hits": len(spy.hits), "answers": spy.answers}


async def everything(spy: Spy, world: World) -> None:
    named = await users(spy, world)

    async def all_tried() -> bool:
        return len(world.careless.mails) >= 12 and len(world.careless.calls) >= 6

    await until(all_tried)
    await bad_bodies(spy, world)
    await bad_requests(spy, world)
    await wrong_keys(spy, world)
    decision = re.search(r"Message-ID: <([0-9a-f]{32})@", world.careless.mails[0])
    assert decision is not None
    await providers(spy, world, decision[1])
    await readers(spy, world)
    await operators(spy, world, named)


async def shown(spy: Spy, world: World) -> str:
    """What figures and health say, without what the canaries themselves made them say."""
    found = await spy.ask("GET", "/metrics", authorization=f"Bearer {world.admin}")
    assert found.status == 200
    for path in ("/healthz", "/readyz", "/metrics"):
        await spy.ask("GET", path)
    return found.raw


def processes(pid: int, world: World) -> list[str]:
    """What every user of the machine may read of the process; where it calls was written there by the operator."""
    found = [Path(f"/proc/{pid}/{name}").read_text() for name in ("cmdline", "comm", "status")]
    return [text.replace(world.path, "") for text in found]


async def commands(folder: Path, world: World) -> list[str]:
    """What commands say that fail with secrets in their hands."""
    env, word = world.env, world.plants.word
    shot = [
        shell(
            "run", "playbook", "--port", "0", folder=folder, **env | {"OPPORTUNE_HOOK_SECRET": word("bad hook secret")}
        ),
        shell("run", "playbook", "--webhook", f"https://u:{word('password')}@x.example/", folder=folder, **env),
        shell("erase", word("user"), "--url", "http://127.0.0.1:1", folder=folder, **env),
        shell("doctor", "--smtp", "127.0.0.1:1", "--from", "shop@shop.example", folder=folder, **env),
    ]
    assert all(each.returncode != 0 for each in shot)
    return [each.stdout + each.stderr for each in shot]
