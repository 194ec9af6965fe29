"""A journey as states and ways: what is drawn, in which words, and what is left out."""

import pytest

from opportune.journeys.diagram import Diagram, diagram_of, state_at
from opportune.journeys.journey import Journey
from tests.stories.shop import shop


def drawn(text: str, features: str = "") -> Diagram:
    return diagram_of(journey(text, features))


def journey(text: str, features: str = "") -> Journey:
    [found] = shop(journeys=f"journey: cart\n{text}", features=features).journeys.values()
    return found


def ways(diagram: Diagram) -> list[str]:
    """Each way in one line: ``start -> step1: Cart Updated [value >= 20]``."""
    found = []
    for each in diagram.edges:
        label = " ".join(said for said in (each.event, each.condition and f"[{each.condition}]") if said)
        found.append(f"{each.source} -> {each.target}: {label}".removesuffix(": "))
    return found


def titles(diagram: Diagram) -> dict[str, tuple[str, ...]]:
    return {each.id: (each.title, *each.details) for each in diagram.states if each.step}


def test_what_begins_it_its_steps_and_what_ends_it() -> None:
    diagram = drawn(
        "enter: {on: Cart Updated, where: value >= 20}\nexit: [Order Completed, {on: Left, where: 'far'}]\n"
        "steps: [wait: 45 minutes, {send: reminder, when: value < 90, not_sent: end}]\n"
    )
    assert ways(diagram) == [
        "start -> step1: Cart Updated [value >= 20]",
        "step1 -> step2",
        "step2 -> ended: sent",
        "step2 -> ended: not sent",
        "step2 -> ended: [unless value < 90]",
        "run -> exited: Order Completed",
        "run -> exited: Left [far]",
    ]
    assert titles(diagram) == {"step1": ("wait 45 minutes",), "step2": ("send reminder", "if value < 90")}
    assert [each.kind for each in diagram.states] == ["start", "run", "wait", "send", "ended", "exited"]


STEPS = """
enter: Cart Updated
steps:
  - name: first
    digest: {for: 1 hour, quiet: 10 minutes, collect: [product], most: 5}
  - wait: {for: 2 hours, since: active}
  - wait: {until: Page Viewed, where: path = '/', at_most: 1 day, since: entry}
    on_timeout:
      - call: tell_shop
      - end
  - wait: {at: "09:00", on: [monday, friday]}
  - wait: {between: ["09:00", "18:00"]}
  - wait: {on: [saturday]}
  - wait: {date: trial_ends_on, offset: -2 days, at: "09:00"}
  - wait: {date: birthday, offset: 1 hour}
    missing: end
  - set: {stage: "'won'"}
  - emit: Cart Given Up
    properties: {why: "'late'"}
  - split: haste
    arms:
      soon: {share: 25%, steps: [send: reminder]}
      late: {share: 75%, steps: [branch: [{when: vip, steps: [wait: 1 day]}, {otherwise: [wait: 2 days]}]]}
"""


def steps() -> Diagram:
    messages = {"reminder": "", "tell_shop": "kind: internal\nchannels: [webhook]"}
    [found] = shop(journeys=f"journey: cart\n{STEPS}", messages=messages).journeys.values()
    return diagram_of(found)


def test_every_kind_of_step_says_what_happens_there() -> None:
    assert titles(steps()) == {
        "step1": (
            "gather for 1 hour", "what else would enter", "or until 10 minutes without another", "tells of 5 at most",
        ),
        "step2": ("wait until 2 hours after the last activity",),
        "step3": ("wait for Page Viewed", "at most 1 day, or since the entry"),
        "step5": ("call tell_shop",),
        "step7": ("wait until 09:00 on Monday, Friday",),
        "step8": ("wait until between 09:00 and 18:00",),
        "step9": ("wait until the day begins on Saturday",),
        "step10": ("wait until 2 days before trial_ends_on at 09:00", "goes on if there is none"),
        "step11": ("wait until 1 hour after birthday",),
        "step12": ("set stage = 'won'",),
        "step13": ("emit Cart Given Up", "why = 'late'"),
        "step14": ("split haste",),
        "step15": ("send reminder",),
        "step17": ("branch",),
        "step18": ("wait 1 day",),
        "step20": ("wait 2 days",),
    }  # fmt: skip


def test_the_ways_on_name_what_takes_a_run_there() -> None:
    assert {each for each in ways(steps()) if ": " in each} == {
        "start -> step1: Cart Updated",
        "step3 -> step7: Page Viewed [path = '/']",
        "step3 -> step5: after 1 day",
        "step5 -> ended: sent",
        "step5 -> ended: not sent",
        "step10 -> step11: [no trial_ends_on]",
        "step11 -> ended: [no birthday]",
        "step14 -> step15: [soon, 25%]",
        "step14 -> step17: [late, 75%]",
        "step17 -> step18: [vip]",
        "step17 -> step20: [otherwise]",
        "step15 -> ended: sent",
        "step15 -> ended: not sent",
        "run -> step1: Page Viewed [heard of late, and nothing done yet]",
    }


def test_a_step_that_has_a_name_is_drawn_with_it() -> None:
    assert {each.step: each.name for each in steps().states if each.name} == {1: "first"}


def test_where_branches_only_join_is_no_state() -> None:
    found = journey(STEPS.replace("- call: tell_shop", "- send: reminder"))
    joins = [place for place, step in enumerate(found.steps) if type(step).__name__ in ("Goto", "End")]
    assert joins
    assert {state_at(found, place) for place in joins} <= {each.id for each in diagram_of(found).states}


