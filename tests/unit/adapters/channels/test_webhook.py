"""Messages as signed calls: what arrives, and what the target's answers mean."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from opportune.adapters.channels.standing import FEWEST_FAILURES
from opportune.adapters.channels.webhook import Webhook, target_for
from opportune.adapters.channels.webhook_body import body_of
from opportune.adapters.outbound import Outbound, Target, target_of
from opportune.adapters.reachable import reachable
from opportune.adapters.signatures import Secrets
from opportune.errors import Rejected, Retryable
from opportune.messages.template import Rendered
from opportune.ports import Delivery
from opportune.sending.receipt import Receipt
from opportune.units import HOUR, SECOND
from tests.unit.adapters.target import GONE_QUIET, OK, Scripted, serving

NOW = 1_790_000_000_123
NEW, OLD = "whsec_" + "bmV3" * 8, "whsec_" + "b2xk" * 8
HELLO = Rendered("Your cart", "Hi Ann", "<p>Hi Ann</p>")
SENT = Receipt("sent", "accepted")


def delivery(key: str = "0f" * 16) -> Delivery:
    return Delivery(
        key,
        "ann",
        "+49 30 123456",
        NOW,
        "cart",
        channel="sms",
        message="reminder",
        deadline=NOW + HOUR,
    )


async def yes() -> bool:
    return True


class Scene:
    """A webhook and its target, on a clock that only the test moves."""

    def __init__(self, *answers: bytes) -> None:
        self.target = Scripted(answers or (OK,))
        self.now = NOW

    def plays(self, use: Callable[[Webhook], Awaitable[None]]) -> None:
        async def played() -> None:
            async with serving(self.target) as port:
                outbound = Outbound(reachable(["127.0.0.1"]))
                target = target_of(f"http://127.0.0.1:{port}/sms")
                webhook = Webhook(target, Secrets([NEW, OLD]), outbound, now=lambda: self.now)
                await use(webhook)
                await webhook.close()

        asyncio.run(played())


def status(code: int, more: str = "") -> bytes:
    return f"HTTP/1.1 {code} So\r\n{more}content-length: 0\r\n\r\n".encode()


def test_a_message_arrives_with_all_that_is_needed_to_say_it() -> None:
    scene = Scene()

    async def use(webhook: Webhook) -> None:
        assert await webhook.send(HELLO, delivery(), commits=yes) == SENT

    scene.plays(use)
    (asked,) = scene.target.asked
    assert asked.line == "POST /sms HTTP/1.1"
    assert asked.headers[b"content-type"] == b"application/json"
    assert json.loads(asked.body) == {
        "type": "message.send",
        "timestamp": "2026-09-21T14:13:20.123Z",
        "data": {
            "decision": "0f" * 16,
            "user": "ann",
            "channel": "sms",
            "address": "+49 30 123456",
            "message": "reminder",
            "topic": "cart",
            "subject": "Your cart",
            "text": "Hi Ann",
            "html": "<p>Hi Ann</p>",
            "at": "2026-09-21T14:13:20.123Z",
            "deadline": "2026-09-21T15:13:20.123Z",
        },
    }


def test_the_call_is_signed_with_the_decision_as_its_id_for_old_and_new_secret() -> None:
    scene = Scene()

    async def use(webhook: Webhook) -> None:
        await webhook.send(HELLO, delivery(), commits=yes)

    scene.plays(use)
    (asked,) = scene.target.asked
    assert asked.headers[b"webhook-id"] == b"0f" * 16
    for secrets in (Secrets([NEW]), Secrets([OLD])):
        assert secrets.fault(asked.headers, asked.body, NOW) is None
    assert Secrets(["whsec_" + "b3Ro" * 8]).fault(asked.headers, asked.body, NOW) == "wrong_signature"


def test_every_try_has_the_same_id_and_the_same_body() -> None:
    scene = Scene(status(500), OK)

    async def use(webhook: Webhook) -> None:
        with pytest.raises(Retryable):
            await webhook.send(HELLO, delivery(), commits=yes)
        scene.now += 70 * SECOND
        assert await webhook.send(HELLO, delivery(), commits=yes) == SENT

    scene.plays(use)
    first, second = scene.target.asked
    assert (first.body, first.headers[b"webhook-id"]) == (second.body, second.headers[b"webhook-id"])
    assert first.headers[b"webhook-timestamp"] != second.headers[b"webhook-timestamp"]


def test_a_message_without_deadline_says_none() -> None:
    assert "deadline" not in json.loads(body_of(HELLO, Delivery("k", "ann", "ann", NOW)))["data"]


@pytest.mark.parametrize("code", [200, 201, 202, 204])
def test_two_hundreds_are_sent(code: int) -> None:
    async def use(webhook: Webhook) -> None:
        assert await webhook.send(HELLO, delivery(), commits=yes) == SENT

    Scene(status(code) if code != 204 else b"HTTP/1.1 204 So\r\n\r\n").plays(use)


def test_the_status_decides_whatever_the_body_says() -> None:
    async def use(webhook: Webhook) -> None:
        assert await webhook.send(HELLO, delivery(), commits=yes) == SENT

    Scene(b'HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{"error":"broken"').plays(use)


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 413, 422])
def test_four_hundreds_are_never(code: int) -> None:
    async def use(webhook: Webhook) -> None:
        with pytest.raises(Rejected) as refusal:
            await webhook.send(HELLO, delivery(), commits=yes)
        assert refusal.value.code == f"http_{code}"
        assert webhook.standing.disabled == ""

    Scene(status(code)).plays(use)


@pytest.mark.parametrize(
    ("code", "is_outage"),
    [(408, False), (425, False), (429, True), (301, False), (307, False), (503, True)],
)
def test_not_now_is_not_never(code: int, is_outage: bool) -> None:
    async def use(webhook: Webhook) -> None:
        with pytest.raises(Retryable) as refusal:
            await webhook.send(HELLO, delivery(), commits=yes)
        assert (refusal.value.code, refusal.value.is_outage) == (f"http_{code}", is_outage)
        assert not refusal.value.is_doubtful

    Scene(status(code)).plays(use)


@pytest.mark.parametrize(("code", "is_outage"), [(500, False), (502, True), (504, True), (599, False)])
def test_a_target_that_fails_may_have_said_the_message(code: int, is_outage: bool) -> None:
    async def use(webhook: Webhook) -> None:
        with pytest.raises(Retryable) as refusal:
            await webhook.send(HELLO, delivery(), commits=yes)
        assert (refusal.value.code, refusal.value.is_outage) == (f"http_{code}", is_outage)
        assert refusal.value.is_doubtful

    Scene(status(code)).plays(use)


def test_silence_after_the_last_byte_is_unknown() -> None:
    async def use(webhook: Webhook) -> None:
        assert await webhook.send(HELLO, delivery(), commits=yes) == Receipt("unknown", "no_answer")
        assert webhook.standing.failures == 1

    Scene(GONE_QUIET).plays(use)


def test_a_target_that_asks_for_a_pause_is_not_called_before_it_is_over() -> None:
    scene = Scene(status(429, "retry-after: 30\r\n"), OK)

    async def use(webhook: Webhook) -> None:
        for code in ("http_429", "target_resting"):
            with pytest.raises(Retryable) as refusal:
                await webhook.send(HELLO, delivery(), commits=yes)
            assert refusal.value.code == code
        scene.now += 30 * SECOND
        assert await webhook.send(HELLO, delivery(), commits=yes) == SENT

    scene.plays(use)
    assert len(scene.target.asked) == 2


def test_a_target_that_is_gone_is_called_no_more() -> None:
    scene = Scene(status(410))

    async def use(webhook: Webhook) -> None:
        for code in ("http_410", "target_gone", "target_gone"):
            with pytest.raises(Rejected) as refusal:
                await webhook.send(HELLO, delivery(), commits=yes)
            assert refusal.value.code == code

    scene.plays(use)
    assert len(scene.target.asked) == 1


def test_a_target_that_fails_for_three_days_is_disabled_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    scene = Scene(status(500))

    async def use(webhook: Webhook) -> None:
        for _ in range(75):
            with pytest.raises(Retryable):
                await webhook.send(HELLO, delivery(), commits=yes)
            if webhook.standing.disabled:
                break
            scene.now += HOUR
        assert webhook.standing.failures > FEWEST_FAILURES
        with pytest.raises(Rejected) as refusal:
            await webhook.send(HELLO, delivery(), commits=yes)
        assert refusal.value.code == "target_failing"

    scene.plays(use)
    assert len(scene.target.asked) == 73
    assert "target 127.0.0.1 has failed for days" in caplog.text


def test_one_message_that_a_target_cannot_take_costs_the_others_nothing() -> None:
    scene = Scene(status(500), OK, status(500), OK)

    async def use(webhook: Webhook) -> None:
        for _ in range(2):
            with pytest.raises(Retryable):
                await webhook.send(HELLO, delivery("bad"), commits=yes)
            assert await webhook.send(HELLO, delivery("good"), commits=yes) == SENT

    scene.plays(use)


def test_a_channel_of_calls_is_keyed() -> None:
    assert Webhook.is_keyed


def test_the_example_in_the_reference_is_signed_as_it_says_and_names_every_field() -> None:
    page = (Path(__file__).parents[4] / "docs/reference/webhooks.md").read_text(encoding="utf-8")
    head, _, body = page.partition("```http\n")[2].partition("\n```")[0].partition("\n\n")
    headers = dict(line.encode().split(b": ", 1) for line in head.splitlines()[1:])
    secret = page.partition("Signed here with `")[2].partition("`")[0]
    assert Secrets([secret]).fault(headers, body.encode(), 1_790_000_000_000) is None
    assert json.loads(body)["data"].keys() == json.loads(body_of(HELLO, delivery()))["data"].keys()


@pytest.mark.parametrize(
    ("text", "channel", "path"),
    [
        ("https://a.example/x", "webhook", "/x"),
        ("https://a.example/x?sms=1", "webhook", "/x?sms=1"),
        ("webhook=https://a.example/x", "webhook", "/x"),
        ("sms=https://a.example/?a=b", "sms", "/?a=b"),
    ],
)
def test_an_operator_names_channel_and_target(text: str, channel: str, path: str) -> None:
    assert target_for(text) == (channel, Target("https", "a.example", 443, path))


@pytest.mark.parametrize(
    "text", ["", "sms", "sms=", "email=https://a.example/", "in_app=https://a.example/", "sms=a.example"]
)
def test_what_is_no_channel_with_its_target_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        target_for(text)
