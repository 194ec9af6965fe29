"""The oracle on small histories whose answers were worked out by hand."""

from collections import Counter

from tests.laws.living import OUTPUTS
from tests.laws.told import NOON, SECOND, Story, a_journey, a_message, a_playbook, cap, quiet
from tests.laws.worlds import DAY, HOUR, MINUTE
from tests.oracle import clocks, draws, gates
from tests.oracle.journeys import flat


def test_an_event_that_enters_sends_at_once_and_the_books_close_with_the_receipt():
    story = Story(a_playbook())
    story.event("Cart Updated", 0, heard=2 * SECOND)
    assert story.attempts() == [("offer", "email", 2 * SECOND)]
    assert story.books["attempts"][0]["expires"] == NOON + 62 * SECOND
    story.sent(5 * SECOND, heard=6 * SECOND)
    assert story.endings() == [("sent", "sent", 5 * SECOND)]
    assert story.wake() is None


def test_a_wait_is_fired_as_of_its_due_however_late_the_tick():
    story = Story(a_playbook(journeys=[a_journey("cart", {"wait": 45 * MINUTE}, {"send": "offer"})]))
    story.event("Cart Updated", 0)
    assert story.wake() == 45 * MINUTE
    story.tick(2 * HOUR)
    assert story.attempts() == [("offer", "email", 45 * MINUTE)]


def test_a_late_entry_waits_only_what_is_left_of_its_wait():
    story = Story(a_playbook(journeys=[a_journey("cart", {"wait": 45 * MINUTE}, {"send": "offer"})]))
    story.event("Cart Updated", 0, heard=30 * MINUTE)
    assert story.wake() == 45 * MINUTE
    story = Story(a_playbook(journeys=[a_journey("cart", {"wait": 45 * MINUTE}, {"send": "offer"})]))
    story.event("Cart Updated", 0, heard=2 * HOUR)
    assert story.attempts() == [("offer", "email", 2 * HOUR)]


def test_a_cap_looks_ahead_over_what_is_reserved():
    beta = a_journey("beta", {"wait": HOUR}, {"send": "later"}, enter={"on": "Trial Started"})
    story = Story(
        a_playbook(
            cap(1, 3 * HOUR),
            quiet("13:00", "15:00", ["push"]),
            journeys=[a_journey(), beta],
            messages=[a_message(), a_message("later", channels=["push"])],
        )
    )
    story.event("Trial Started", 0)
    story.tick(HOUR)  # 13:00 is quiet: planned for 15:00, three hours after noon
    assert story.chosen() == [("later", 3 * HOUR)]
    story.event("Cart Updated", HOUR + 1)  # would leave less than three hours before the reservation
    assert story.chosen()[1:] == [("offer", 6 * HOUR)]


def test_two_sends_exactly_a_span_apart_are_allowed():
    story = Story(a_playbook(cap(1, 3 * HOUR)))
    story.event("Cart Updated", 0)
    story.sent(0)
    story.event("Cart Updated", 3 * HOUR)
    assert [at for _, _, at in story.attempts()] == [0, 3 * HOUR]


def test_a_gap_moves_to_its_end_and_asks_again_there():
    story = Story(a_playbook({"policy": "minimum_gap", "within": HOUR, "channels": None, "topics": None}))
    story.event("Cart Updated", 0)
    story.sent(10 * SECOND)
    story.event("Cart Updated", MINUTE)
    assert story.chosen()[1] == ("offer", HOUR + 10 * SECOND)
    story.event("Message Sent", 30 * MINUTE, channel="email", topic="news")
    story.tick(HOUR + MINUTE)
    assert ("not_sent", "minimum_gap", HOUR + 10 * SECOND) in story.endings()
    assert story.chosen()[2] == ("offer", HOUR + 30 * MINUTE)


def test_a_calendar_cap_counts_the_days_of_the_users_own_clock():
    story = Story(a_playbook(cap(1, "day")), begins=NOON)
    story.event("Identified", 0, timezone="America/New_York")
    story.event("Cart Updated", MINUTE)
    story.sent(MINUTE)
    story.event("Cart Updated", 13 * HOUR)  # 20:00 in New York, tomorrow already in UTC
    assert story.chosen()[1] == ("offer", 17 * HOUR)  # midnight in New York is 05:00 UTC


