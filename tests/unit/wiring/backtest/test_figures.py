"""Who got what, when and where, counted from small pasts whose figures can be told by head."""

from opportune.units import DAY
from opportune.wiring.backtest.lived import Lived
from tests.stories.shop import NIGHT, shop
from tests.unit.wiring.backtest.pasts import END, START, lived, report_of, says

TWO = {"cart": says("cart"), "news": says("news")}
PING = "journey: ping\nenter: {on: Ping}\nsteps:\n  - call: ping\n"
BOTH = {"cart": "", "news": "channels: [push, email]"}


def test_a_send_counts_on_the_day_in_utc_and_at_the_hour_of_the_user() -> None:
    playbook = shop(journeys=TWO, messages=BOTH)
    ann = lived(playbook, (11, "Cart"), zone="America/New_York")
    bob = lived(playbook, (13, "News"), user="bob", zone="Asia/Kolkata", push_token="p")
    report = report_of(playbook, ann, bob)
    assert report.by_day == {"2026-06-01": {"cart": 1}, "2026-06-02": {"news": 1}}
    assert report.by_day_channel == {"2026-06-01": {"email": 1}, "2026-06-02": {"push": 1}}
    assert {hour: count for hour, count in enumerate(report.by_hour) if count} == {19: 1, 6: 1}
    assert (report.by_weekday_hour[0][19], report.by_weekday_hour[1][6]) == (1, 1)
    assert report.by_channel == {"email": 1, "push": 1}


def test_a_message_that_waited_counts_when_it_went() -> None:
    playbook = shop(NIGHT, journeys=TWO, messages=BOTH)
    report = report_of(playbook, lived(playbook, (10, "Cart")))
    assert report.by_day == {"2026-06-02": {"cart": 1}}
    assert (report.by_hour[8], report.waited_by_hour[8], sum(report.waited_by_hour)) == (1, 1, 1)


def test_only_what_went_when_quiet_hours_ended_had_waited_for_that() -> None:
    """One goes at the end of the night; another, which the gap holds up, an hour later; and one goes at day."""
    playbook = shop(NIGHT, "minimum_gap: {span: 1 hour}", journeys=TWO, messages=BOTH)
    report = report_of(playbook, lived(playbook, (10, "Cart"), (10.5, "News"), (26, "Cart")))
    assert sum(report.by_hour) == 3
    assert (report.by_hour[8], report.waited_by_hour[8], sum(report.waited_by_hour)) == (1, 1, 1)


def test_what_the_past_says_was_noticed_is_counted() -> None:
    playbook = shop(journeys=TWO, messages=BOTH)
    ann = lived(playbook, (0, "Cart"))
    ann.noticed = {ann.decisions[0].id, "of another playbook"}
    assert report_of(playbook, ann).noticed == 1


def test_decisions_are_what_was_sent_what_was_not_and_what_is_still_to_come() -> None:
    playbook = shop(
        NIGHT,
        "frequency_cap: {at_most: 1, within: 10 days}",
        journeys={**TWO, "ping": PING},
        messages={**BOTH, "ping": "channels: [webhook]\nkind: internal"},
    )
    late = (END - START) / 3_600_000 - 2  # ten in the evening, two hours before the end
    ann = lived(playbook, (0, "Cart"), (1, "News"), (2, "Ping"), (late, "Cart"))
    report = report_of(playbook, ann)
    assert (report.sent, report.internal, report.silent, report.open, report.decisions) == (2, 1, 1, 0, 4)
    night = lived(playbook, (10, "Cart"))
    cut = report_of(playbook, _without_ending(night))
    assert (cut.sent, cut.open, cut.decisions, cut.journeys["cart"].open) == (0, 1, 1, 1)


def _without_ending(life: Lived) -> Lived:
    life.endings.clear()
    return life


def test_a_call_to_own_systems_reaches_nobody() -> None:
    playbook = shop(journeys=PING, messages={"ping": "channels: [webhook]\nkind: internal"})
    report = report_of(playbook, lived(playbook, (0, "Ping")))
    assert (report.users_reached, report.by_day, report.sends_per_user, report.most) == (0, {}, {0: 1}, [])
    assert report.journeys["ping"].internal == 1


def test_a_journey_that_nobody_entered_is_there_with_nothing() -> None:
    playbook = shop(journeys=TWO, messages=BOTH)
    report = report_of(playbook, lived(playbook, (0, "Cart")))
    assert (report.journeys["news"].decisions, report.journeys["cart"].sent) == (0, 1)


def test_a_journey_says_to_how_many_what_where_and_to_what_end() -> None:
    goal = "goal: {on: Order Completed, within: 2 days, value: 12.5}"
    playbook = shop(
        journeys=says("cart", goal).replace("key: n", "reentry: always"), messages={"cart": "channels: [push, email]"}
    )
    ann = lived(playbook, (0, "Cart"), (1, "Order Completed"))
    bob = lived(playbook, (0, "Cart"), (5, "Cart"), user="bob", push_token="p")
    cart = report_of(playbook, ann, bob).journeys["cart"]
    assert (cart.sent, cart.users, cart.channels, cart.messages) == (3, 2, {"email": 1, "push": 2}, {"cart": 3})
    assert (cart.goals, cart.goal_value) == (1, 12_500_000)


def test_who_gets_most_comes_first_and_of_as_many_the_first_by_id() -> None:
    playbook = shop(journeys=TWO, messages=BOTH)
    often = lived(playbook, (0, "Cart"), (1, "News"), user="zoe")
    once = [lived(playbook, (0, "Cart"), user=name) for name in ("bob", "ann")]
    report = report_of(playbook, often, *once, lived(playbook, user="eve"))
    assert [(each.user, each.sent, each.journeys) for each in report.most] == [
        ("zoe", 2, ("cart", "news")),
        ("ann", 1, ("cart",)),
        ("bob", 1, ("cart",)),
    ]
    assert (report.sends_per_user, report.users, report.users_reached) == ({0: 1, 1: 2, 2: 1}, 4, 3)


def test_a_silence_counts_under_the_reason_that_holds_longest_as_why_tells_it() -> None:
    """At night, and over the cap: at eight it would be the cap alone."""
    playbook = shop(NIGHT, "frequency_cap: {at_most: 1, within: 10 days}", journeys=TWO, messages=BOTH)
    ann = lived(playbook, (0, "Cart"), (10, "News"))
    report = report_of(playbook, ann)
    assert report.codes == report.journeys["news"].codes == {"frequency_cap": 1}
    assert report.examples[-1].code == "sent"
    assert "(frequency_cap)" in report.examples[0].sentences[0]


def test_what_the_engine_could_not_take_and_what_goes_round_is_counted() -> None:
    playbook = shop(journeys=TWO, messages=BOTH)
    ann = lived(playbook)
    ann.poison, ann.looped, ann.late, ann.events = [f"KeyError: {n:02}" for n in range(30)], ["Ping", "Ping"], 3, 7
    report = report_of(playbook, ann)
    assert (report.poisoned, report.poison[0], len(report.poison)) == (30, "KeyError: 00", 20)
    assert (report.looped, report.late, report.events) == ({"Ping": 2}, 3, 7)


def test_the_report_names_the_playbook_and_the_past() -> None:
    playbook = shop(journeys=TWO, messages=BOTH)
    report = report_of(playbook, name="my shop")
    assert (report.playbook, report.hash) == ("my shop", playbook.hash)
    assert (report.since, report.until) == (START, START + 60 * DAY)
