"""Every call of every client: what the engine knows afterwards, and the mail that comes of it.

One history is told once through each client, and each test looks at one call of it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pytest

from opportune.events.event import Event, Input, Merged
from opportune.units import Scalar
from opportune.wiring.demo.letterbox import Mail
from opportune.wiring.sample import sample_texts
from tests.clients.kinds import KINDS, client, needs
from tests.clients.pages import BROWSER_ZONE
from tests.clients.puppets import Call
from tests.stories.town import KEY, Town

NOON = "2026-06-02T12:00:00+02:00"
"""A Tuesday in Berlin."""
TRAITS = {"email": "ann@example.com", "email_opt_in": True, "timezone": "Europe/Berlin", "address": {"city": "Köln"}}
CALLS: list[Call] = [
    {"kind": "identify", "id": "m-identify", "user": "ann", "traits": TRAITS},
    {"kind": "track", "id": "m-track", "user": "ann", "event": "Cart Updated"},
    {
        "kind": "page",
        "id": "m-page",
        "user": "ann",
        "name": "Ferns",
        "properties": {"url": "https://shop.example/ferns"},
    },
    {"kind": "screen", "id": "m-screen", "user": "ann", "name": "Basket", "properties": {"items": 2}},
    {"kind": "group", "id": "m-group", "user": "ann", "group": "gardeners", "traits": {"seats": 5}},
    {"kind": "alias", "id": "m-alias", "user": "bea", "previous": "tablet-7"},
    {"kind": "track", "id": "m-context", "user": "ann", "event": "Product Viewed", "properties": {"sku": "fern"}},
]
CALLS[1]["properties"] = {"cart_id": "c1", "value": 80, "name": "Baumfarn — 1½ m 🌿"}
CALLS[6]["context"] = {"traits": {"plan": "gold"}, "timezone": "Europe/Lisbon"}


@dataclass
class Told:
    """What the engine has of the history that one client told."""

    name: str
    events: dict[str, Event]
    merged: list[Merged]
    traits: dict[str, Scalar]
    mails: list[Mail]
    gave_up: dict[str, str]

    def properties(self, event_id: str) -> dict[str, object]:
        read = json.loads(self.events[event_id].properties)
        assert isinstance(read, dict)
        return read

    def context(self, event_id: str) -> dict[str, object]:
        read = json.loads(self.events[event_id].context)
        assert isinstance(read, dict)
        return read


def is_all(logged: Sequence[Input]) -> bool:
    """Whether every call has come into the log."""
    ids = {each.id for each in logged if isinstance(each, Event)}
    joined = {each.absorbed for each in logged if isinstance(each, Merged)}
    return {call["id"] for call in CALLS if call["kind"] != "alias"} <= ids and "tablet-7" in joined


CLIENTS = [pytest.param(name, marks=[pytest.mark.needs(what) for what in ("smtp", *needs(name))]) for name in KINDS]


@pytest.fixture(scope="module", params=CLIENTS)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    name, folder = request.param, tmp_path_factory.mktemp("town")
    with Town(folder / "town.db", sample_texts(), NOON).open() as town:
        with client(name, town.url, KEY, folder) as puppet:
            puppet.says(*CALLS)
            logged = town.logs(is_all)
            puppet.leaves()
        traits = {each: town.trait("ann", each) for each in ("email", "plan", "address.city", "context.timezone")}
        town.passes(hours=3)
        events = {each.id: each for each in logged if isinstance(each, Event)}
        merged = [each for each in logged if isinstance(each, Merged)]
        yield Told(name, events, merged, traits, list(town.mails), puppet.gave_up)


def test_the_client_believes_that_all_is_delivered(told: Told) -> None:
    assert told.gave_up == {}


def test_identify_states_traits(told: Told) -> None:
    assert (told.traits["email"], told.traits["address.city"]) == ("ann@example.com", "Köln")
    assert (told.events["m-identify"].user, told.events["m-identify"].name) == ("ann", "Identified")


def test_track_keeps_its_properties_as_they_were_sent(told: Told) -> None:
    event = told.events["m-track"]
    assert (event.user, event.name) == ("ann", "Cart Updated")
    assert told.properties("m-track") == CALLS[1]["properties"]


def test_the_abandoned_cart_brings_one_mail(told: Told) -> None:
    assert [mail.address for mail in told.mails] == ["ann@example.com"]
    assert "cart" in told.mails[0].text


def test_page_names_the_page(told: Told) -> None:
    event, properties = told.events["m-page"], told.properties("m-page")
    assert (event.user, event.name, properties["name"]) == ("ann", "Page Viewed", "Ferns")
    assert properties["url"] == "https://shop.example/ferns"


def test_screen_names_the_screen(told: Told) -> None:
    event, properties = told.events["m-screen"], told.properties("m-screen")
    assert (event.user, event.name) == ("ann", "Screen Viewed")
    assert (properties["name"], properties["items"]) == ("Basket", 2)


def test_group_says_which_and_what_it_is(told: Told) -> None:
    event, properties = told.events["m-group"], told.properties("m-group")
    assert (event.user, event.name) == ("ann", "Grouped")
    assert (properties["groupId"], properties["seats"]) == ("gardeners", 5)


def test_alias_joins_two_ids(told: Told) -> None:
    """In a browser it says of whoever is identified there that they were the other, whatever id it was given."""
    user = "ann" if told.name.startswith("browser") else "bea"
    assert (user, "tablet-7") in {(each.user, each.absorbed) for each in told.merged}


def test_traits_in_the_context_of_any_call_are_learned(told: Told) -> None:
    assert told.traits["plan"] == "gold"


def test_the_zone_in_the_context_is_learned(told: Told) -> None:
    """A browser states its own with every call, in place of what the page says; elsewhere it is for the app to say."""
    is_browser = told.name.startswith("browser")
    assert told.traits["context.timezone"] == (BROWSER_ZONE if is_browser else "Europe/Lisbon")
    others = {told.context(event_id).get("timezone") for event_id in told.events if event_id != "m-context"}
    assert others == ({BROWSER_ZONE} if is_browser else {None})


def test_every_client_states_both_of_its_instants(told: Told) -> None:
    """So that its clock can be corrected by ours; nothing then lies in the future."""
    for event in told.events.values():
        assert event.stated_at is not None and event.sent_at is not None, event.id
        assert 0 <= event.received_at - event.at < 60_000, "what passed between saying and sending"