def test_night_ends_on_the_users_clock_on_the_day_it_loses_an_hour():
    night = 1_774_735_200_000  # Saturday 28 March 2026, 22:00 UTC: 23:00 in Berlin; clocks go forward at 01:00 UTC
    story = Story(a_playbook(quiet(), zone="Europe/Berlin"), begins=night)
    story.event("Cart Updated", 0)
    assert story.chosen() == [
        ("offer", 8 * HOUR)
    ]  # 08:00 summer time is 06:00 UTC: nine hours on clocks, eight in truth


def test_night_ends_on_the_users_clock_on_the_day_it_gains_an_hour():
    night = 1_792_875_600_000  # Saturday 24 October 2026, 21:00 UTC: 23:00 in Berlin
    story = Story(a_playbook(quiet(), zone="Europe/Berlin"), begins=night)
    story.event("Cart Updated", 0)
    assert story.chosen() == [("offer", 10 * HOUR)]


def test_quiet_hours_hold_in_every_plausible_zone():
    story = Story(a_playbook(quiet("12:00", "14:00")))
    story.event("Identified", 0, timezone="UTC", context={"timezone": "Atlantic/Azores"})  # one hour behind
    story.event("Cart Updated", 1)
    assert story.chosen() == [("offer", 3 * HOUR)]


def test_an_attempt_expires_when_quiet_hours_begin():
    story = Story(a_playbook(quiet()))
    story.event("Cart Updated", 9 * HOUR - 20 * SECOND)
    assert story.books["attempts"][0]["expires"] == NOON + 9 * HOUR


def test_an_exit_ends_the_run_and_what_is_planned():
    exits = [{"on": "Order Completed"}]
    story = Story(a_playbook(quiet("12:00", "14:00"), journeys=[a_journey(exits=exits)]))
    story.event("Cart Updated", 0)
    story.event("Order Completed", 30 * MINUTE)
    story.tick(DAY)
    assert story.endings() == [("not_sent", "exited", 30 * MINUTE)]
    assert story.attempts() == []


def test_an_exit_that_comes_late_still_cancels():
    exits = [{"on": "Order Completed"}]
    story = Story(a_playbook(journeys=[a_journey("cart", {"wait": HOUR}, {"send": "offer"}, exits=exits)]))
    story.event("Cart Updated", 0)
    story.event("Order Completed", 10 * MINUTE, heard=50 * MINUTE)
    story.tick(DAY)
    assert story.attempts() == []


def test_an_exit_before_the_entry_ends_nothing_and_one_beyond_lateness_neither():
    exits = [{"on": "Order Completed"}]
    long = a_journey("cart", {"wait": 5 * DAY}, {"send": "offer"}, exits=exits)
    story = Story(a_playbook(journeys=[long]))
    story.event("Cart Updated", 0)
    story.event("Order Completed", -1, heard=HOUR)
    story.event("Order Completed", HOUR, heard=73 * HOUR + 1)
    story.tick(5 * DAY)
    assert len(story.attempts()) == 1


def test_an_entry_older_than_its_exit_starts_nothing():
    story = Story(a_playbook(journeys=[a_journey(exits=[{"on": "Order Completed"}])]))
    story.event("Order Completed", HOUR)
    story.event("Cart Updated", 0, heard=HOUR + MINUTE)
    assert story.books["decisions"] == []
    story.event("Cart Updated", HOUR, heard=HOUR + 2 * MINUTE)  # at the same instant: allowed
    assert len(story.attempts()) == 1


