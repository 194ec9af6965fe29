"""Users have enough of a journey: it is paused while the engine runs, the operator sees why, and resumes it."""

import json
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from opportune.events.event import Published
from opportune.events.names import MESSAGE_SENT
from tests.stories.town import KEY, Town

pytestmark = pytest.mark.needs("smtp")
TEXTS = {
    "opportune.yaml": """zone: UTC
consent: {email: always}
watch: {unsubscribes: 10%, complaints: 1%, at_least: 10}
""",
    "journeys/news.yaml": "journey: news\nenter: Paper Published\nsteps: [send: paper]\n",
    "journeys/offers.yaml": "journey: offers\nenter: Price Lowered\nsteps: [send: offer]\n",
    "messages/paper.yaml": "message: paper\ntopic: news\nchannels: [email]\n",
    "messages/paper.liquid": "subject: The paper\n---\nNews. {{ unsubscribe_url }}\n",
    "messages/offer.yaml": "message: offer\ntopic: offers\nchannels: [email]\n",
    "messages/offer.liquid": "subject: An offer\n---\nCheap. {{ unsubscribe_url }}\n",
}
READERS = [f"reader{number}" for number in range(20)]
ENOUGH = 8
"""So many of 20 are surely more than a tenth: the chance of as many at a tenth is 0.04 %."""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with Town(tmp_path / "shop.db", TEXTS, "2026-06-02T12:00:00Z").open() as town:
        yield town


def asked(town: Town, method: str, path: str, body: bytes = b"", **headers: str) -> str:
    request = urllib.request.Request(f"{town.url}{path}", body or None, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        text: str = answer.read().decode()
    return text


def hears(town: Town, user: str, event: str) -> None:
    """The user's client says so; a mail that follows has been sent when this returns."""
    key = b64encode(f"{KEY}:".encode()).decode()
    said: list[dict[str, object]] = [
        {"type": "identify", "userId": user, "traits": {"email": f"{user}@example.com"}},
        {"type": "track", "userId": user, "event": event},
    ]
    for call in said:
        kind = call["type"]
        headers = {"content-type": "application/json", "authorization": f"Basic {key}"}
        asked(town, "POST", f"/v1/{kind}", json.dumps(call).encode(), **headers)


def has_mail(town: Town, count: int) -> None:
    town.logs(lambda log: sum(getattr(each, "name", "") == MESSAGE_SENT for each in log) >= count)


def paused(town: Town) -> list[str]:
    names: list[str] = json.loads(asked(town, "GET", "/v1/publications"))["publications"][0]["paused"]
    return names


def test_a_journey_that_users_leave_is_paused_until_somebody_resumes_it(town: Town) -> None:
    for reader in READERS:
        hears(town, reader, "Paper Published")
    has_mail(town, len(READERS))
    for mail in town.mails[: ENOUGH - 1]:
        asked(town, "POST", mail.link.removeprefix(town.url))
        asked(town, "POST", mail.link.removeprefix(town.url))
    assert paused(town) == []
    asked(town, "POST", town.mails[ENOUGH].link.removeprefix(town.url))
    town.logs(lambda log: any(isinstance(each, Published) and each.paused == ("news",) for each in log))
    assert paused(town) == ["news"]
    assert 'opportune_watch_pauses_total{journey="news",what="unsubscribes"} 1' in asked(town, "GET", "/metrics")
    assert json.loads(asked(town, "GET", "/readyz"))["success"] is True

    town.passes(minutes=1)  # the mail server's pace allows no burst of 21
    hears(town, "late", "Paper Published")
    hears(town, "late", "Price Lowered")
    has_mail(town, len(READERS) + 1)
    assert [mail.subject for mail in town.mails[len(READERS) :]] == ["An offer"]

    asked(town, "POST", "/v1/journeys/news/resume", b"{}", **{"content-type": "application/json"})
    assert paused(town) == []
    hears(town, "later", "Paper Published")
    has_mail(town, len(READERS) + 2)
    assert town.mails[-1].subject == "The paper"
    assert 'opportune_watched_messages{journey="news",channel="email"} 1' in asked(town, "GET", "/metrics")
