"""Questions and acts of an operator over HTTP, for holders of an admin key.

What is asked of the engine comes in as functions; this face reads requests and writes answers, and knows no store.
"""

from typing import Final

from msgspec import Struct

from opportune.adapters.sources.admin_questions import number, question_of
from opportune.adapters.sources.admin_requests import MOST_URL, Wish, methods_of, query_of, segments, wish_of
from opportune.adapters.sources.asking import Asking
from opportune.adapters.sources.door import Door
from opportune.adapters.sources.http import Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive
from opportune.adapters.sources.json_answer import Refused, tell, tell_refusal
from opportune.adapters.sources.user_tokens import UserTokens
from opportune.errors import EventError, Overloaded, Unavailable
from opportune.units import Instant

PATHS: Final = ("/v1/user-tokens", "/v1/users/", "/v1/decisions/", "/v1/why", "/v1/dead-letters", "/v1/dead-letters/")
"""Beginnings of the paths that this face answers."""
_NOTHING: Final = Refused("unknown_path", "there is no such path; see the reference of the HTTP API")


class Granted(Struct, frozen=True, rename="camel"):
    """A token that was made."""

    token: str
    expires_at: Instant


class AdminFace(Struct, frozen=True, kw_only=True):
    """The ASGI application under ``PATHS``."""

    door: Door
    tokens: UserTokens
    asking: Asking

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            who = self.door.pass_by(scope)
        except Overloaded as error:
            return await tell_refusal(send, error, overload="too_many_attempts")
        except EventError as error:
            return await tell_refusal(send, error)
        try:
            if len(scope.get("raw_path", b"")) + len(scope.get("query_string", b"")) > MOST_URL:
                return await tell(send, 414, Refused("url_too_long", f"an address has at most {MOST_URL} bytes"))
            await self._answer(who, scope, receive, send)
        except (EventError, Overloaded, Unavailable) as error:
            await tell_refusal(send, error)

    async def _answer(self, who: str, scope: Scope, receive: Receive, send: Send) -> None:
        asked, query, note = self.asking, query_of(scope), self.door.note
        parts, method = segments(scope), scope["method"]
        allowed = methods_of(parts)
        if method not in allowed:
            return await _tell_nothing(send, method, allowed)
        match (method, *parts):
            case "POST", "user-tokens":
                wish = await wish_of(scope, receive)
                note(scope, who, "made a user token", wish.user)
                await tell(send, 200, self._granted(wish))
            case "GET", "users", user:
                note(scope, who, "looked at a user", user)
                await _tell_found(send, await asked.user(user), "unknown_user")
            case "GET", "users", user, "timeline":
                note(scope, who, "looked at a timeline", user)
                before, limit = number(query, "before", most=2**62), number(query, "limit", most=1_000)
                await _tell_found(send, await asked.timeline(user, before, limit or 100), "unknown_user")
            case "GET", "users", user, "export":
                note(scope, who, "exports a user", user)
                await tell(send, 200, await asked.export(user))
            case "DELETE", "users", user:
                note(scope, who, "erases a user", user)
                await asked.erase(user)
                await tell(send, 200, {"success": True})
            case "GET", "decisions", decision:
                note(scope, who, "looked at a decision")
                await _tell_found(send, await asked.decision(decision), "unknown_decision")
            case "GET", "why":
                question = question_of(query)
                note(scope, who, "asked why", question.user or "")
                await _tell_found(send, await asked.why(question), "unknown_decision")
            case "GET", "dead-letters":
                note(scope, who, "looked at dead letters")
                await tell(send, 200, {"letters": await asked.dead_letters(number(query, "limit", most=1_000) or 50)})
            case "POST", "dead-letters", "redrive":
                note(scope, who, "sends dead letters in again")
                await tell(send, 200, await asked.redrive(number(query, "after", most=2**62) or 0))

    def _granted(self, wish: Wish) -> Granted:
        token, grant = self.tokens.made(wish.user, wish.seconds)
        return Granted(token, grant.expires_at)


async def _tell_found(send: Send, found: object | None, code: str) -> None:
    if found is None:
        return await tell(send, 404, Refused(code, "there is none with this id"))
    await tell(send, 200, found)


async def _tell_nothing(send: Send, method: str, allowed: tuple[str, ...]) -> None:
    if not allowed:
        return await tell(send, 404, _NOTHING)
    stated = ", ".join(allowed)
    said = Refused("wrong_method", f"this path takes {stated}, not {method[:20]}")
    await tell(send, 405, said, ((b"allow", stated.encode()),))
