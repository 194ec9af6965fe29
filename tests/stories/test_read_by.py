"""Features by a property of the event at hand: what a user does with one thing, and what they like best."""

from opportune.playbook.definition import Playbook
from opportune.policies.decision import Seen
from opportune.testing.world import World
from tests.stories.shop import CART, shop

FEATURES = """
views: COUNT_IF(event = 'Product Viewed') OVER LAST '7 days' BY product
is_keen: views >= 2
liked: TOP(2, category, half_life => '14 days') FILTER (WHERE event = 'Product Viewed')
"""


def keen(when: str) -> Playbook:
    journey = CART.replace("  - send: reminder", f'  - send: reminder\n    when: "{when}"')
    return shop(journeys=journey, messages={"reminder": ""}, features=FEATURES)


def test_a_later_step_reads_the_feature_of_the_thing_that_the_run_is_about() -> None:
    world = World(keen("is_keen"))
    ann, bob = world.user("ann"), world.user("bob")
    for user, products in ((ann, ("fern", "fern", "palm")), (bob, ("fern", "palm", "palm"))):
        for product in products:
            user.does("Product Viewed", product=product)
        user.does("Cart Updated", product="fern")
    world.passes(hours=1)
    assert [mail.user for mail in world.attempts] == ["ann"]


def test_a_condition_may_ask_what_a_user_likes_best() -> None:
    world = World(keen("contains(liked, 'ferns')"))
    ann, bob, cleo = world.user("ann"), world.user("bob"), world.user("cleo")
    for user, categories in ((ann, ("pots", "ferns", "ferns")), (bob, ("pots", "soil", "soil", "ferns", "pots"))):
        for category in categories:
            user.does("Product Viewed", category=category)
    for user in (ann, bob, cleo):
        user.does("Cart Updated")
    world.passes(hours=1)
    assert [mail.user for mail in world.attempts] == ["ann"]
    [decision] = [each for each in world.decisions if each.user == "ann"]
    assert [(each.name, each.value) for each in decision.features if isinstance(each, Seen)] == [
        ("liked", ("ferns", "pots"))
    ]