def test_an_exit_with_a_key_ends_only_that_run_and_one_without_ends_all():
    journey = a_journey("cart", {"wait": HOUR}, {"send": "offer"}, key="cart_id", exits=[{"on": "Order Completed"}])
    story = Story(a_playbook(journeys=[journey]))
    for number in (1, 2, 3):
        story.event("Cart Updated", number, cart_id=number)
    story.event("Order Completed", MINUTE, cart_id=2)
    assert [run["key"] for run in story.oracle.users["ann"]["runs"]] == ["1", "3"]
    story.event("Order Completed", 2 * MINUTE)
    assert story.oracle.users["ann"]["runs"] == []


def test_a_claimed_attempt_is_called_back_by_an_exit_and_ends_when_it_lapses():
    story = Story(a_playbook(journeys=[a_journey(exits=[{"on": "Order Completed"}])]))
    story.event("Cart Updated", 0)
    story.event("Order Completed", SECOND)
    assert [recall["code"] for recall in story.books["recalls"]] == ["exited"]
    assert story.endings() == []
    story.answer("Attempt Lapsed", 2 * SECOND)
    assert story.endings() == [("not_sent", "exited", 2 * SECOND)]


def test_a_lapsed_attempt_is_asked_again_as_of_then():
    story = Story(a_playbook())
    story.event("Cart Updated", 0)
    story.answer("Attempt Lapsed", 2 * MINUTE)
    assert [at for _, _, at in story.attempts()] == [0, 2 * MINUTE]
    story.answer("Attempt Lapsed", DAY)
    assert story.endings() == [("expired", "too_late", DAY)]


def test_a_lapsed_attempt_that_finds_quiet_hours_is_decided_again_with_its_old_deadline():
    story = Story(a_playbook(quiet()))
    story.event("Cart Updated", 9 * HOUR - 20 * SECOND)
    story.answer("Attempt Lapsed", 9 * HOUR + SECOND)
    assert story.endings() == [("not_sent", "quiet_hours", 9 * HOUR + SECOND)]
    assert story.chosen()[1] == ("offer", 20 * HOUR)
    assert [d["due"] - NOON for d in story.books["decisions"]] == [9 * HOUR - 20 * SECOND, 9 * HOUR + SECOND]


def test_unknown_counts_and_failed_does_not():
    for name, second in (("Message Unknown", DAY), ("Message Failed", HOUR)):
        story = Story(a_playbook(cap(1, DAY)))
        story.event("Cart Updated", 0)
        story.answer(name, 0)
        story.event("Cart Updated", HOUR)
        assert [at for _, at in story.chosen()] == [0, second]


def test_a_better_proposal_displaces_the_reservation_it_is_blocked_by():
    beta = a_journey("beta", {"send": "better"}, enter={"on": "Trial Started"})
    messages = [a_message(worth=500_000), a_message("better", channels=["push"], worth=601_000)]
    arbitration = {"policy": "arbitration", "margin": 200_000}
    story = Story(
        a_playbook(
            arbitration,
            quiet("12:00", "14:00", ["email"]),
            cap(1, DAY),
            messages=messages,
            journeys=[a_journey(), beta],
        )
    )
    story.event("Cart Updated", 0)
    assert story.chosen() == [("offer", 2 * HOUR)]
    story.event("Trial Started", HOUR)
    assert story.attempts() == [("better", "push", HOUR)]
    assert story.endings() == [("not_sent", "displaced", HOUR)]


def test_a_margin_that_is_not_passed_displaces_nothing():
    beta = a_journey("beta", {"send": "better"}, enter={"on": "Trial Started"})
    messages = [a_message(worth=500_000), a_message("better", channels=["push"], worth=600_000, useful_for=HOUR)]
    arbitration = {"policy": "arbitration", "margin": 200_000}
    story = Story(
        a_playbook(
            arbitration,
            quiet("12:00", "14:00", ["email"]),
            cap(1, DAY),
            messages=messages,
            journeys=[a_journey(), beta],
        )
    )
    story.event("Cart Updated", 0)
    story.event("Trial Started", HOUR)
    assert story.silences() == [("better", "frequency_cap", 2 * HOUR + DAY)]
    assert [p["state"] for p in story.oracle.users["ann"]["pending"]] == ["planned"]


