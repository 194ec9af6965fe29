"""A condition that becomes true: by events, by time, and not again while it trembles."""

from opportune.journeys.memory import at_rest, awake
from opportune.testing.world import User, World
from opportune.units import DAY, HOUR
from tests.stories.moments import imports
from tests.stories.shop import shop
from tests.stories.trigger_page import examples, segments

[AT_RISK] = examples("crossing")
FEATURES = """
logins_7d: COUNT_IF(event = 'Logged In') OVER LAST '7 days'
searches_1h: COUNT_IF(event = 'Searched') OVER LAST '1 hour'
views_1d: COUNT_IF(event = 'Product Viewed') OVER LAST '1 day'
since_login: SINCE('Logged In')
"""


def crossing(when: str, rearm: str = "") -> str:
    more = f', rearm: "{rearm}"' if rearm else ""
    return f'journey: crossed\nenter: {{when: "{when}"{more}}}\nsteps:\n  - send: reminder\n'


def searches(user: User, times: int) -> None:
    for _ in range(times):
        user.does("Searched")


def test_the_event_that_makes_it_true_begins_the_run() -> None:
    world = World(shop(journeys=AT_RISK, features=FEATURES))
    ann = world.user("ann")
    searches(ann, 2)
    assert world.attempts == []
    searches(ann, 1)
    assert [each.at for each in world.attempts] == [world.now]


def test_while_it_stays_true_nothing_begins_again() -> None:
    world = World(shop(journeys=AT_RISK, features=FEATURES))
    ann = world.user("ann")
    for _ in range(10):
        searches(ann, 3)
        world.passes(minutes=10)
    assert len(ann.received) == 1


def test_without_rearm_it_begins_again_as_soon_as_it_was_not_true() -> None:
    world = World(shop(journeys=crossing("searches_1h >= 3"), features=FEATURES))
    ann = world.user("ann")
    searches(ann, 3)
    world.passes(hours=2)
    searches(ann, 3)
    world.passes(hours=2)
    assert len(ann.received) == 2


def test_with_rearm_it_begins_again_only_after_that_was_true() -> None:
    world = World(shop(journeys=AT_RISK, features=FEATURES))
    ann = world.user("ann")
    searches(ann, 3)
    world.passes(hours=2)
    searches(ann, 3)
    world.passes(hours=2)
    assert len(ann.received) == 1
    for _ in range(4):
        ann.does("Logged In")
    world.passes(days=8)
    searches(ann, 3)
    world.passes(minutes=1)
    assert len(ann.received) == 2


def test_time_alone_makes_it_true_at_the_exact_instant() -> None:
    world = World(shop(journeys=crossing("logins_7d < 2"), features=FEATURES))
    ann = world.user("ann")
    world.passes(minutes=5)
    ann.does("Logged In")
    first = world.now
    world.passes(days=1)
    ann.does("Logged In")
    world.passes(days=20)
    assert [mail.at for mail in ann.received] == [first + 7 * DAY]


def test_the_days_since_an_event_pass_a_number_at_the_exact_instant() -> None:
    world = World(shop(journeys=crossing("since_login / 86400 >= 3"), features=FEATURES))
    ann = world.user("ann")
    ann.does("Logged In")
    world.passes(days=2)
    ann.does("Logged In")
    last = world.now
    world.passes(days=20)
    assert [mail.at for mail in ann.received] == [last + 3 * DAY]


def test_an_hour_strikes_on_the_users_own_clock() -> None:
    world = World(shop(journeys=crossing("local_hour(at) = 20 AND views_1d >= 1"), features=FEATURES))
    ann = world.user("ann", zone="America/New_York")
    ann.does("Product Viewed")
    world.passes(days=3)
    assert [(mail.at - world.now) % DAY for mail in ann.received] == [12 * HOUR]


def test_a_trait_makes_it_true() -> None:
    world = World(shop(journeys=crossing("plan = 'pro'")))
    ann, bob = world.user("ann", plan="free"), world.user("bob", plan="pro")
    world.passes(hours=1)
    assert len(bob.received) == 1
    ann.does("Identified", plan="pro")
    ann.does("Identified", plan="pro")
    world.passes(hours=1)
    assert len(ann.received) == 1


def test_who_is_inside_at_the_publication_does_not_enter_and_does_the_next_time() -> None:
    world = World(shop(features=FEATURES))
    ann = world.user("ann")
    searches(ann, 3)
    world.publish(shop(journeys=crossing("searches_1h >= 3"), features=FEATURES))
    searches(ann, 1)
    world.passes(minutes=1)
    assert world.attempts == []
    world.passes(hours=2)
    searches(ann, 3)
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_what_imported_history_makes_true_starts_nothing() -> None:
    world = World(shop(journeys=crossing("logins_7d >= 2"), features=FEATURES))
    ann = world.user("ann")
    for days in (1, 2):
        imports(ann, "Logged In", at=world.now - days * DAY)
    ann.does("Logged In")
    world.passes(minutes=1)
    assert world.attempts == []
    world.passes(days=8)
    ann.does("Logged In")
    ann.does("Logged In")
    assert len(world.attempts) == 1


def test_a_late_event_and_one_heard_of_twice_count_once() -> None:
    world = World(shop(journeys=crossing("searches_1h >= 3"), features=FEATURES))
    ann = world.user("ann")
    searched = world.now
    world.passes(minutes=20)
    ann.does("Searched", id="s1")
    ann.does("Searched", id="s1")
    ann.does("Searched", at=searched, id="s2")
    assert world.attempts == []
    ann.does("Searched")
    assert len(world.attempts) == 1


def test_it_survives_rest_and_waits_for_nothing_without_its_journey() -> None:
    world = World(shop(journeys=crossing("searches_1h >= 3"), features=FEATURES))
    ann = world.user("ann")
    searches(ann, 3)
    memory = world.memory(ann)
    assert awake(at_rest(memory)).armed == memory.armed != []
    world.publish(shop(journeys=crossing("searches_1h >= 9").replace("crossed", "other"), features=FEATURES))
    waiting = {each.journey: each.due is not None for each in world.memory(ann).armed}
    assert waiting == {"crossed": False, "other": True}  # that it held stays known


def segment(enter: str) -> World:
    [journey] = examples("segment")
    journey = journey.replace("{segment: at_risk}", enter)
    return World(shop(journeys=journey, features=FEATURES, segments=segments("segment")))


def test_a_segment_is_entered() -> None:
    world = segment("{segment: at_risk}")
    ann = world.user("ann", plan="free")
    ann.does("Identified", plan="pro")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_segment_is_left() -> None:
    world = segment("{left: at_risk}")
    ann = world.user("ann", plan="pro")
    world.passes(days=1)
    assert ann.received == []
    ann.does("Logged In")
    ann.does("Logged In")
    world.passes(minutes=1)
    assert len(ann.received) == 1
    world.passes(days=30)
    assert len(ann.received) == 1


def test_every_condition_reads_a_segment() -> None:
    world = segment("{on: Cart Updated, where: at_risk}")
    ann, bob = world.user("ann", plan="pro"), world.user("bob", plan="free")
    ann.does("Cart Updated")
    bob.does("Cart Updated")
    assert [each.user for each in world.attempts] == ["ann"]
