"""Messages as signed calls to a server of the operator's choice, which says or shows them where we cannot.

The status of the answer decides, never its body: 2xx is sent; 408, 425, 429, 503 and 3xx are not now; other 5xx are
like no answer, for a target or what stands before it may fail after the message was said; others are never.
The call's id is the decision's, and its body is the same for every try, so that the receiver can drop repeats.
"""

import logging
from collections.abc import Callable
from typing import ClassVar, Final

from opportune.adapters.channels.standing import Standing, after_failure, after_success, is_resting
from opportune.adapters.channels.webhook_body import body_of
from opportune.adapters.exchange import Answer
from opportune.adapters.outbound import Outbound, Target, target_of
from opportune.adapters.signatures import Secrets
from opportune.errors import Rejected, Retryable
from opportune.messages.template import Rendered
from opportune.ports import Commits, Delivery
from opportune.sending.receipt import Receipt
from opportune.units import Instant

GONE: Final = 410
CARRIED: Final = ("webhook", "sms", "push")
"""The channels that a target can stand behind."""
_log: Final = logging.getLogger("opportune.webhook")


class Webhook:
    """Calls one target with every message of its channel; ``standing`` shows how that went."""

    is_keyed: ClassVar[bool] = True

    def __init__(self, target: Target, secrets: Secrets, outbound: Outbound, *, now: Callable[[], Instant]) -> None:
        self.target = target
        self.standing = Standing()
        self._secrets = secrets
        self._outbound = outbound
        self._now = now

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """One call; a target that is disabled, or left alone for now, is not called at all."""
        if self.standing.disabled:
            raise Rejected(f"{self.target.host} is disabled", code=self.standing.disabled)
        if is_resting(self.standing, self._now()):
            raise Retryable(f"{self.target.host} is left alone", code="target_resting", is_outage=True)
        body = body_of(rendered, delivery)
        headers = [(b"content-type", b"application/json"), (b"user-agent", b"opportune")]
        headers += self._secrets.signed(delivery.key, body, self._now())
        try:
            found = await self._outbound.post(self.target, headers, body, commits=commits)
        except Retryable:
            self._failed()
            raise
        if isinstance(found, Answer):
            return self._judged(found)
        if found.answer == "unknown":
            self._failed()
        return found

    async def close(self) -> None:
        """Let go of the connections."""
        await self._outbound.close()

    def _judged(self, answer: Answer) -> Receipt:
        """What the status means, for the message and for the target."""
        code = f"http_{answer.status}"
        if 200 <= answer.status < 300:
            self.standing = after_success(self.standing)
            return Receipt("sent", "accepted")
        if answer.status in (408, 425, 429) or not 400 <= answer.status < 500:
            self._failed(answer)
            is_outage = answer.status in (429, 502, 503, 504)
            raise Retryable(
                f"{self.target.host} answered {answer.status}",
                code=code,
                is_outage=is_outage,
                is_doubtful=answer.status >= 500 and answer.status != 503,
            )
        self.standing = after_success(self.standing)
        if answer.status == GONE:
            self.standing = Standing(disabled="target_gone")
            _log.warning("target %s answered 410: it is called no more until the next start", self.target.host)
        raise Rejected(f"{self.target.host} answered {answer.status}", code=code)

    def _failed(self, answer: Answer | None = None) -> None:
        asked = None if answer is None else answer.retry_after
        self.standing = after_failure(self.standing, self.target.host, self._now(), asked)
        if self.standing.disabled:
            _log.warning("target %s has failed for days: it is called no more until the next start", self.target.host)


def target_for(text: str) -> tuple[str, Target]:
    """The channel and target in ``sms=https://...``; a url alone is that of channel ``webhook``.

    Raises ValueError for another channel, or what is no target.
    """
    channel, _, url = text.partition("=")
    if "://" in channel:
        channel, url = "webhook", text
    if channel not in CARRIED:
        raise ValueError(
            f"a webhook carries {', '.join(CARRIED)}, as in sms=https://shop.example/sms, not {text[:80]!r}"
        )
    return channel, target_of(url)
