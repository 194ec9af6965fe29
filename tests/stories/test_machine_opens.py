"""What a machine opened nobody has read: it never counts as noticed, wherever that is asked."""

import msgspec
import pytest

from opportune.adapters.sources.fetches import Fetch
from opportune.adapters.sources.machines import shipped
from opportune.adapters.sources.noticing import Sent, told
from opportune.testing.world import User, World
from opportune.units import HOUR, MINUTE
from tests.stories.shop import shop

PING = """
journey: ping
key: n
enter: {on: Ping}
steps:
  - send: reminder
"""
UNTIL = """
journey: ping
enter: {on: Ping}
steps:
  - send: reminder
  - wait: {until: Email Opened, at_most: 1 day}
    on_timeout:
      - send: second
"""
APPLE = "Mozilla/5.0"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PROXY = "Mozilla/5.0 (compatible; ProtonMailImageProxy)"


def fetched(world: World, ann: User, agent: str) -> None:
    """The picture of the newest mail is fetched a minute after it came."""
    mail, at = ann.received[-1], world.now + MINUTE
    sent = Sent("ann", mail.message, mail.channel, world.endings[mail.decision].at)
    world.until(at)
    for event in told(mail.decision, sent, [Fetch("open", "", at, agent, "")], shipped()):
        ann.does(event.name, **msgspec.json.decode(event.properties))


def pinged(agents: list[str]) -> tuple[World, User]:
    """A mail for each of these, and each opened; a fourth ping follows."""
    world = World(shop("fatigue: {at_most: 50, within: 7 days, ignored: 3}", journeys=PING))
    ann = world.user("ann")
    for number, agent in enumerate(agents):
        ann.does("Ping", n=number)
        world.passes(minutes=5)
        fetched(world, ann, agent)
        world.passes(hours=1)
    ann.does("Ping", n="last")
    world.passes(minutes=5)
    return world, ann


def test_three_mails_that_only_machines_opened_are_three_ignored_mails() -> None:
    world, ann = pinged([APPLE, APPLE, APPLE])
    assert len(ann.received) == 3
    assert world.why(ann, "reminder").code == "fatigue"


@pytest.mark.parametrize("agent", [FIREFOX, PROXY])
def test_one_that_a_human_opened_or_perhaps_a_human_is_noticed(agent: str) -> None:
    _, ann = pinged([APPLE, agent, APPLE])
    assert len(ann.received) == 4


@pytest.mark.parametrize(("agent", "heard"), [(APPLE, ["reminder", "second"]), (FIREFOX, ["reminder"])])
def test_a_journey_that_waits_for_an_opening_does_not_take_a_machine_for_one(agent: str, heard: list[str]) -> None:
    world = World(shop(journeys=UNTIL, messages={"reminder": "", "second": ""}))
    ann = world.user("ann")
    ann.does("Ping")
    world.passes(minutes=5)
    fetched(world, ann, agent)
    world.passes(days=2)
    assert [mail.message for mail in ann.received] == heard


def test_a_machine_that_opens_a_mail_opens_no_session() -> None:
    world = World(shop("in_session: {idle: 30 minutes}", journeys=PING))
    ann = world.user("ann")
    ann.does("Ping", n=1)
    world.passes(hours=1)
    fetched(world, ann, APPLE)
    ann.does("Email Link Clicked by Machine")
    assert world.memory(ann).profile.sessions[-1].end == world.now - HOUR - MINUTE
