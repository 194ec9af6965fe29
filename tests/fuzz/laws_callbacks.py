"""What comes back: callbacks of providers, reports by mail, links that users press, forms they send."""

import asyncio
from base64 import urlsafe_b64encode
from typing import Final

from msgspec import json as written_json
from msgspec import msgpack

from opportune.adapters.sealing import Sealer
from opportune.adapters.signatures import Secrets
from opportune.adapters.sources.admin_questions import number, question_of
from opportune.adapters.sources.admin_requests import query_of, segments, wish_of
from opportune.adapters.sources.choices import Choices as Stand
from opportune.adapters.sources.choices import events_of
from opportune.adapters.sources.fetches import Fetch
from opportune.adapters.sources.hooks_heard import hear, told_in_calls
from opportune.adapters.sources.hooks_mail import told_by
from opportune.adapters.sources.http_body import Message
from opportune.adapters.sources.machines import Signs, shipped, signs_of
from opportune.adapters.sources.noticing import Sent, told
from opportune.adapters.sources.preference_fields import check_form
from opportune.adapters.sources.preference_form import form, said
from opportune.adapters.sources.preferences import preferences_app, wanted
from opportune.adapters.sources.trail import Trail
from opportune.adapters.sources.unsubscribe import Links, Subject, unsubscribe_app
from opportune.adapters.sources.user_tokens import PURPOSE, UserTokens
from opportune.errors import EventError
from opportune.events.event import Event
from opportune.features.local_time import zone_named
from opportune.policies.decision import Chosen, Decision
from opportune.units import DAY, SECOND, Instant
from tests.fuzz.choices import Choices
from tests.fuzz.documented import CODES

NOW: Final[Instant] = 1_795_298_880_000
DECISION: Final = "0f" * 16
SECRET: Final = b"0123456789abcdef" * 2
DECIDED: Final = Decision(
    DECISION, "ann", "cart", "", 1, 0, 2, "reminder", Chosen("email", "plain", NOW), "", None, 3, 4, (), "p", "UTC"
)
_SECRETS: Final = Secrets(["whsec_" + "bmV3" * 8])


def _known(name: str) -> Decision | None:
    return DECIDED if name == DECISION else None


def hook(raw: bytes) -> None:
    """What a provider tells in JSON: events of ours, and refusals of what cannot be."""
    try:
        found = asyncio.run(told_in_calls(raw))
    except EventError as error:
        assert error.code in CODES and str(error), error.code
        return
    heard = hear(found, _known, key="hook-1", now=NOW)
    assert len(heard.events) + len(heard.refusals) == len(found) and len(heard.dead) == len(heard.refusals)
    _assert_sound(heard.events)
    for refusal, dead in zip(heard.refusals, heard.dead, strict=True):
        assert refusal.code in CODES and refusal.message, refusal
        msgpack.decode(msgpack.encode(dead))
    written_json.encode(heard.refusals)


def _assert_sound(events: list[Event]) -> None:
    for event in events:
        assert event.id.startswith("hook-") and event.user and 0 <= event.at <= NOW, event
        assert isinstance(written_json.decode(event.properties), dict)
        assert msgpack.decode(msgpack.encode(event), type=Event) == event


def report(raw: bytes) -> None:
    """A mail that a mail server hands on: what it tells of one of ours, nothing, or ``not_a_report``."""
    try:
        found = told_by(raw)
    except EventError as error:
        assert error.code == "not_a_report" and str(error)
        return
    heard = hear([] if found is None else [found], _known, key="hook-1", now=NOW)
    _assert_sound(heard.events)
    assert all(event.user == "ann" for event in heard.events)


def signature(raw: bytes) -> None:
    """Headers that say who signed: never believed unless they were made with the secret, never an error."""
    choices = Choices(raw)
    headers = dict(_SECRETS.signed("m1", b"{}", NOW))
    names = tuple(headers)
    assert _SECRETS.fault(headers, b"{}", NOW) is None
    for _ in range(1 + choices.below(3)):
        name = choices.one(names)
        headers[name] = choices.one(
            (b"", headers[name] * 3, choices.text(60).encode(), headers[name] + choices.text(4).encode())
        )
    body = choices.rest() or b"{}"
    fault = _SECRETS.fault(headers, body, NOW)
    assert fault is not None or body == b"{}"


def token(raw: bytes) -> None:
    """The end of a link: nothing but what we sealed ourselves opens, whole and for its own purpose."""
    text = raw.decode("utf-8", "replace")
    links, trail = Links("https://x.example", SECRET), Trail("https://x.example", SECRET)
    tokens = UserTokens(Sealer(SECRET, PURPOSE), now=lambda: NOW)
    for each in (text, urlsafe_b64encode(raw).rstrip(b"=").decode(), _damaged(links, raw)):
        assert links.subject(each) is None and links.chooser(each) is None and trail.read(each) is None
        try:
            tokens.granted(each)
        except EventError as error:
            assert error.code == "bad_token"
        else:
            raise AssertionError("a token that nobody made is good")
    _assert_open_again(links, trail, tokens, text)


