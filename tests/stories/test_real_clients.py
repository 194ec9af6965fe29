"""Unmodified analytics clients against the running engine: the mail arrives at a real mail server, or why it does not.

The clients state the real time of day; the engine corrects their clocks by its own, which only the story moves.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from segment.analytics.client import Client

from opportune.draws import draw
from opportune.events.event import Event
from opportune.testing.world import instant
from opportune.wiring.sample import sample_texts
from opportune.wiring.why import Account
from tests.stories.town import KEY, Town

NOON = "2026-06-02T12:00:00+02:00"
"""A Tuesday in Berlin."""
Opens = Callable[..., Town]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opens]:
    """Opens a town with the sample playbook, in which ``changes`` may replace texts."""
    with ExitStack() as stack:

        def opens(start: str = NOON, changes: tuple[tuple[str, str, str], ...] = ()) -> Town:
            texts = sample_texts()
            for name, old, new in changes:
                assert old in texts[name]
                texts[name] = texts[name].replace(old, new)
            return stack.enter_context(Town(tmp_path / "town.db", texts, start).open())

        yield opens


class Shopper:
    """One user of a shop that reports with Segment's client for Python, as it comes.

    What it says is awaited in the log, for as long as the town has patience: its ``flush`` would wait for ever.
    """

    def __init__(self, town: Town, name: str, *, is_opted_in: bool = True) -> None:
        self.town = town
        self.name = name
        self._failures: list[object] = []
        self._client = Client(
            KEY,
            host=town.url,
            upload_interval=0.01,
            timeout=10,
            on_error=lambda *failure: self._failures.append(failure),
        )
        traits = {"email": f"{name}@example.com", "timezone": "Europe/Berlin", "email_opt_in": is_opted_in}
        self._await(*self._client.identify(name, traits))

    def does(self, event: str, **properties: object) -> None:
        self._await(*self._client.track(self.name, event, properties))

    def leaves(self) -> None:
        self._client.join()

    def _await(self, is_queued: bool, call: dict[str, Any]) -> None:
        assert is_queued
        self.town.logs(lambda logged: any(isinstance(each, Event) and each.id == call["messageId"] for each in logged))
        assert self._failures == []


@pytest.fixture
def shopper() -> Iterator[Callable[..., Shopper]]:
    with ExitStack() as stack:

        def comes(town: Town, name: str = "ann", **traits: bool) -> Shopper:
            found = Shopper(town, name, **traits)
            stack.callback(found.leaves)
            return found

        yield comes


Comes = Callable[..., Shopper]
pytestmark = pytest.mark.needs("smtp")


def said(account: Account) -> str:
    """The sentences about the newest decision."""
    return "\n".join(account.decisions[0].sentences)


def test_an_abandoned_cart_brings_one_mail_after_45_minutes(opened: Opens, shopper: Comes) -> None:
    town = opened()
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    town.passes(minutes=44)
    assert town.mails == []
    town.passes(minutes=1)
    assert [mail.address for mail in town.mails] == ["ann@example.com"]
    assert "cart" in town.mails[0].text
    town.passes(hours=30)
    assert len(town.mails) == 1
    account = town.why("ann", "cart_reminder")
    assert (account.decisions[0].state, account.decisions[0].channel) == ("sent", "email")
    assert "sent as an email to ann@example.com" in said(account)
    assert "Tue 2 Jun 2026, 12:4" in said(account)
    assert account.decisions[0].decision.id == town.mails[0].decision


def test_a_purchase_in_time_leaves_nothing_to_say(opened: Opens, shopper: Comes) -> None:
    town = opened()
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    town.passes(minutes=40)
    ann.does("Order Completed", cart_id="c1", revenue=80)
    town.passes(hours=30)
    assert town.mails == []
    account = town.why("ann", "cart_reminder")
    assert account.decisions == []
    assert "nothing was ever decided about cart_reminder" in account.sentence
    assert "Journey cart is not under way for this user." in [each.sentence for each in account.waiting]


def test_quiet_hours_keep_the_mail_until_the_morning(opened: Opens, shopper: Comes) -> None:
    town = opened("2026-06-02T20:30:00+02:00")
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    town.passes(hours=11)
    assert town.mails == []
    told = town.why("ann", "cart_reminder").decisions[0]
    assert (told.state, told.at) == ("pending", instant("2026-06-03T08:00:00+02:00"))
    assert "Wed 3 Jun 2026, 08:00 (Europe/Berlin) rather than for" in "\n".join(told.sentences)
    town.passes(minutes=30)
    assert len(town.mails) == 1
    assert town.why("ann", "cart_reminder").decisions[0].state == "sent"


def test_a_purchase_at_night_calls_the_planned_mail_off(opened: Opens, shopper: Comes) -> None:
    town = opened("2026-06-02T20:30:00+02:00")
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    town.passes(hours=3)
    ann.does("Order Completed", cart_id="c1", revenue=80)
    town.passes(hours=20)
    assert town.mails == []
    told = town.why("ann", "cart_reminder").decisions[0]
    assert (told.state, told.code) == ("not_sent", "exited")


def test_the_cap_silences_and_why_names_the_next_instant(opened: Opens, shopper: Comes) -> None:
    town = opened(changes=(("opportune.yaml", "at_most: 4, within: 7 days", "at_most: 1, within: 7 days"),))
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    town.passes(hours=5)
    first = town.why("ann", "cart_reminder").decisions[0]
    ann.does("Cart Updated", cart_id="c2", value=90)
    town.passes(hours=30)
    assert len(town.mails) == 1
    account = town.why("ann", "cart_reminder")
    told = account.decisions[0]
    assert (told.key, told.state) == ("c2", "not_sent")
    assert told.until == first.at + 7 * 24 * 3_600_000
    assert "as many messages as the frequency cap allows (frequency_cap)" in said(account)
    assert "That might be different from Tue 9 Jun 2026, 12:4" in said(account)


def test_the_link_in_the_mail_ends_all_further_ones(opened: Opens, shopper: Comes) -> None:
    town = opened()
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    town.passes(hours=1)
    with urllib.request.urlopen(urllib.request.Request(town.mails[0].link, method="POST"), timeout=10) as answer:
        assert answer.status == 200
    town.passes(hours=23)
    ann.does("Cart Updated", cart_id="c2", value=90)
    town.passes(hours=30)
    assert len(town.mails) == 1
    account = town.why("ann", "cart_reminder")
    assert (account.decisions[0].key, account.decisions[0].until) == ("c2", None)
    assert "has not consented to it, or has withdrawn (no_consent)" in said(account)
    assert "That does not change by itself." in said(account)


def test_whoever_never_opted_in_gets_nothing(opened: Opens, shopper: Comes) -> None:
    town = opened()
    ann = shopper(town, is_opted_in=False)
    ann.does("Cart Updated", cart_id="c1", value=80)
    town.passes(hours=30)
    assert town.mails == []
    assert "(no_consent)" in said(town.why("ann", "cart_reminder"))


def test_the_held_out_get_nothing(opened: Opens, shopper: Comes) -> None:
    name = next(each for each in (f"user-{n}" for n in count()) if draw("opportune", "holdout", each) < 50_000)
    town = opened()
    held = shopper(town, name)
    held.does("Cart Updated", cart_id="c1", value=80)
    town.passes(hours=30)
    assert town.mails == []
    account = town.why(name, "cart_reminder")
    assert (account.decisions[0].code, account.decisions[0].until) == ("held_out", None)
    assert "kept in silence so that the effect can be measured" in said(account)


def test_during_a_session_no_mail_goes_out_but_after_it(opened: Opens, shopper: Comes) -> None:
    """Without the inbox as a channel; with it the message is said there, see the next test."""
    town = opened(changes=(("messages/cart_reminder.yaml", "[in_app, push, email]", "[push, email]"),))
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    for _ in range(2):
        town.passes(minutes=20)
        ann.does("Product Viewed", sku="fern")
    town.passes(minutes=29)
    assert town.mails == []
    account = town.why("ann", "cart_reminder")
    assert (account.decisions[0].state, "in_session" in said(account)) == ("pending", True)
    assert "Tue 2 Jun 2026, 13:" in said(account)
    town.passes(minutes=2)
    assert len(town.mails) == 1


def test_an_inbox_message_seen_in_the_session_takes_the_place_of_the_mail(opened: Opens, shopper: Comes) -> None:
    town = opened()
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    for _ in range(2):
        town.passes(minutes=20)
        ann.does("Product Viewed", sku="fern")
    town.passes(minutes=10)
    waiting = town.why("ann", "cart_reminder").decisions[0]
    assert (waiting.state, waiting.channel) == ("pending", "in_app")
    ann.does("In-App Shown", decision=waiting.decision.id)
    town.passes(hours=30)
    assert town.mails == []
    assert town.why("ann", "cart_reminder").decisions[0].state == "sent"


def test_the_link_in_a_mail_shows_first_and_stops_the_next_mail_when_it_is_asked_to(
    opened: Opens, shopper: Comes
) -> None:
    town = opened()
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    town.passes(minutes=45)
    link = town.mails[0].link
    assert town.mails[0].header == f"<{link}>"
    with urllib.request.urlopen(link, timeout=10) as page:
        assert b"<form method" in page.read()
    with urllib.request.urlopen(link, data=b"List-Unsubscribe=One-Click", timeout=10) as page:
        assert b"You are unsubscribed" in page.read()
    ann.does("Cart Updated", cart_id="c2", value=80)
    town.passes(hours=30)
    assert len(town.mails) == 1
    assert "consent" in said(town.why("ann", "cart_reminder"))


def test_a_link_that_somebody_changed_does_nothing(opened: Opens, shopper: Comes) -> None:
    town = opened()
    ann = shopper(town)
    ann.does("Cart Updated", cart_id="c1", value=80)
    town.passes(minutes=45)
    link = town.mails[0].link
    forged = link[:-6] + ("A" if link[-6] != "A" else "B") + link[-5:]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(forged, data=b"", timeout=10)
