"""Some users are kept in silence, always the same, whatever else happens."""

from opportune.testing.world import World
from tests.stories.shop import CART, shop

NOW = CART.replace("  - wait: 45 minutes\n", "")


def held_out(world: World, users: int) -> set[str]:
    """Those of so many users whose mail is held out."""
    silent = set()
    for number in range(users):
        user = world.user(f"user-{number}")
        user.does("Cart Updated")
        if world.why(user, "reminder").code == "held_out":
            silent.add(user.name)
    return silent


def test_about_the_share_is_held_out_and_why_says_so_with_its_chance() -> None:
    """Of 2,000 at 20 %, 400 are expected with a deviation of 17.9; 4 of these are allowed."""
    world = World(shop("holdout: {share: 20%}", journeys=NOW))
    silent = held_out(world, 2_000)
    assert 328 <= len(silent) <= 472
    chances = {decision.propensity for decision in world.decisions if decision.user in silent}
    others = {decision.propensity for decision in world.decisions if decision.user not in silent}
    assert (chances, others) == ({200_000}, {800_000})


def test_the_same_users_are_held_out_of_every_message_and_in_every_world() -> None:
    other = (
        CART.replace("cart", "other").replace("  - wait: 45 minutes\n", "").replace("send: reminder", "send: second")
    )
    first = World(shop("holdout: {share: 30%}", journeys=NOW))
    second = World(
        shop(
            "holdout: {share: 30%}",
            journeys={"cart": NOW, "other": other},
            messages={"reminder": "", "second": "topic: x"},
        ),
        start="2027-01-01T00:00Z",
    )
    assert held_out(first, 200) == held_out(second, 200)


def test_another_salt_holds_out_others() -> None:
    worlds = [World(shop("holdout: {share: 30%}", journeys=NOW, main=f"salt: {salt}")) for salt in ("a", "b")]
    assert held_out(worlds[0], 100) != held_out(worlds[1], 100)


def test_all_or_none_can_be_held_out() -> None:
    assert held_out(World(shop("holdout: {share: 0%}", journeys=NOW)), 100) == set()
    assert len(held_out(World(shop("holdout: {share: 100%}", journeys=NOW)), 100)) == 100


def test_what_must_be_said_is_said_to_those_held_out() -> None:
    world = World(shop("holdout: {share: 100%}", journeys=NOW, messages={"reminder": "kind: transactional"}))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_mail_that_a_gate_refuses_is_not_counted_as_held_out() -> None:
    """The holdout is drawn among those who would have been written to."""
    world = World(shop("holdout: {share: 100%}", journeys=NOW, consent="{in_app: always}"))
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "no_consent"
    assert world.decisions[0].propensity == 1_000_000
    assert world.memory(ann).exposed_at is None
