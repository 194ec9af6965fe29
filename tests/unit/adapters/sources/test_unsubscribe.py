"""The link in a mail: looking changes nothing, acting is answered only when it is durable."""

import asyncio
import re
from base64 import urlsafe_b64decode
from collections.abc import MutableMapping
from typing import Any

import msgspec
import pytest

from opportune.adapters.sources.unsubscribe import Links, Subject, unsubscribe_app
from opportune.errors import Overloaded, Unavailable
from opportune.events.event import Event
from opportune.events.names import UNSUBSCRIBED

NOW = 1_795_298_880_000
LINKS = Links("https://shop.example", b"s" * 32)
LINK = LINKS.url(Subject("ann", "email", "cart & more")).removeprefix("https://shop.example")


class Desk:
    """Takes stops, or cannot."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.events: list[Event] = []
        self.fault = fault

    async def accept(self, events: list[Event]) -> None:
        if self.fault is not None:
            raise self.fault
        self.events += events

    def asked(self, method: str, path: str = LINK) -> tuple[int, str]:
        app, said = unsubscribe_app(LINKS, self.accept, now=lambda: NOW), list[MutableMapping[str, Any]]()

        async def send(message: MutableMapping[str, Any]) -> None:
            said.append(message)

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b""}

        asyncio.run(app({"type": "http", "path": path, "method": method}, receive, send))
        return said[0]["status"], said[1]["body"].decode()


def test_looking_at_the_page_withdraws_nothing() -> None:
    desk = Desk()
    status, page = desk.asked("GET")
    assert (status, "<form" in page, "<q>cart &amp; more</q>" in page) == (200, True, True)
    assert desk.events == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_nothing_but_looking_and_acting_is_possible(method: str) -> None:
    desk = Desk()
    assert desk.asked(method)[0] == 405
    assert desk.events == []


def test_acting_withdraws_the_consent_of_whom_the_mail_was_sent_to() -> None:
    desk = Desk()
    status, page = desk.asked("POST")
    assert (status, "You are unsubscribed" in page) == (200, True)
    assert [(event.user, event.name) for event in desk.events] == [("ann", UNSUBSCRIBED)]


def test_a_stop_says_in_which_message_its_link_stood_and_old_links_still_work() -> None:
    desk = Desk()
    desk.asked("POST")
    desk.asked("POST", LINKS.url(Subject("ann", "email", "cart", "d1")).removeprefix("https://shop.example"))
    said = [msgspec.json.decode(event.properties) for event in desk.events]
    assert ["decision" in each for each in said] == [False, True]
    assert said[1]["decision"] == "d1"
    page = LINKS.chooser(LINKS.preferences_token(Subject("ann", "email", "cart", "d1")))
    assert page == Subject("ann", "email", "", "d1")


def test_acting_twice_is_answered_twice_and_says_the_same() -> None:
    desk = Desk()
    assert desk.asked("POST") == desk.asked("POST")


def test_the_head_of_the_page_acts_as_little_as_the_page() -> None:
    desk = Desk()
    assert desk.asked("HEAD") == (200, "")
    assert desk.events == []


def test_nobody_can_read_in_a_link_whose_it_is() -> None:
    raw = urlsafe_b64decode(LINK.removeprefix("/u/") + "==")
    assert not any(each in raw for each in (b"ann", b"email", b"cart"))


def test_the_page_leads_to_the_one_on_which_users_choose() -> None:
    _, page = Desk().asked("GET")
    [token] = re.findall(r'href="\.\./p/([^"]+)"', page)
    assert LINKS.chooser(token) == Subject("ann", "email")
    assert LINKS.preferences_url(Subject("ann", "email", "cart & more")) == f"https://shop.example/p/{token}"


def test_a_link_of_one_page_opens_no_other() -> None:
    token = LINKS.preferences_token(Subject("ann", "email"))
    assert (LINKS.subject(token), LINKS.chooser(LINK.removeprefix("/u/"))) == (None, None)


@pytest.mark.parametrize("fault", [Overloaded("too much"), Unavailable("stopping")])
def test_a_stop_that_could_not_be_kept_says_so_and_offers_to_try_again(fault: Exception) -> None:
    status, page = Desk(fault).asked("POST")
    assert (status, "You are unsubscribed" in page, "<form" in page) == (503, False, True)


@pytest.mark.parametrize("path", ["/u/", "/u/x", LINK[:-3], LINK[:-1] + ("A" if LINK[-1] != "A" else "B")])
def test_a_link_that_is_not_ours_acts_for_nobody(path: str) -> None:
    desk = Desk()
    assert desk.asked("POST", path)[0] == 404
    assert desk.events == []