def _damaged(links: Links, raw: bytes) -> str:
    sound = links.preferences_token(Subject("ann", "email"))
    place = Choices(raw).below(len(sound))
    other = "A" if sound[place] != "A" else "B"
    return sound[:place] + other + sound[place + 1 :]


def _assert_open_again(links: Links, trail: Trail, tokens: UserTokens, text: str) -> None:
    user = text[:500]
    assert links.subject(links.url(Subject(user, "email", text[:40])).rpartition("/u/")[2]) == Subject(
        user, "email", text[:40]
    )
    made, grant = tokens.made(user, 60)
    assert tokens.granted(made) == grant and grant.expires_at == NOW + 60 * SECOND
    led = trail.click(DECISION, text)
    if led != text:
        mark = trail.read(led.rpartition("/c/")[2])
        assert mark is not None and (mark.decision, mark.url) == (DECISION, text)
        assert text.isascii() and text.isprintable()


_STAND: Final = Stand(
    {"cart": True, "news & <b>": False}, 3, NOW + DAY, zone_named("Europe/Berlin") or zone_named("UTC")
)  # type: ignore[arg-type]
_ANN: Final = Subject("ann", "email")


def preference(raw: bytes) -> None:
    """The body of the preference form: what it changes, or a sentence for the user; the page itself always answers."""
    head, _, body = raw.partition(b"\n")
    kind = {b"content-type": head} if head else {}
    try:
        check_form(kind)
        events = events_of(_ANN, wanted(body, _STAND), _STAND, proof="p", now=NOW)
    except (EventError, ValueError) as error:
        assert type(error) in (EventError, ValueError) and str(error) and str(error)[0].isupper(), repr(error)
    else:
        assert len(events) <= 3 and all(isinstance(written_json.decode(each.properties), dict) for each in events)
        assert "<b>" not in said(_ANN, _STAND, _STAND) + form(_ANN, _STAND, NOW)
    status, page = asyncio.run(_pressed(kind, body))
    assert status in (200, 413, 415, 422) and b"<script" not in page


async def _pressed(headers: dict[bytes, bytes], body: bytes) -> tuple[int, bytes]:
    links, sent = Links("https://x.example", SECRET), list[Message]()

    async def accept(events: list[Event]) -> None:
        for event in events:
            msgpack.encode(event)

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        sent.append(message)

    app = preferences_app(links, accept, choices=lambda subject: _STAND, now=lambda: NOW)
    path = f"/p/{links.preferences_token(_ANN)}"
    await app({"method": "POST", "path": path, "headers": list(headers.items())}, receive, send)
    stop = unsubscribe_app(links, accept, now=lambda: NOW)
    await stop({"method": "POST", "path": f"/u/{body.decode('latin-1')}", "headers": []}, receive, send)
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent)


def question(raw: bytes) -> None:
    """Path, query and body of an operator's request."""
    head, _, body = raw.partition(b"\n")
    path, _, query = head.partition(b"?")
    scope = {"path": path.decode("latin-1"), "raw_path": path, "query_string": query, "headers": []}

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    for read in (
        lambda: segments(scope),
        lambda: segments({**scope, "raw_path": b""}),
        lambda: question_of(query_of(scope)),
        lambda: number(query_of(scope), "limit", most=1_000),
        lambda: asyncio.run(wish_of(scope, receive)),
    ):
        try:
            read()
        except EventError as error:
            assert error.code in CODES and str(error), error.code


_FETCHES: Final = tuple(
    Fetch(kind, url, NOW, agent, address, is_prefetch=not agent, is_head=not address)
    for kind, url, agent, address in (
        ("open", "", "Mozilla/5.0", "192.0.2.1"),
        ("click", "https://x.example/", "", "2001:db8::1%eth0"),
        ("click", "", "GoogleImageProxy", ""),
    )
)


def machine(raw: bytes) -> None:
    """The rules that tell machines from people: usable, or ``ValueError``; and each fetch is judged."""
    try:
        signs: Signs = signs_of(raw.decode("utf-8", "replace"))
    except ValueError as error:
        assert type(error) is ValueError and str(error).startswith("machine rules: "), repr(error)
    else:
        list(told(DECISION, Sent("ann", "cart", "email", NOW - DAY), list(_FETCHES), signs))
    choices = Choices(raw)
    fetch = Fetch("open", "", NOW, choices.text(80), choices.text(40))
    assert shipped().judged(fetch, [*_FETCHES, fetch], choices.below(60_000))
