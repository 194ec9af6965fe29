"""Branches, splits, rounds and ends: which way a run goes."""

from opportune.draws import draw
from opportune.events.event import Event
from opportune.testing.world import User, World
from opportune.units import DAY, HOUR
from tests.stories.shop import shop

HEAD = "journey: cart\nenter: {on: Cart Updated}\nsteps:\n"
NAMES = {"gold": "", "silver": "", "plain": "", "after": ""}
TIERS = """
  - branch:
      - when: orders_said > 9
        steps:
          - send: gold
      - when: orders_said > 3
        steps:
          - wait: 1 hour
          - send: silver
      - otherwise:
          - send: plain
  - send: after
"""


def hears(world: World, user: User, *, days: float = 3) -> list[str]:
    world.passes(days=days)
    return [mail.message for mail in user.received]


def test_a_branch_goes_the_first_way_whose_condition_is_true_and_joins_again() -> None:
    world = World(shop(journeys=HEAD + TIERS, messages=NAMES))
    said = {"ann": 12, "bob": 5, "cid": 1}
    users = [world.user(name, orders_said=count) for name, count in said.items()]
    for each in [*users, world.user("dan")]:
        each.does("Cart Updated")
    heard = {each.name: hears(world, each) for each in [*users, User(world, "dan")]}
    assert heard == {
        "ann": ["gold", "after"],
        "bob": ["silver", "after"],
        "cid": ["plain", "after"],
        "dan": ["plain", "after"],
    }


def test_without_an_otherwise_whoever_fulfils_no_condition_goes_on_behind_the_branch() -> None:
    steps = "  - branch: [{when: vip, steps: [{send: gold}, end]}]\n  - send: after\n"
    world = World(shop(journeys=HEAD + steps, messages=NAMES))
    ann, bob = world.user("ann", vip=True), world.user("bob")
    ann.does("Cart Updated")
    bob.does("Cart Updated")
    assert (hears(world, ann), hears(world, bob)) == (["gold"], ["after"])


def test_an_end_ends_the_run() -> None:
    world = World(shop(journeys=HEAD + "  - send: plain\n  - end\n  - send: after\n", messages=NAMES))
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert hears(world, ann) == ["plain"]
    assert world.memory(ann).runs == []


SPLIT = """
  - split: haste
    arms:
      fast: {share: 50%, steps: [{send: gold}]}
      slow: {share: 50%, steps: [{wait: 1 day}, {send: silver}]}
"""


def arm_of(user: str) -> str:
    return "fast" if draw("opportune", "split", "haste", user) < 500_000 else "slow"


def test_a_user_keeps_the_arm_in_every_run_of_every_journey() -> None:
    other = SPLIT.replace("gold", "plain").replace("silver", "after")
    journeys = {"cart": HEAD + SPLIT, "page": f"journey: page\nenter: {{on: Page Viewed}}\nsteps:\n{other}"}
    world = World(shop(journeys=journeys, messages=NAMES))
    users = [world.user(f"user{number}") for number in range(20)]
    assert {arm_of(each.name) for each in users} == {"fast", "slow"}
    for _ in range(2):
        for each in users:
            each.does("Cart Updated")
        world.passes(hours=1)
        for each in users:
            each.does("Page Viewed")
        world.passes(days=3)
    for each in users:
        heard = {mail.message for mail in each.received}
        assert heard == ({"gold", "plain"} if arm_of(each.name) == "fast" else {"silver", "after"})


def test_an_arm_can_be_asked_for_and_read_by_templates_and_is_told_once_for_each_run() -> None:
    steps = f"{SPLIT}  - wait: 1 day\n  - send: after\n    when: arm.haste = 'slow'\n{SPLIT}"
    playbook = shop(journeys=HEAD + steps, messages=NAMES, features="views: COUNT_IF(event = 'Experiment Viewed')\n")
    world = World(playbook)
    ann, bob = world.user("user0"), world.user("user1")
    assert {arm_of(each.name) for each in (ann, bob)} == {"fast", "slow"}
    for each in (ann, bob):
        each.does("Cart Updated")
    heard = {arm_of(each.name): hears(world, each, days=5) for each in (ann, bob)}
    assert heard == {"fast": ["gold", "gold"], "slow": ["silver", "after", "silver"]}
    told = [each for each in world.log if isinstance(each, Event) and each.name == "Experiment Viewed"]
    assert sorted(each.user for each in told) == ["user0", "user1"]


def test_the_arm_of_the_id_that_was_drawn_first_stays_when_two_ids_are_one() -> None:
    for kept, absorbed in (("user0", "user1"), ("user1", "user0")):
        assert arm_of(kept) != arm_of(absorbed)
        world = World(shop(journeys=HEAD + SPLIT, messages=NAMES))
        user, visitor = world.user(kept), world.user(absorbed)
        visitor.does("Cart Updated")
        world.passes(days=3)
        world.merge(user, visitor)
        user.does("Cart Updated")
        world.passes(days=3)
        told = [each for each in world.log if isinstance(each, Event) and each.name == "Experiment Viewed"]
        assert [(each.user, arm_of(absorbed).encode() in each.properties) for each in told] == [
            (absorbed, True),
            (kept, True),
        ]


def test_shares_that_are_left_out_are_even() -> None:
    steps = "  - split: thirds\n    arms: {a: {steps: [{send: gold}]}, b: , c: {steps: [{send: plain}]}}\n"
    world = World(shop(journeys=HEAD + steps, messages=NAMES))
    users = [world.user(f"user{number}") for number in range(30)]
    for each in users:
        each.does("Cart Updated")
    world.passes(days=1)
    heard = [[mail.message for mail in each.received] for each in users]
    assert min(heard.count(each) for each in (["gold"], [], ["plain"])) >= 4


ROUNDS = """
  - repeat:
      times: 3
      until: EXISTS('Order Completed', since => entry)
      steps:
        - send: plain
        - wait: 1 day
  - send: after
"""


def test_a_repeat_goes_round_as_often_as_it_says() -> None:
    world = World(shop(journeys=HEAD + ROUNDS, messages=NAMES), delay=0)
    ann, begun = world.user("ann"), world.now
    ann.does("Cart Updated")
    assert hears(world, ann, days=10) == ["plain", "plain", "plain", "after"]
    assert [mail.at - begun for mail in ann.received] == [0, DAY, 2 * DAY, 3 * DAY]


def test_a_repeat_is_left_before_the_next_round_once_its_condition_is_true() -> None:
    world = World(shop(journeys=HEAD + ROUNDS, messages=NAMES), delay=0)
    ann, begun = world.user("ann"), world.now
    ann.does("Cart Updated")
    world.passes(hours=30)
    ann.does("Order Completed")
    assert hears(world, ann, days=10) == ["plain", "plain", "after"]
    assert ann.received[-1].at - begun == 2 * DAY


def test_rounds_within_rounds_are_unrolled() -> None:
    steps = """
  - repeat:
      times: 2
      steps:
        - repeat: {times: 2, steps: [{send: plain}, {wait: 1 hour, name: pause}]}
        - send: gold
"""
    playbook = shop(journeys=HEAD + steps, messages=NAMES)
    world = World(playbook, delay=0)
    ann, begun = world.user("ann"), world.now
    ann.does("Cart Updated")
    assert hears(world, ann) == ["plain", "plain", "gold", "plain", "plain", "gold"]
    assert ann.received[-1].at - begun == 4 * HOUR
    assert list(playbook.journeys["cart"].labels) == ["pause", "pause.1.2", "pause.2.1", "pause.2.2"]
