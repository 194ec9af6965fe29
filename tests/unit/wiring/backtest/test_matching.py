"""Which decisions of two playbooks have the same cause, and what is different for the user."""

from opportune.playbook.definition import Playbook
from opportune.units import DAY, HOUR
from opportune.wiring.backtest.matching import Pair, pairs_of
from tests.stories.shop import NIGHT, shop
from tests.unit.wiring.backtest.pasts import lived, says

PLAIN = {"cart": ""}


def paired(old: Playbook, new: Playbook, *happened: tuple[float, str], **traits: object) -> list[Pair]:
    sides = [lived(each, *happened, **traits) for each in (old, new)]
    return pairs_of(sides[0], sides[1], old.messages, new.messages)


def told(pairs: list[Pair]) -> list[tuple[str, float]]:
    return [(each.what, each.shift / HOUR) for each in pairs]


def test_the_same_decision_is_the_same() -> None:
    book = shop(journeys=says("cart"), messages=PLAIN)
    assert told(paired(book, book, (0, "Cart"), (1, "Cart"))) == [("same", 0), ("same", 0)]


def test_a_step_that_waits_longer_speaks_later_and_the_other_way_round() -> None:
    waits = [
        shop(
            journeys=f"journey: cart\nkey: n\nenter: {{on: Cart}}\nsteps:\n  - wait: {n} hours\n  - send: cart",
            messages=PLAIN,
        )
        for n in (2, 5)
    ]
    assert told(paired(*waits, (0, "Cart"))) == [("later", 3)]
    assert told(paired(*waits[::-1], (0, "Cart"))) == [("earlier", -3)]


def test_another_channel_message_or_wording_for_the_same_step_is_otherwise() -> None:
    old = shop(journeys=says("cart"), messages={"cart": "channels: [push, email]"})
    new = shop(journeys=says("cart"), messages={"cart": "channels: [email, push]"})
    assert told(paired(old, new, (0, "Cart"), push_token="p")) == [("otherwise", 0)]
    other = shop(journeys=says("cart").replace("send: cart", "send: basket"), messages={"basket": ""})
    (pair,) = paired(old, other, (0, "Cart"))
    assert (pair.what, pair.old and pair.old.says[0], pair.new and pair.new.says[0]) == ("otherwise", "cart", "basket")


def test_a_step_that_has_moved_is_known_by_its_message() -> None:
    old = shop(journeys=says("cart"), messages=PLAIN)
    moved = says("cart").replace("steps:\n", "steps:\n  - wait: 1 hour\n")
    assert told(paired(old, shop(journeys=moved, messages=PLAIN), (0, "Cart"))) == [("later", 1)]


def test_a_trigger_that_waits_longer_begins_other_runs_that_are_known_by_being_near() -> None:
    silences = [
        shop(journeys=f"journey: cart\nenter: {{inactive_for: {days} days}}\nsteps:\n  - send: cart\n", messages=PLAIN)
        for days in (7, 10, 25)
    ]
    assert told(paired(silences[0], silences[1], (0, "Cart"))) == [("later", 3 * DAY / HOUR)]
    assert [each.what for each in paired(silences[0], silences[2], (0, "Cart"))] == ["fewer", "more"]


def test_what_only_one_of_them_says_is_more_or_fewer_with_the_code_of_the_silence() -> None:
    old = shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=says("cart"), messages=PLAIN)
    new = shop(journeys=says("cart"), messages=PLAIN)
    (same, pair) = paired(old, new, (0, "Cart"), (1, "Cart"))
    assert (same.what, pair.what, pair.old and pair.old.state) == ("same", "more", "frequency_cap")
    assert [each.what for each in paired(new, old, (0, "Cart"), (1, "Cart"))] == ["same", "fewer"]


def test_what_neither_says_is_silent_also_if_only_one_thought_of_it() -> None:
    quiet = {"cart": "useful_for: 1 hour"}
    old = shop(NIGHT, journeys=says("cart"), messages=quiet)
    new = shop(NIGHT, journeys=says("news"), messages={"news": "useful_for: 1 hour"})
    pairs = paired(old, new, (11, "Cart"), (11, "News"))
    assert [(each.what, each.journey, each.user) for each in pairs] == [
        ("silent", "cart", "ann"),
        ("silent", "news", "ann"),
    ]


def test_a_decision_that_has_not_ended_is_planned() -> None:
    book = shop(NIGHT, journeys=says("cart"), messages=PLAIN)
    cut, whole = lived(book, (11, "Cart")), lived(book, (11, "Cart"))
    cut.endings = {}
    (pair,) = pairs_of(cut, whole, book.messages, book.messages)
    assert (pair.old and pair.old.state, pair.what) == ("planned", "more")


def test_calls_to_own_systems_are_nothing_that_a_user_would_miss() -> None:
    ping = "journey: ping\nenter: {on: Cart}\nsteps:\n  - call: ping\n"
    book = shop(journeys=ping, messages={"ping": "channels: [webhook]\nkind: internal"})
    assert paired(book, book, (0, "Cart")) == []
