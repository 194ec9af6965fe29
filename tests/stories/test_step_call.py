"""Calls to our own systems: no user hears of them, so nothing that protects users holds them up or counts them."""

from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.testing.world import World
from tests.stories.shop import NIGHT

JOURNEY = """
journey: cart
enter: {on: Cart Updated}
steps:
  - call: tell_shop
  - send: offer
  - wait: {until: Email Opened, at_most: 1 day}
    on_timeout:
      - end
  - send: thanks
"""


def playbook_of(*policies: str, journey: str = JOURNEY, other: str = "") -> Playbook:
    listed = "".join(f"\n  - {each}" for each in policies)
    files = {
        "opportune.yaml": "zone: UTC\nconsent: {email: always}\n" + (f"policies:{listed}\n" if policies else ""),
        "journeys/cart.yaml": journey,
        "messages/tell_shop.yaml": "message: tell_shop\nkind: internal\n",
        "messages/tell_shop.liquid": "{{ user }} has {{ cart_id | default: 'something' }}",
    }
    for name in ("offer", "thanks"):
        files[f"messages/{name}.yaml"] = f"message: {name}\ntopic: cart\nchannels: [email]\nuseful_for: 1 hour\n"
        files[f"messages/{name}.liquid"] = f"subject: {name}\n---\n{name} {{{{ unsubscribe_url }}}}\n"
    if other:
        files["journeys/other.yaml"] = other
    return playbook_from(files)


def test_a_call_is_made_where_no_message_could_be_sent() -> None:
    policies = (NIGHT, "holdout: {share: 100%}", "frequency_cap: {at_most: 1, within: 7 days}")
    world = World(playbook_of(*policies), start="2026-06-01T23:00Z")
    ann = world.user("ann", messages_paused_until="2027-01-01", messages_per_week=0)
    ann.does("Suppressed", reason="asked")
    ann.does("Cart Updated", cart_id="c1")
    world.passes(minutes=5)
    assert [(call.message, call.channel, call.address) for call in ann.received] == [("tell_shop", "webhook", "ann")]
    assert ann.received[0].values == {"cart_id": "c1"}
    assert world.why(ann, "tell_shop").code == "sent"
    assert world.why(ann, "offer").code == "suppressed"


def test_calls_count_for_no_cap_and_tire_nobody() -> None:
    policies = ("frequency_cap: {at_most: 1, within: 7 days}", "fatigue: {at_most: 2, within: 7 days}")
    world = World(playbook_of(*policies))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["tell_shop", "offer"]
    assert [sent.message for sent in world.memory(ann).ledger.sent] == ["offer"]


def test_it_is_alone_in_its_slate_and_takes_nothing_from_a_message_of_the_same_instant() -> None:
    other = "journey: other\nenter: {on: Cart Updated}\nsteps:\n  - send: thanks\n"
    world = World(playbook_of(other=other))
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert [(each.message, each.code) for each in world.decisions] == [("tell_shop", "chosen"), ("thanks", "chosen")]


def test_an_engagement_is_with_the_mail_not_with_a_call_behind_it() -> None:
    journey = JOURNEY.replace("  - call: tell_shop\n", "").replace(
        "  - send: offer\n", "  - send: offer\n  - call: tell_shop\n"
    )
    world = World(playbook_of(journey=journey))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=5)
    [offer] = [mail for mail in ann.received if mail.message == "offer"]
    ann.does("Email Opened", decision=offer.decision)
    world.passes(minutes=5)
    assert [mail.message for mail in ann.received] == ["offer", "tell_shop", "thanks"]


def test_a_call_that_fails_leads_where_not_sent_leads() -> None:
    journey = JOURNEY.replace("call: tell_shop\n", "call: tell_shop\n    not_sent: end\n")
    world = World(playbook_of(journey=journey), answers=lambda attempt: "failed")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=5)
    assert world.why(ann, "tell_shop").code == "refused"
    assert [each.message for each in world.decisions] == ["tell_shop"]


def test_a_call_does_not_count_as_a_send_for_a_cooldown() -> None:
    journey = "journey: cart\nenter: {on: Cart Updated}\nreentry: {cooldown: 7 days, counted_from: send}\nsteps:\n"
    world = World(playbook_of(journey=f"{journey}  - call: tell_shop\n"))
    ann = world.user("ann")
    for _ in range(2):
        ann.does("Cart Updated")
        world.passes(minutes=5)
    assert len(ann.received) == 2
