"""Several journeys want to speak at once: one is heard, or none."""

from opportune.testing.world import World, instant
from tests.stories.shop import shop


def journey(name: str, *, on: str = "Cart Updated", steps: str = "") -> str:
    """A journey that says the message of its name at once."""
    return f"journey: {name}\nenter: {{on: {on}}}\nsteps:\n{steps}  - send: {name}\n"


def test_the_one_worth_most_is_heard_and_the_others_are_outranked() -> None:
    names = ("a", "b", "c")
    worths = {"a": "worth: 2", "b": "worth: 3", "c": "worth: 1"}
    world = World(shop(journeys={name: journey(name) for name in names}, messages=worths))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["b"]
    assert {name: world.why(ann, name).code for name in names} == {"a": "outranked", "b": "sent", "c": "outranked"}
    assert {decision.message: decision.worth for decision in world.decisions} == {
        "a": 2_000_000,
        "b": 3_000_000,
        "c": 1_000_000,
    }


def test_at_equal_worth_priority_decides_and_then_the_name() -> None:
    messages = {"a": "worth: 1\npriority: 10", "b": "worth: 1\npriority: 20", "c": "worth: 1\npriority: 20"}
    world = World(shop(journeys={name: journey(name) for name in "cba"}, messages=messages))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["b"]


def test_at_equal_worth_and_priority_the_earlier_instant_decides() -> None:
    """The first by name would have to wait for the night to end; the second may speak now."""
    night = 'quiet_hours: {from: "21:00", to: "08:00", channels: [email]}'
    messages = {"a": "worth: 1", "b": "worth: 1\nchannels: [push]"}
    world = World(
        shop(night, journeys={name: journey(name) for name in "ab"}, messages=messages), start="2026-06-01T22:00Z"
    )
    ann = world.user("ann", push_token="p")
    ann.does("Cart Updated")
    world.passes(days=1)
    assert [mail.message for mail in ann.received] == ["b"]


def test_what_is_not_worth_more_than_silence_is_not_said() -> None:
    for worth in ("0", "-1", "0.0000001"):
        world = World(shop(journeys=journey("a"), messages={"a": f"worth: {worth}"}))
        ann = world.user("ann")
        ann.does("Cart Updated")
        assert world.why(ann, "a").code == "not_worth_it"


def test_a_worth_that_cannot_be_computed_is_a_hundredth_of_the_priority() -> None:
    messages = {
        "a": "worth: 1 / points\npriority: 70",
        "b": "worth: points\npriority: 60",
        "c": "worth: credit\npriority: 60",
    }
    world = World(shop(journeys={name: journey(name) for name in "abc"}, messages=messages))
    ann = world.user("ann", points=0)
    ann.does("Cart Updated")
    assert {decision.message: decision.worth for decision in world.decisions} == {"a": 700_000, "b": 0, "c": 600_000}


def test_worth_reads_what_the_run_has_kept_of_its_entry() -> None:
    steps = "  - wait: 1 hour\n"
    world = World(shop(journeys=journey("a", steps=steps), messages={"a": "worth: 0.1 * value"}))
    ann = world.user("ann")
    ann.does("Cart Updated", value=70)
    world.passes(hours=2)
    assert [decision.worth for decision in world.decisions] == [7_000_000]


def test_those_that_fall_due_at_one_instant_are_rivals() -> None:
    steps = "  - wait: 1 hour\n"
    journeys = {name: journey(name, on=name.upper(), steps=steps) for name in "ab"}
    world = World(shop(journeys=journeys, messages={"a": "worth: 1", "b": "worth: 2"}))
    ann = world.user("ann")
    ann.does("A")
    ann.does("B")
    world.passes(hours=2)
    assert [mail.message for mail in ann.received] == ["b"]
    assert world.why(ann, "a").code == "outranked"


def test_those_a_millisecond_apart_are_not() -> None:
    journeys = {name: journey(name, on=name.upper()) for name in "ab"}
    world = World(shop(journeys=journeys, messages={"a": "worth: 1", "b": "worth: 2"}))
    ann = world.user("ann")
    ann.does("A")
    world.passes(seconds=0.001)
    ann.does("B")
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["a", "b"]


def test_what_must_be_said_competes_with_nobody() -> None:
    messages = {"a": "worth: 1", "b": "kind: transactional", "c": "kind: transactional\nworth: 0"}
    world = World(shop(journeys={name: journey(name) for name in "abc"}, messages=messages))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert sorted(mail.message for mail in ann.received) == ["a", "b", "c"]


def test_a_loser_that_is_to_go_on_goes_on_and_speaks_next() -> None:
    """Both steps of the outranked run are rivals in slates of their own, at the same instant."""
    first = journey("a") + "  - send: late\n"
    messages = {"a": "worth: 1", "b": "worth: 2", "late": "worth: 1"}
    world = World(
        shop("minimum_gap: {span: 1 hour}", journeys={"a": first, "b": journey("b")}, messages=messages), delay=0
    )
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(days=1)
    assert [mail.message for mail in ann.received] == ["b", "late"]


def test_a_loser_whose_step_says_so_ends() -> None:
    first = "journey: a\nenter: {on: Cart Updated}\nsteps:\n  - send: a\n    not_sent: end\n  - send: late\n"
    messages = {"a": "worth: 1", "b": "worth: 2", "late": "worth: 1"}
    world = World(shop(journeys={"a": first, "b": journey("b")}, messages=messages))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(days=1)
    assert [mail.message for mail in ann.received] == ["b"]


def test_with_later_hours_as_rivals_the_first_hour_that_is_free_wins() -> None:
    world = World(
        shop(
            "hours: {slots: 24}", 'quiet_hours: {from: "21:00", to: "08:30"}', journeys=journey("a"), messages={"a": ""}
        ),
        start="2026-06-01T22:15Z",
    )
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert world.why(ann, "a").until == instant("2026-06-02T09:00Z")


def test_hours_are_whole_on_clocks_that_are_half_an_hour_off() -> None:
    world = World(
        shop(
            "hours: {slots: 24}", 'quiet_hours: {from: "21:00", to: "08:30"}', journeys=journey("a"), messages={"a": ""}
        ),
        start="2026-06-01T17:00Z",
    )
    ann = world.user("ann", zone="Asia/Kolkata")
    ann.does("Cart Updated")
    assert world.why(ann, "a").until == instant("2026-06-02T09:00+05:30")


def test_a_user_always_gets_the_same_wording_and_users_differ() -> None:
    files = {"reminder": "variants: {plain: reminder.liquid, warm: reminder.liquid}"}
    world = World(shop(journeys=journey("reminder").replace("enter", "key: n\nenter"), messages=files))
    wordings = set()
    for number in range(40):
        user = world.user(f"user-{number}")
        for n in range(3):
            user.does("Cart Updated", n=n)
        world.passes(minutes=1)
        [wording] = {mail.variant for mail in user.received}
        wordings.add(wording)
    assert wordings == {"plain", "warm"}
    assert {decision.propensity for decision in world.decisions} == {500_000}
