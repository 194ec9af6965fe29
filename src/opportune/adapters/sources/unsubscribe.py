"""The link in every mail: GET shows, POST acts (RFC 8058); the answer to a POST means that the stop is durable."""

from collections.abc import Awaitable, Callable
from html import escape
from typing import Final

import msgspec

from opportune.adapters.sealing import Sealer
from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive
from opportune.adapters.sources.pages import invalid, note, show
from opportune.draws import hash_of
from opportune.errors import Overloaded, Unavailable
from opportune.events.event import Event
from opportune.events.names import STOP_ID, UNSUBSCRIBED
from opportune.units import Instant

PREFIX: Final = "/u/"
PREFERENCES: Final = "/p/"
_FORM: Final = '<form method="post"><div class="deeds"><button>Unsubscribe</button></div></form>'
_AGAIN: Final = (b"retry-after", b"5")


class Subject(msgspec.Struct, frozen=True, array_like=True):
    """Whose link it is, and what it withdraws, or lets choose; a choice is about all topics."""

    user: str
    channel: str
    topic: str = ""
    decision: str = ""
    """Of the message in which the link stands; empty in links of an earlier release."""


class Links:
    """Makes and reads the links of two pages; without the secret nobody can make one, or tell whose it is."""

    def __init__(self, public_url: str, secret: bytes) -> None:
        self._public_url = public_url.rstrip("/")
        self._stops = Sealer(secret, "unsubscribe")
        self._choices = Sealer(secret, "preferences")

    def url(self, subject: Subject) -> str:
        """The link that withdraws this consent."""
        return f"{self._public_url}{PREFIX}{self._stops.seal(msgspec.msgpack.encode(subject))}"

    def preferences_url(self, subject: Subject) -> str:
        """The link to the page on which this user chooses; its topic says nothing."""
        return f"{self._public_url}{PREFERENCES}{self.preferences_token(subject)}"

    def preferences_token(self, subject: Subject) -> str:
        """What stands at the end of that link."""
        about = Subject(subject.user, subject.channel, decision=subject.decision)
        return self._choices.seal(msgspec.msgpack.encode(about))

    def subject(self, token: str) -> Subject | None:
        """What a link withdraws; None if it is not one of ours."""
        return _subject(self._stops, token)

    def chooser(self, token: str) -> Subject | None:
        """Whose page a link leads to; None if it is not one of ours."""
        return _subject(self._choices, token)


def unsubscribe_app(
    links: Links, accept: Callable[[list[Event]], Awaitable[object]], *, now: Callable[[], Instant]
) -> Application:
    """The pages under /u/: whoever holds the link may look and act, as often as they like."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        method, token = scope["method"], scope["path"].removeprefix(PREFIX)
        subject = links.subject(token)
        if subject is None:
            await invalid(send, method)
        elif method == "POST":
            try:
                await accept([_event(subject, token, now())])
            except (Overloaded, Unavailable):
                text = "We could not write it down. Please try again in a minute."
                await show(send, 503, note("Not done yet", text, _FORM), method=method, headers=(_AGAIN,))
            else:
                text = f"You get no more mail about {_topic(subject)}."
                await show(send, 200, note("You are unsubscribed", text, _other(links, subject)), method=method)
        elif method not in ("GET", "HEAD"):
            text = "This page can be looked at, and its button pressed; nothing else."
            allowed = ((b"allow", b"GET, HEAD, POST"),)
            await show(send, 405, note("Unsubscribe?", text, _FORM), method=method, headers=allowed)
        else:
            text = f"You will get no more mail about {_topic(subject)}."
            await show(send, 200, note("Unsubscribe?", text, _FORM + _other(links, subject)), method=method)

    return app


def _subject(sealer: Sealer, token: str) -> Subject | None:
    text = sealer.opened(token)
    return None if text is None else msgspec.msgpack.decode(text, type=Subject)


def _other(links: Links, subject: Subject) -> str:
    token = links.preferences_token(subject)
    return f'<p class="soft">You can also <a href="../p/{token}">choose what you get, and how often</a>.</p>'


def _topic(subject: Subject) -> str:
    """The topic as the playbook names it, marked as a name, for it need not fit the sentence."""
    return f"<q>{escape(subject.topic)}</q>"


def _event(subject: Subject, token: str, now: Instant) -> Event:
    said = {"channel": subject.channel, "topic": subject.topic, "source": "link", "proof": token[:22]}
    said |= {"decision": subject.decision} if subject.decision else {}
    id, properties = f"{STOP_ID}{hash_of(token, now).hex()}", msgspec.json.encode(said)
    return Event(id=id, user=subject.user, name=UNSUBSCRIBED, at=now, received_at=now, properties=properties)