def test_of_two_proposals_in_one_slate_the_better_wins_and_the_other_is_outranked():
    beta = a_journey("beta", {"send": "better"})
    story = Story(a_playbook(messages=[a_message(), a_message("better", priority=60)], journeys=[a_journey(), beta]))
    story.event("Cart Updated", 0)
    assert story.attempts() == [("better", "email", 0)]
    assert story.silences() == [("offer", "outranked", None)]


def test_nothing_worthless_is_said():
    story = Story(a_playbook(messages=[a_message(worth=0)]))
    story.event("Cart Updated", 0)
    assert story.silences() == [("offer", "not_worth_it", None)]


def test_transactional_messages_are_exempt_from_marketing_gates_and_do_not_compete():
    beta = a_journey("beta", {"send": "ticket"})
    ticket = a_message("ticket", kind="transactional", obeys=False, worth=0)
    story = Story(
        a_playbook(quiet("12:00", "14:00"), messages=[a_message(), ticket], journeys=[a_journey(), beta], consent={})
    )
    story.event("Cart Updated", 0)
    assert story.attempts() == [("ticket", "email", 0)]
    assert [silence[:2] for silence in story.silences()] == [("offer", "no_consent")]


def test_held_out_users_get_silence_with_that_code():
    story = Story(a_playbook({"policy": "holdout", "share": 1_000_000}))
    story.event("Cart Updated", 0)
    assert story.silences() == [("offer", "held_out", None)]


def test_a_stop_ends_what_is_planned_and_calls_back_what_is_claimed():
    beta = a_journey("beta", {"send": "now"}, enter={"on": "Trial Started"})
    story = Story(
        a_playbook(
            quiet("12:00", "14:00", ["email"]),
            messages=[a_message(), a_message("now", channels=["push"])],
            journeys=[a_journey(), beta],
        )
    )
    story.event("Cart Updated", 0)
    story.event("Trial Started", 1)
    story.event("Consent Withdrawn", 2)
    assert story.endings() == [("not_sent", "no_consent", 2)]
    assert [recall["code"] for recall in story.books["recalls"]] == ["no_consent"]


def test_an_explicit_withdrawal_stands_against_the_trait_until_consent_is_given():
    consent = {"email": {"trait": "opt_in", "topics": "all"}}
    story = Story(a_playbook(consent=consent))
    story.event("Identified", 0, opt_in=True)
    story.event("Unsubscribed", 1)
    story.event("Identified", 2, opt_in=True)
    story.event("Cart Updated", 3)
    assert [silence[1] for silence in story.silences()] == ["no_consent"]
    story.event("Consent Given", 4, channel="email")
    story.event("Cart Updated", 5)
    assert len(story.attempts()) == 1


def test_in_a_session_only_the_inbox_speaks_and_mail_waits_for_its_end():
    policy = {"policy": "in_session", "idle": 30 * MINUTE, "speak_on": ["in_app"]}
    story = Story(a_playbook(policy))
    story.event("Cart Updated", 0)
    assert story.chosen() == [("offer", 30 * MINUTE)]
    story.event("Page Viewed", 20 * MINUTE)
    story.tick(30 * MINUTE)
    assert story.chosen()[1] == ("offer", 50 * MINUTE)


def test_in_app_that_was_not_shown_by_the_sessions_end_is_tried_on_another_channel():
    policy = {"policy": "in_session", "idle": 30 * MINUTE, "speak_on": ["in_app"]}
    story = Story(a_playbook(policy, messages=[a_message(channels=["in_app", "email"])]))
    story.event("Cart Updated", 0)
    story.sent(SECOND)
    assert (story.endings(), story.wake()) == ([], 30 * MINUTE)
    story.event("Page Viewed", 10 * MINUTE)
    story.tick(30 * MINUTE)
    assert (story.endings(), story.wake()) == ([], 40 * MINUTE)
    story.tick(40 * MINUTE)
    assert story.endings() == [("not_sent", "not_shown", 40 * MINUTE)]
    assert story.attempts()[1] == ("offer", "email", 40 * MINUTE)


