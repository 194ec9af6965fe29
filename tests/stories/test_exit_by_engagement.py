"""A mail that is opened ends the run that sent it, and no other."""

from opportune.journeys.run import MOST_TOLD, Run, tell, told_by
from opportune.testing.world import User, World
from tests.stories.shop import NIGHT, shop

CART = "journey: cart\nenter: Cart Updated\nexit: Email Opened\n"
TWO = "steps:\n  - send: mail\n  - wait: 1 hour\n  - send: text\n"
WORDS = {"mail": "channels: [email]", "text": "channels: [sms]", "other": "channels: [email]"}
OTHER = "journey: other\nenter: Page Viewed\nsteps:\n  - send: other\n"


def entered(journeys: str = f"{CART}{TWO}", *policies: str, start: str = "2026-06-01T12:00Z") -> tuple[World, User]:
    world = World(shop(*policies, journeys={"cart": journeys, "other": OTHER}, messages=WORDS), start=start)
    ann = world.user("ann", phone="+14155552671")
    ann.does("Cart Updated")
    world.passes(seconds=1)
    return world, ann


def opens(user: User, message: str, name: str = "Email Opened") -> None:
    [decision] = [each.decision for each in user.received if each.message == message]
    user.does(name, decision=decision)


def hears(world: World, user: User) -> list[str]:
    world.passes(days=2)
    return [each.message for each in user.received]


def test_the_mail_of_the_run_that_is_opened_ends_it() -> None:
    world, ann = entered()
    opens(ann, "mail")
    assert hears(world, ann) == ["mail"]


def test_a_mail_of_another_journey_that_is_opened_ends_nothing() -> None:
    world, ann = entered()
    ann.does("Page Viewed")
    world.passes(seconds=1)
    opens(ann, "other")
    assert hears(world, ann) == ["mail", "other", "text"]


def test_an_earlier_mail_of_the_run_ends_it_while_a_later_message_is_planned() -> None:
    world, ann = entered(f"{CART}{TWO}", NIGHT, start="2026-06-01T20:30Z")
    world.passes(hours=2)
    assert world.why(ann, "text").code == "planned"
    opens(ann, "mail")
    assert world.why(ann, "text").code == "exited"
    assert hears(world, ann) == ["mail"]


def test_an_opening_that_names_no_message_ends_the_run_as_any_event_does() -> None:
    world, ann = entered()
    ann.does("Email Opened")
    assert hears(world, ann) == ["mail"]


def test_the_condition_of_the_exit_is_asked_too() -> None:
    journey = f"{CART}{TWO}".replace("exit: Email Opened", "exit: {on: Email Opened, where: by = 'human'}")
    world, ann = entered(journey)
    opens(ann, "mail")
    assert hears(world, ann) == ["mail", "text"]


def test_it_is_an_exit_of_that_run_only() -> None:
    """A late entry from before the opening begins a run of another key; runs beside it go on."""
    world, ann = entered(f"{CART}key: cart_id\n{TWO}")
    begun = world.now
    for cart in ("a", "b"):
        ann.does("Cart Updated", cart_id=cart)
    world.passes(minutes=10)
    ann.does("Email Opened", decision=ann.received[0].decision)
    ann.does("Cart Updated", at=begun, cart_id="c")
    world.passes(days=1)
    assert [each.key for each in world.decisions] == ["a", "b", "c", "b", "c"]


def test_what_an_absence_was_without_is_any_mail() -> None:
    enter = "enter: {on: Cart Updated, without: Email Opened, within: 1 hour}"
    journey = f"journey: cart\n{enter}\nexit: {{no_longer: entry}}\nsteps:\n  - wait: 1 hour\n  - send: text\n"
    world, ann = entered(journey)
    ann.does("Page Viewed")
    world.passes(minutes=90)
    opens(ann, "other")
    assert hears(world, ann) == ["other"]


def test_a_run_remembers_its_newest_sixteen_messages() -> None:
    run = Run("cart", "v", "", 0, 0, 0, None)
    assert told_by(run) == []
    run.decision = "from before they were listed"
    assert told_by(run) == ["from before they were listed"]
    for number in range(MOST_TOLD + 1):
        tell(run, str(number))
    assert told_by(run) == [str(number) for number in range(1, MOST_TOLD + 1)]
