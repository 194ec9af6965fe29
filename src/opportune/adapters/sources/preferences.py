"""The page on which users choose what they get, how often, and from when; works without script."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Final, get_args

from opportune.adapters.sources.choices import Choices, Pause, Wanted, events_of
from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Packing, Receive, body_of
from opportune.adapters.sources.pages import invalid, show
from opportune.adapters.sources.preference_fields import TOO_MUCH, check_form, fields_of
from opportune.adapters.sources.preference_form import form, said, wrong
from opportune.adapters.sources.unsubscribe import PREFERENCES, Links, Subject
from opportune.errors import EventError, Overloaded, Unavailable
from opportune.events.event import Event
from opportune.policies.pace import MOST_A_WEEK
from opportune.units import Instant

MOST_BYTES: Final = 100_000
_PAUSES: Final[tuple[Pause, ...]] = get_args(Pause)


def preferences_app(
    links: Links,
    accept: Callable[[list[Event]], Awaitable[object]],
    *,
    choices: Callable[[Subject], Choices],
    now: Callable[[], Instant],
) -> Application:
    """The pages under /p/: GET shows how it stands, POST changes it and says what is true from then on.

    ``choices`` tells how it stands with a user on a channel; for one nobody knows, as for anybody new.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        method, token = scope["method"], scope["path"].removeprefix(PREFERENCES)
        subject = links.chooser(token)
        if subject is None:
            await invalid(send, method)
        elif method == "POST":
            await changed(subject, token, scope, receive, send)
        elif method in ("GET", "HEAD"):
            await show(send, 200, form(subject, choices(subject), now()), method=method)
        else:
            shown = form(subject, choices(subject), now(), wrong("This page can be looked at, and sent; nothing else."))
            await show(send, 405, shown, method=method, headers=((b"allow", b"GET, HEAD, POST"),))

    async def changed(subject: Subject, token: str, scope: Scope, receive: Receive, send: Send) -> None:
        before, at = choices(subject), now()
        try:
            check_form(dict(scope["headers"]))
            body = await body_of(receive, Packing(is_gzip=False), most_bytes=MOST_BYTES)
            if body is None:
                return
            events = events_of(subject, wanted(body, before), before, proof=token[:22], now=at)
            await accept(events)  # without any, too: what it says may stand in a commit that is under way
        except EventError as refusal:
            status, why = (415, str(refusal)) if refusal.code == "unsupported_type" else (413, TOO_MUCH)
            await show(send, status, form(subject, before, at, wrong(why)), method="POST")
        except ValueError as refusal:
            await show(send, 422, form(subject, before, at, wrong(str(refusal))), method="POST")
        except (Overloaded, Unavailable):
            shown = form(subject, before, at, wrong("We could not write it down. Please try again in a minute."))
            await show(send, 503, shown, method="POST", headers=((b"retry-after", b"5"),))
        else:
            after = choices(subject)
            await show(send, 200, form(subject, after, at, said(subject, after, before)), method="POST")

    return app


def wanted(body: bytes, before: Choices) -> Wanted:
    """What a form says; raises ValueError, in words for the user, for one that this page does not have."""
    fields = fields_of(body)
    if _one(fields, "do") == "stop_all":
        return Wanted(stops_all=True)
    checked = set(fields.get("topic", ()))
    topics = {each: each in checked for each in fields.get("shown", ()) if each in before.topics}
    pause, until = _pause(_one(fields, "pause")), _day(_one(fields, "until"))
    if until is not None and pause == ("none" if before.paused_until is None else "as_it_is"):
        pause = "date"  # whoever names a day wants it, though the button beside it was not pressed
    pace = (_pace(_one(fields, "pace")),) if "pace" in fields else None
    return Wanted(topics=topics, pace=pace, pause=pause, until=until)


def _one(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[-1]


def _pace(stated: str) -> int | None:
    if not stated:
        return None
    if not (stated.isascii() and stated.isdigit() and len(stated) <= 4 and int(stated) <= MOST_A_WEEK):
        raise ValueError(f"Please choose one of the limits that are shown, or a number up to {MOST_A_WEEK}.")
    return int(stated)


def _pause(stated: str) -> Pause:
    return next((each for each in _PAUSES if each == stated), "as_it_is")


def _day(stated: str) -> date | None:
    try:
        return date.fromisoformat(stated)
    except ValueError:
        return None