def test_fatigue_waits_until_the_oldest_of_those_ignored_leaves_the_window():
    story = Story(a_playbook({"policy": "fatigue", "at_most": 9, "within": 3 * HOUR, "ignored": 2}))
    for at in (0, HOUR):
        story.event("Cart Updated", at)
        story.sent(at)
    story.event("Cart Updated", 2 * HOUR)
    assert story.chosen()[2] == ("offer", 3 * HOUR)
    story.event("Email Opened", 2 * HOUR + 1, decision=story.books["attempts"][1]["decision"])
    story.tick(3 * HOUR)
    assert story.attempts()[2] == ("offer", "email", 3 * HOUR)


def test_until_passes_with_the_event_and_times_out_into_its_branch():
    branch = [{"send": "offer"}]
    wait = {"until": "Pricing Viewed", "at_most": HOUR, "since": "now", "on_timeout": branch}
    book = a_playbook(journeys=[a_journey("cart", wait, {"send": "last"})], messages=[a_message(), a_message("last")])
    story = Story(book)
    story.event("Cart Updated", 0)
    story.event("Pricing Viewed", HOUR)  # at its due the deadline comes first
    assert story.attempts() == [("offer", "email", HOUR)]
    story = Story(book)
    story.event("Cart Updated", 0)
    story.event("Pricing Viewed", HOUR - 1)
    assert story.attempts() == [("last", "email", HOUR - 1)]


def test_an_opened_mail_passes_only_the_run_that_sent_it():
    steps = [{"send": "offer"}, {"until": "Email Opened", "at_most": HOUR, "since": "now"}, {"send": "offer"}]
    journey = a_journey("cart", *steps, key="cart_id")
    story = Story(a_playbook(journeys=[journey]))
    for number in (1, 2):
        story.event("Cart Updated", number, cart_id=number)
        story.sent(number)
    story.event("Email Opened", MINUTE, decision=story.books["attempts"][0]["decision"])
    assert [(run["key"], run["step"]) for run in story.oracle.users["ann"]["runs"]] == [("1", 2), ("2", 1)]


def test_flattened_branches_jump_back_behind_their_wait():
    steps = flat(
        [{"wait": 1}, {"until": "E", "at_most": 2, "on_timeout": [{"send": "a"}, {"send": "b"}]}, {"send": "c"}]
    )
    assert [step.get("send") for step in steps] == [None, None, None, "a", "b", "c"]
    assert (steps[1]["on_timeout"], steps[2]["goto"]) == (3, 5)


def test_re_entry_counts_from_its_basis_and_never_while_a_run_is_active():
    def entries(reentry, *ats, wait=MINUTE):
        story = Story(a_playbook(journeys=[a_journey("cart", {"wait": wait}, reentry=reentry)]))
        begun = set()
        for at in ats:
            story.event("Cart Updated", at)
            ann = story.oracle.users["ann"]
            begun |= {run["entry"] - NOON for run in ann["runs"]} | {p["newest"] - NOON for p in ann["pasts"].values()}
        return sorted(begun)

    assert entries("while_not_active", 0, HOUR, wait=2 * HOUR) == [0]
    assert entries("always", 0, HOUR, wait=2 * HOUR) == [0, HOUR]
    assert entries("once", 0, HOUR) == [0]
    assert entries({"cooldown": HOUR, "from": "entry"}, 0, HOUR - 1, HOUR) == [0, HOUR]
    assert entries({"cooldown": HOUR, "from": "send"}, 0, 2 * MINUTE) == [0, 2 * MINUTE]


def test_a_silence_enters_once_for_each_end_of_activity():
    journey = a_journey("cart", {"send": "offer"}, enter={"inactive_for": 6 * HOUR})
    story = Story(a_playbook(journeys=[journey]))
    story.event("Page Viewed", 0)
    story.event("Page Viewed", HOUR)
    assert story.wake() == 7 * HOUR
    story.tick(8 * HOUR)
    assert story.attempts() == [("offer", "email", 7 * HOUR)]
    story.sent(7 * HOUR, heard=8 * HOUR + 1)
    assert story.wake() is None