TRIGGERS = [
    ("{on: Product Viewed, nth: 3, within: 7 days, where: price > 5}", "3rd Product Viewed, within 1 week [price > 5]"),
    ("{on: Product Viewed, nth: [1, 2, 11, 23]}", "1st or 2nd or 11th or 23rd Product Viewed"),
    ("{on: Product Viewed, every: 2}", "every 2nd Product Viewed"),
    (
        "{on: Tutorial Completed, where: free, without: [Registered, {on: Left, where: far}], within: 48 hours}",
        "2 days after Tutorial Completed [free AND no Registered, no Left [far]]",
    ),
    (
        "{sequence: [Page Viewed, {on: Left, where: far}], within: 1 hour}",
        "Page Viewed, then Left [far], within 1 hour",
    ),
    ("{when: visits > 3}", "becomes true: visits > 3"),
    ("{when: visits > 3, rearm: visits < 1}", "becomes true: visits > 3 [since the last time: visits < 1]"),
    ('{every: day, at: "09:00", where: vip}', "09:00 every day [vip]"),
    ('{every: [monday], at: "09:00"}', "09:00 on Monday"),
    ('{date: birthday, at: "09:00", repeat: yearly}', "birthday at 09:00, every year"),
    ("{inactive_for: 30 days}", "30 days without activity"),
    ('{broadcast: "2026-06-01 09:00", over: 2 hours}', "broadcast 2026-06-01 09:00 on the user's clock, over 2 hours"),
    ('{broadcast: "2026-06-01T09:00Z"}', "broadcast 2026-06-01 09:00 UTC"),
]


@pytest.mark.parametrize(("enter", "said"), TRIGGERS)
def test_every_kind_of_trigger_says_what_begins_a_run(enter: str, said: str) -> None:
    features = "visits: COUNT_IF(event = 'Page Viewed') OVER LAST '1 day'\n"
    assert ways(drawn(f"enter: {enter}\nsteps: [send: reminder]\n", features))[0] == f"start -> step1: {said}"


EXITS = [
    (
        "enter: Cart Updated\nexit: goal\ngoal: {on: Bought, where: paid, within: 1 day}",
        "Bought [paid AND within 1 day of the entry]",
    ),
    ("enter: Cart Updated\nexit: [{when: orders >= 1}]", "[orders >= 1]"),
    ("enter: {on: Cart Updated, where: value > 5}\nexit: [no_longer: entry]", "[unless value > 5]"),
    ("enter: {when: orders < 1}\nexit: [no_longer: entry]", "[unless orders < 1]"),
    ("enter: {when: orders < 1, rearm: orders > 2}\nexit: [no_longer: entry]", "[orders > 2]"),
    ("enter: {inactive_for: 1 day}\nexit: [no_longer: entry]", "[the user is active again]"),
    ("enter: {on: Trial, without: Paid, within: 1 day}\nexit: [no_longer: entry]", "Paid"),
    ("enter: Cart Updated\nexit: [Email Opened]", "Email Opened [of its own message]"),
    ("enter: Cart Updated\nexit: [{on: Email Opened, where: x > 1}]", "Email Opened [x > 1 AND of its own message]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), EXITS)
def test_every_kind_of_exit_leads_out_of_all_steps(text: str, said: str) -> None:
    diagram = drawn(
        f"{text}\nsteps: [wait: 1 day, send: reminder]\n", "orders: COUNT_IF(event = 'Bought') OVER LAST '1 day'\n"
    )
    assert [each for each in ways(diagram) if each.startswith("run")] == [f"run -> exited: {said}"]
    assert [each.action for each in diagram.edges if each.cause == "exit"] == ["call back what is planned"]


NOTES = [
    ("key: cart_id", "One run for each cart_id."),
    ("reentry: once", "Each user enters once."),
    ("reentry: always", "Each entry is a run of its own, beside others."),
    ("reentry: {cooldown: 1 day}", "May enter again 1 day after the entry, when no run is under way."),
    (
        "reentry: {cooldown: 1 day, counted_from: send}",
        "May enter again 1 day after the last message sent, when no run is under way.",
    ),
    ("goal: {on: Bought, within: 1 day}", "Goal: Bought within 1 day of the entry."),
    (
        "goal: {on: Bought, where: paid, within: 1 day, value: price}",
        "Goal: Bought [paid] within 1 day of the entry, worth price.",
    ),
]


@pytest.mark.parametrize(("text", "said"), NOTES)
def test_what_holds_for_all_of_it_stands_in_notes(text: str, said: str) -> None:
    assert said in drawn(f"enter: Cart Updated\n{text}\nsteps: [send: reminder]\n").notes


def test_moves_lead_in_from_earlier_versions() -> None:
    diagram = drawn(
        "enter: Cart Updated\nmoves: {old_wait: ask, gone: end}\nsteps: [wait: 1 day, {name: ask, send: reminder}]\n"
    )
    assert {each for each in ways(diagram) if each.startswith("earlier")} == {
        "earlier -> step2: published [stands at old_wait]",
        "earlier -> exited: published [stands at gone]",
    }
    assert "earlier" in {each.id for each in diagram.states}


def test_steps_that_no_run_can_come_to_are_left_out() -> None:
    found = journey("enter: Cart Updated\nsteps: [send: reminder]\n")
    [send] = found.steps
    cut = Journey("cart", found.enter, (*journey("enter: A\nsteps: [end]\n").steps, send))
    assert titles(diagram_of(cut)) == {}
    assert ways(diagram_of(cut)) == ["start -> ended: Cart Updated"]
