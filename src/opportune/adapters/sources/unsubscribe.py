"""The link in every mail: GET shows, POST acts (RFC 8058); the answer to a POST means that the stop is durable."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from html import escape
from typing import Final

import msgspec

from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive
from opportune.draws import hash_of
from opportune.errors import Overloaded, Unavailable
from opportune.events.event import Event
from opportune.events.names import STOP_ID, UNSUBSCRIBED
from opportune.units import Instant

PREFIX: Final = "/u/"
_PAGE: Final = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>:root{{color-scheme:light dark}}
body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem;overflow-wrap:anywhere}}
button{{font:inherit;padding:.6rem 1.2rem}}</style><h1>{title}</h1><p>{text}</p>{form}"""
_FORM: Final = '<form method="post"><button>Unsubscribe</button></form>'


class Subject(msgspec.Struct, frozen=True, array_like=True):
    """Whose link it is, and what it withdraws."""

    user: str
    channel: str
    topic: str


class Links:
    """Makes and reads signed links; nobody without the secret can make one for somebody else."""

    def __init__(self, public_url: str, secret: bytes) -> None:
        self._public_url = public_url.rstrip("/")
        self._secret = secret

    def url(self, subject: Subject) -> str:
        """The link that withdraws this consent."""
        raw = msgspec.msgpack.encode(subject)
        return f"{self._public_url}{PREFIX}{urlsafe_b64encode(self._seal(raw) + raw).rstrip(b'=').decode()}"

    def subject(self, token: str) -> Subject | None:
        """What a link withdraws; None if it is not one of ours."""
        try:
            sealed = urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
            seal, raw = sealed[:16], sealed[16:]
            return msgspec.msgpack.decode(raw, type=Subject) if hmac.compare_digest(seal, self._seal(raw)) else None
        except (ValueError, msgspec.MsgspecError):
            return None

    def _seal(self, raw: bytes) -> bytes:
        return blake2b(raw, digest_size=16, key=self._secret, person=b"unsubscribe").digest()


def unsubscribe_app(
    links: Links, accept: Callable[[list[Event]], Awaitable[object]], *, now: Callable[[], Instant]
) -> Application:
    """The pages under /u/: whoever holds the link may look and act, as often as they like."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        token = scope["path"].removeprefix(PREFIX)
        subject = links.subject(token)
        if subject is None:
            text = "It may have been cut in two. Please use the whole link from the mail."
            await _page(send, 404, "This link is not valid", text)
        elif scope["method"] == "POST":
            try:
                await accept([_event(subject, token, now())])
            except (Overloaded, Unavailable):
                text = "We could not write it down. Please try again in a minute."
                await _page(send, 503, "Not done yet", text, _FORM)
            else:
                await _page(send, 200, "You are unsubscribed", f"You get no more mail about {_topic(subject)}.")
        elif scope["method"] not in ("GET", "HEAD"):
            text = "This page can be looked at, and its button pressed; nothing else."
            await _page(send, 405, "Unsubscribe?", text, _FORM)
        else:
            await _page(send, 200, "Unsubscribe?", f"You will get no more mail about {_topic(subject)}.", _FORM)

    return app


def _topic(subject: Subject) -> str:
    """The topic as the playbook names it, marked as a name, for it need not fit the sentence."""
    return f"<q>{escape(subject.topic)}</q>"


def _event(subject: Subject, token: str, now: Instant) -> Event:
    said = {"channel": subject.channel, "topic": subject.topic, "source": "link", "proof": token[:22]}
    return Event(
        id=f"{STOP_ID}{hash_of(token, now).hex()}",
        user=subject.user,
        name=UNSUBSCRIBED,
        at=now,
        received_at=now,
        properties=msgspec.json.encode(said),
    )


async def _page(send: Send, status: int, title: str, text: str, form: str = "") -> None:
    body = _PAGE.format(title=title, text=text, form=form).encode()
    headers = [
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"),
        (b"cache-control", b"no-store"),
        (b"referrer-policy", b"no-referrer"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
