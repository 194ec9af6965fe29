"""Two ids turn out to be one user: what either was promised, sent or refused holds for both."""

from opportune.testing.world import World
from opportune.units import DAY, SECOND
from tests.stories.shop import CART, NIGHT, shop

NOW = CART.replace("  - wait: 45 minutes\n", "")
WEEK = "frequency_cap: {at_most: 1, within: 7 days}"


def test_caps_count_what_either_was_sent() -> None:
    world = World(shop(WEEK, journeys=NOW))
    ann, device = world.user("ann"), world.user("device-7")
    device.does("Cart Updated")
    world.passes(minutes=1)
    world.merge(ann, device)
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "frequency_cap"
    assert len(ann.received) == 1


def test_of_two_runs_the_older_lives_and_the_other_ends_merged() -> None:
    world = World(shop(NIGHT, WEEK, journeys=NOW), start="2026-06-01T22:00Z")
    ann, device = world.user("ann"), world.user("device-7")
    device.does("Cart Updated")
    world.passes(minutes=1)
    ann.does("Cart Updated")
    younger = world.decisions[-1]
    world.merge(ann, device)
    assert world.endings[younger.id].code == "merged"
    assert len(world.memory(ann).runs) == 1
    world.passes(days=2)
    assert len(ann.received) == 1


def test_a_claimed_attempt_of_the_younger_run_is_called_back() -> None:
    world = World(shop(journeys=NOW), delay=30 * SECOND)
    ann, device = world.user("ann"), world.user("device-7")
    device.does("Cart Updated")
    world.passes(seconds=1)
    ann.does("Cart Updated")
    world.merge(ann, device)
    world.passes(minutes=2)
    assert [recall.code for recall in world.recalls] == ["merged"]
    assert len(ann.received) == 1
    assert world.memory(ann).ledger.pending == []


def test_two_promises_are_not_both_kept_if_the_cap_forbids_it() -> None:
    journey = NOW.replace("enter", "key: n\nenter")
    world = World(shop(NIGHT, WEEK, journeys=journey), start="2026-06-01T22:00Z")
    ann, device = world.user("ann"), world.user("device-7")
    ann.does("Cart Updated", n=1)
    device.does("Cart Updated", n=2)
    world.merge(ann, device)
    world.passes(days=3)
    assert len(ann.received) == 1
    assert world.memory(ann).ledger.pending == []


def test_a_purchase_by_the_other_id_ends_the_run() -> None:
    world = World(shop())
    ann, device = world.user("ann"), world.user("device-7")
    device.does("Cart Updated")
    world.passes(minutes=10)
    ann.does("Order Completed")
    world.merge(ann, device)
    world.passes(hours=2)
    assert ann.received == []


def test_a_purchase_by_the_other_id_before_the_cart_ends_nothing() -> None:
    world = World(shop())
    ann, device = world.user("ann"), world.user("device-7")
    ann.does("Order Completed")
    world.passes(minutes=10)
    device.does("Cart Updated")
    world.merge(ann, device)
    world.passes(hours=2)
    assert len(ann.received) == 1


def test_the_stricter_consent_of_both_holds() -> None:
    for withdrawn, given in ((0, 1), (1, 0)):
        world = World(shop(journeys=NOW, consent="{in_app: always}"))
        users = (world.user("ann"), world.user("device-7"))
        users[withdrawn].does("Consent Withdrawn", channel="email")
        users[given].does("Consent Given", channel="email")
        world.merge(*users)
        users[0].does("Cart Updated")
        assert world.why(users[0], "reminder").code == "no_consent"
        users[0].does("Consent Given", channel="email")
        world.passes(seconds=1)
        users[0].does("Cart Updated")
        world.passes(minutes=1)
        assert len(users[0].received) == 1


def test_a_suppression_of_either_holds_and_ends_what_the_other_had_planned() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T22:00Z")
    ann, device = world.user("ann"), world.user("device-7")
    ann.does("Email Marked as Spam")
    device.does("Cart Updated")
    assert world.why(device, "reminder").code == "planned"
    world.merge(ann, device)
    assert world.why(ann, "reminder").code == "suppressed"
    world.passes(days=1)
    assert ann.received == []


def test_the_receipt_of_an_absorbed_ids_attempt_ends_it() -> None:
    world = World(shop(journeys=NOW), delay=30 * SECOND)
    ann, device = world.user("ann"), world.user("device-7")
    device.does("Cart Updated")
    world.merge(ann, device)
    world.passes(minutes=1)
    assert world.why(ann, "reminder").code == "sent"
    assert len(ann.received) == 1


def test_whoever_was_exposed_first_keeps_the_arm() -> None:
    world = World(shop("holdout: {share: 50%}", journeys=NOW.replace("enter", "key: n\nenter")))
    for number in range(20):
        ann, device = world.user(f"ann-{number}"), world.user(f"device-{number}")
        device.does("Cart Updated", n=1)
        world.passes(minutes=1)
        ann.does("Cart Updated", n=1)
        first, second = (world.decisions[place].code for place in (-2, -1))
        world.passes(minutes=1)
        world.merge(ann, device)
        ann.does("Cart Updated", n=2)
        assert world.decisions[-1].code == first
        if first != second:
            return
    raise AssertionError("no pair fell on different sides")


def test_silence_is_counted_from_the_newest_activity_of_either() -> None:
    world = World(shop(journeys="journey: win_back\nenter: {inactive_for: 7 days}\nsteps:\n  - send: reminder\n"))
    ann, device = world.user("ann"), world.user("device-7")
    ann.does("Page Viewed")
    world.passes(days=3)
    device.does("Page Viewed")
    left = world.now
    world.merge(ann, device)
    world.passes(days=20)
    assert [mail.at for mail in ann.received] == [left + 7 * DAY]


def test_a_cooldown_of_either_holds() -> None:
    world = World(shop(journeys=NOW + "reentry: {cooldown: 7 days}\n"))
    ann, device = world.user("ann"), world.user("device-7")
    device.does("Cart Updated")
    world.passes(hours=1)
    world.merge(ann, device)
    ann.does("Cart Updated")
    assert len(world.decisions) == 1


def test_what_was_due_for_the_absorbed_id_is_fired_first() -> None:
    world = World(shop())
    ann, device = world.user("ann"), world.user("device-7")
    device.does("Cart Updated")
    begun = world.now
    world.now += 3_600_000
    world.merge(ann, device)
    assert [decision.due for decision in world.decisions] == [begun + 45 * 60 * SECOND]


def test_merging_again_changes_nothing() -> None:
    world = World(shop(journeys=NOW))
    ann, device = world.user("ann"), world.user("device-7")
    device.does("Cart Updated")
    world.passes(minutes=1)
    world.merge(ann, device)
    before = world.memory(ann)
    world._shard.feed([world.log[-1]])
    assert world.memory(ann) == before
