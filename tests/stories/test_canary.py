"""A new playbook for a share of the users: who they are stays, and everybody can be taken back."""

from opportune.draws import draw
from opportune.features.scope import Scope
from opportune.playbook.definition import Playbook
from opportune.testing.world import World
from opportune.units import HOUR, MINUTE
from tests.stories.shop import CART, shop

USERS = [f"u{number}" for number in range(2_000)]
COUNTED = "carts: COUNT_IF(event = 'Cart Updated') OVER LAST '7 days'\n"
FIRST = shop()


def newer(minutes: int = 10, features: str = "") -> Playbook:
    return shop(journeys=CART.replace("45", str(minutes)), features=features)


def deciding(world: World) -> dict[str, str]:
    """By user: the playbook that decided the newest decision."""
    return {each.user: each.playbook for each in world.decisions}


def visited(world: World, users: list[str]) -> None:
    for user in users:
        world.known(user).does("Cart Updated", cart_id="c")
    world.passes(hours=2)


def in_new(world: World, playbook: Playbook) -> set[str]:
    return {user for user, name in deciding(world).items() if name == playbook.hash}


def test_about_so_many_users_get_the_new_playbook_as_were_said() -> None:
    world, tried = World(FIRST), newer()
    for user in USERS:
        world.user(user)
    world.publish(tried, share=100_000)
    visited(world, USERS)
    chosen = in_new(world, tried)
    assert 133 <= len(chosen) <= 267  # 200 are expected; five standard deviations of 13.4 around it
    assert set(deciding(world).values()) == {FIRST.hash, tried.hash}


def test_each_user_stays_with_one_playbook_and_a_larger_share_holds_the_smaller() -> None:
    world, tried, users = World(FIRST), newer(), USERS[:200]
    for user in users:
        world.user(user)
    world.publish(tried, share=200_000)
    visited(world, users)
    chosen = in_new(world, tried)
    for _ in range(3):
        world.publish(tried, share=200_000, paused=["other"], stable=FIRST)
        visited(world, users)
        assert in_new(world, tried) == chosen
    world.publish(tried, share=600_000, stable=FIRST)
    visited(world, users)
    more = in_new(world, tried)
    assert chosen < more < set(users)
    assert in_new(world, FIRST) == set(users) - more


def test_going_back_takes_everybody_back_and_those_in_a_run_finish_it() -> None:
    world, tried = World(FIRST), newer()
    ann = next(user for user in map(world.user, USERS) if is_tried(user.name, tried))
    world.publish(tried, share=500_000)
    ann.does("Cart Updated", cart_id="c")
    begun = world.now
    world.publish(FIRST)
    world.passes(hours=2)
    assert [each.at - begun for each in ann.received] == [10 * MINUTE]
    ann.does("Cart Updated", cart_id="d")
    begun = world.now
    world.passes(hours=2)
    assert ann.received[-1].at - begun == 45 * MINUTE
    assert world.decisions[-1].playbook == FIRST.hash


def is_tried(user: str, playbook: Playbook) -> bool:
    return draw(playbook.salt, "canary", playbook.hash, user) < 500_000


def test_both_playbooks_remember_what_either_asks_for() -> None:
    tried, users = newer(features=COUNTED), USERS[:60]
    shared, alone = World(FIRST), World(FIRST)
    for world in (shared, alone):
        for user in users:
            world.user(user).does("Cart Updated", cart_id="c")
    shared.publish(tried, share=500_000)
    alone.publish(tried)
    for world in (shared, alone):
        world.passes(minutes=5)
        for user in users[::2]:
            world.known(user).does("Cart Updated", cart_id="d")
    read = alone._shard.playbook.readers["carts"]
    for place, user in enumerate(users):
        one, other = (world.memory(world.known(user)) for world in (shared, alone))
        assert one.profile == other.profile
        assert read(Scope(one.profile, shared.now)) == (1 if place % 2 else 2)


def test_policies_are_those_of_the_playbook_that_decides_for_the_user() -> None:
    tried = shop("holdout: {share: 100%}", journeys=CART)
    world, users = World(FIRST), USERS[:50]
    for user in users:
        world.user(user)
    world.publish(tried, share=500_000)
    visited(world, users)
    held = {each.user for each in world.decisions if each.code == "held_out"}
    assert held == {user for user in users if is_tried(user, tried)}
    assert world.now > HOUR