def test_a_goal_counts_once_for_each_entry_up_to_its_last_instant():
    goal = {"on": "Order Completed", "within": HOUR, "value": "value"}
    story = Story(a_playbook(journeys=[a_journey("cart", {"wait": MINUTE}, goal=goal)]))
    story.event("Cart Updated", 0)
    story.event("Order Completed", HOUR, value=3)
    story.event("Order Completed", HOUR, value=4)
    assert [(g["entry"] - NOON, g["at"] - NOON, g["value"]) for g in story.books["goals"]] == [(0, HOUR, 3)]


def test_a_merge_keeps_the_older_run_and_what_both_have_sent():
    story = Story(a_playbook(cap(1, DAY), quiet("12:00", "14:00")))
    story.event("Cart Updated", 1, user="bob")
    story.event("Cart Updated", 2)
    story.merge(HOUR)
    assert story.endings() == [("not_sent", "merged", HOUR)]
    assert [p["entry"] - NOON for p in story.oracle.users["ann"]["pending"]] == [1]
    story.tick(3 * HOUR)
    assert story.attempts() == [("offer", "email", 2 * HOUR)]


def test_a_merge_takes_the_stricter_consent_and_the_exits_of_the_other():
    journeys = [a_journey("cart", {"wait": DAY}, {"send": "offer"}, exits=[{"on": "Order Completed"}])]
    story = Story(a_playbook(journeys=journeys))
    story.event("Cart Updated", 0)
    story.event("Consent Withdrawn", 1, user="bob", channel="email")
    story.event("Consent Given", 2, channel="email")
    story.event("Order Completed", 3, user="bob")
    story.merge(HOUR)
    assert story.oracle.users["ann"]["runs"] == []
    story.event("Cart Updated", 2 * HOUR)
    story.tick(2 * DAY)
    assert [silence[1] for silence in story.silences()] == ["no_consent"]


def test_history_and_late_events_start_nothing_but_late_stops_count():
    story = Story(a_playbook())
    story.event("Cart Updated", 0, is_history=True)
    story.event("Cart Updated", -73 * HOUR, heard=1)
    story.event("Unsubscribed", -80 * HOUR, heard=2)
    assert story.books["decisions"] == []
    story.event("Cart Updated", 3)
    assert [silence[1] for silence in story.silences()] == ["no_consent"]


def test_an_input_delivered_again_changes_nothing():
    story = Story(a_playbook())
    story.event("Cart Updated", 0)
    out = story.feed(story.history[-1])
    assert all(out[kind] == [] for kind in OUTPUTS)


def test_draws_and_ids_are_those_of_the_documentation():
    assert draws.hash_of("ab", "c") != draws.hash_of("a", "bc")
    assert 0 <= draws.draw("s", "holdout", "ann") < 1_000_000
    picked = Counter(draws.variant_of("s", "offer", f"user{n}", ["b", "a", "c"]) for n in range(3_000))
    assert all(900 < count < 1_100 for count in picked.values())


def test_the_first_free_instant_of_a_cap_is_that_of_a_scan_of_every_instant():
    policy = cap(2, 7)
    for numbers in ([0, 1, 9], [0, 0, 3, 8, 9], [2, 5, 5, 11], [0, 6, 7, 13]):
        for at in range(16):
            taken = [{"at": number, "counts": True, "channel": "email", "topic": "offers"} for number in numbers]
            stretches = [gates.stretch(entry) for entry in taken]
            scanned = next(x for x in range(at, 60) if not gates.is_full(policy, stretches, x, "UTC"))
            said = gates.cap(policy, taken, at, "UTC")
            assert (said[0][1] if said else at) == scanned


def test_midnight_that_does_not_exist_still_begins_the_day():
    before = 1_777_060_800_000 - 4 * HOUR  # Cairo, 24 April 2026: clocks go from 00:00 to 01:00
    ends = clocks.bucket_ends(before, "day", "Africa/Cairo")
    assert clocks.wall(ends // MINUTE, "Africa/Cairo")[1] in (0, 60)
