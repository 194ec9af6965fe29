"""Steps as written: what they become, and what is said of those that are wrong."""

import jsonschema_rs
import pytest

from opportune.features.condition import condition
from opportune.features.local_time import WallTime
from opportune.journeys.step import (
    Arm,
    Branch,
    Call,
    Digest,
    Emit,
    End,
    Goto,
    Send,
    SetTraits,
    Split,
    Step,
    Wait,
    WaitDate,
    WaitLocal,
    WaitUntil,
)
from opportune.playbook.json_schema import json_schemas
from opportune.playbook.read_steps import MOST_STEPS
from opportune.playbook.reading import playbook_from
from opportune.playbook.yaml_nodes import loose, parse
from opportune.units import DAY, HOUR, MINUTE
from tests.unit.playbook.files import complaints

HEAD = "journey: cart\nenter: Cart Updated\nsteps:\n"
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "messages/mail.yaml": "message: mail\ntopic: cart\nchannels: [email]\n",
    "messages/mail.liquid": "subject: Hi\n---\n{{ unsubscribe_url }}\n",
    "messages/tell.yaml": "message: tell\nkind: internal\n",
    "messages/tell.liquid": "Something happened",
}
SCHEMA = jsonschema_rs.Draft202012Validator(json_schemas()["journey"])


def files_of(steps: str) -> dict[str, str]:
    return {**FILES, "journeys/cart.yaml": HEAD + steps}


def is_valid(steps: str) -> bool:
    node = parse(HEAD + steps, "cart.yaml")
    assert node is not None
    return SCHEMA.is_valid(loose(node))


def read(steps: str) -> tuple[Step, ...]:
    assert is_valid(steps)
    return playbook_from(files_of(steps)).journeys["cart"].steps


WEEKDAYS = frozenset({0, 4})
EVERY = frozenset(range(7))
VIP = condition("vip")


@pytest.mark.parametrize(
    ("steps", "flat"),
    [
        ("- wait: 45 minutes", (Wait(45 * MINUTE),)),
        ("- wait: {for: 2 hours}", (Wait(2 * HOUR),)),
        ("- wait: {for: 2 hours, since: active}", (Wait(2 * HOUR, "active"),)),
        ('- wait: {at: "9:30", on: [friday, monday]}', (WaitLocal(WallTime(570), None, WEEKDAYS),)),
        ('- wait: {between: ["20:00", "02:00"]}', (WaitLocal(WallTime(1_200), WallTime(120), EVERY),)),
        ("- wait: {between: active, on: monday}", (WaitLocal(WallTime(540), WallTime(1_260), frozenset({0})),)),
        ("- wait: {on: [monday, friday]}", (WaitLocal(WallTime(0), WallTime(0), WEEKDAYS),)),
        ("- wait: {date: ends_on, offset: -2 days}\n  missing: end", (WaitDate("ends_on", -2 * DAY, None, "end"),)),
        ('- wait: {date: ends_on, at: "09:00"}', (WaitDate("ends_on", 0, WallTime(540)),)),
        ("- wait: {until: Paid, at_most: 1 day, where: vip}", (WaitUntil("Paid", DAY, condition=VIP),)),
        ("- send: mail\n  when: vip\n  not_sent: end", (Send("mail", VIP, "end"),)),
        ("- call: tell", (Call("tell"),)),
        (
            "- send: mail\n  not_sent: [{wait: 1 day}, end]\n- send: mail",
            (Send("mail", on_not_sent=2), Goto(4), Wait(DAY), End(), Send("mail")),
        ),
        (
            "- branch: [{when: vip, steps: [end]}, {when: vip, steps: [{wait: 1 day}]}, {otherwise: [{wait: 1 hour}]}]",
            (Branch(VIP, 3), End(), Goto(7), Branch(VIP, 6), Wait(DAY), Goto(7), Wait(HOUR)),
        ),
        ("- branch: [{when: vip, steps: [{wait: 1 day}]}]", (Branch(VIP, 2), Wait(DAY))),
        (
            "- split: x\n  arms: {b: {share: 25%, steps: [{wait: 1 day}]}, a: {share: 0.75}}",
            (Split("x", (Arm("a", 750_000, 3), Arm("b", 250_000, 1))), Wait(DAY), Goto(3)),
        ),
        (
            "- split: x\n  arms: {a: , b: , c: }",
            (Split("x", (Arm("a", 333_334, 1), Arm("b", 333_333, 2), Arm("c", 333_333, 3))), Goto(3), Goto(3)),
        ),
        ("- repeat: {times: 2, steps: [{wait: 1 day}]}", (Wait(DAY), Wait(DAY))),
        (
            "- repeat: {times: 3, until: vip, steps: [{wait: 1 day}]}",
            (Wait(DAY), Branch(VIP, 3), Goto(7), Wait(DAY), Branch(VIP, 6), Goto(7), Wait(DAY)),
        ),
        ("- digest: 1 hour", (Digest(HOUR),)),
        (
            "- digest: {for: 1 hour, quiet: 1 minute, collect: title, most: 3}",
            (Digest(HOUR, MINUTE, ("title",), 3),),
        ),
        ("- wait: 1 day\n- end", (Wait(DAY), End())),
    ],
)
def test_steps_become_a_flat_row(steps: str, flat: tuple[Step, ...]) -> None:
    assert read(steps) == flat


def test_values_are_expressions_of_any_kind() -> None:
    steps = read("- set: {stage: \"'won'\", count: n * 2 + 1, is_vip: true}\n- emit: Won\n  properties: {n: n}")
    made, emitted = steps
    assert isinstance(made, SetTraits) and isinstance(emitted, Emit)
    assert [(each.name, each.value.kind) for each in made.traits] == [
        ("stage", "text"),
        ("count", "number"),
        ("is_vip", "boolean"),
    ]
    assert [(each.name, each.value.text) for each in emitted.properties] == [("n", "n")]


WRONG = [
    ("- vait: 1 day", ":4: a step says what it is, such as '- wait: 45 minutes'; there are wait, send, call, "),
    ("- wait: 1 day\n  send: mail", ":4: a step is one thing, such as"),
    ("- wait:", ":4: a step needs 'wait', such as '- wait: 45 minutes'"),
    ("- stop", ":4: a step must be a mapping of names to values, not 'stop'"),
    ("- wait: 1 day\n  when: vip", ":5: a step has no 'when'"),
    ("- wait: {for: 1 day, since: entry}", ":4: since must be now or active, not 'entry'"),
    ("- wait: {until: Paid}", ":4: wait needs 'at_most'"),
    ("- wait: {until: Paid, at_most: 1 day}\n  on_timeout: end", ":5: on_timeout must be a list of steps, not 'end'"),
    ('- wait: {at: "25:00"}', ":4: at: a wall time is written as '21:00', from 00:00 to 23:59, not '25:00'"),
    ('- wait: {at: "09:00", between: active}', ":4: a wait names at or between, not both"),
    ("- wait: {between: night}", ":4: between must be active, or two wall times such as"),
    ('- wait: {between: ["09:00"]}', ":4: between must be active, or two wall times"),
    ('- wait: {between: ["09:00", [1]]}', ":4: between: a wall time is written as '21:00'"),
    ("- wait: {on: [moonday]}", ":4: on names days such as monday, not 'moonday'"),
    ("- wait: {on: [monday, monday]}", ":4: on names monday twice; name it once"),
    ("- wait: {on: []}", ":4: on must name at least one day, such as [monday, thursday]"),
    ("- wait: {between: }", ":4: wait needs 'on', such as 'on: [monday, tuesday]'"),
    ("- wait: {date: ends_on, offset: soon}", ":4: offset must be a span such as '3 days', or '-3 days' for before"),
    ("- wait: {date: ends_on}\n  missing: stay", ":5: missing must be continue or end, not 'stay'"),
    ("- send: mail\n  not_sent: stop", ":5: not_sent must be continue or end, not 'stop'"),
    ("- send: mail\n  not_sent: []", ":5: not_sent must be a list of steps, not a list"),
    ("- branch: vip", ":4: branch must be a list such as [{when: vip, steps: [...]}, {otherwise: [...]}]"),
    ("- branch: [vip]", ":4: a way of a branch must be a mapping of names to values, not 'vip'"),
    ("- branch: [{steps: [end]}]", ":4: a way of a branch needs 'when', such as 'when: orders > 3'"),
    ("- branch: [{when: vip}]", ":4: a way of a branch needs 'steps', such as 'steps: [send: cart_reminder]'"),
    ("- split: x", ":4: a step needs 'arms', such as"),
    ("- split: X!\n  arms: {a: , b: }", ":4: a split is named in lowercase letters, digits and _, not 'X!'"),
    ("- split: x\n  arms: {A: , b: }", ":5: an arm is named in lowercase letters, digits and _, not 'A'"),
    ("- split: x\n  arms: {a: }", ":5: a split has at least two arms"),
    ("- set: {}", ":4: set names at least one trait, such as {stage: \"'won'\"}"),
    ("- set: {a: }", ":4: a needs a value, such as 'vip' in quotes of its own, or a formula"),
    ("- digest: {quiet: 1 minute}", ":4: digest needs 'for'"),
    ("- digest: {for: 1 hour, most: 0}", ":4: most must be a whole number from 1 to 100, not '0'"),
    ("- repeat: 3", ":4: repeat must be a mapping of names to values, not '3'"),
    ("- repeat: {steps: [end]}", ":4: repeat needs 'times', such as 'times: 3'"),
    ("- repeat: {times: 3}", ":4: repeat needs 'steps', such as"),
    ("- repeat: {times: 1, steps: [end]}", ":4: times must be a whole number from 2 to 200, not '1'"),
    ("- wait: 1 day\n  name: Long Wait", ":5: a step is named in lowercase letters, digits and _, and not end"),
]
BEYOND_FORM = [
    (
        "- wait: 1 day\n  name: a\n- wait: 1 day\n  name: a",
        ":7: another step of this journey is named 'a'; use another",
    ),
    ("- wait: 1 day\n  name: end", ":5: a step is named in lowercase letters, digits and _, and not end, not 'end'"),
    ('- wait: {between: ["09:00", "9:00"]}', ":4: between from 09:00 to 09:00 is no time at all"),
    ("- branch: [{otherwise: [end]}, {when: vip, steps: [end]}]", ":4: otherwise stands last: what comes after"),
    (
        "- split: x\n  arms: {a: {share: 50%}, b: {share: 40%}}",
        ":5: the shares of all arms make 100% together, not 90%",
    ),
    ("- split: x\n  arms: {a: {share: 50%}, b: }", ":5: arm b needs a share, such as 'share: 50%'"),
    ("- set: {a: 1 +}", ":4: a: "),
    ("- call: mail", ":4: call is for messages of kind internal, and 'mail' is marketing; write 'send: mail'"),
    ("- send: tell", ":4: 'tell' is internal, no user hears of it; write 'call: tell'"),
    ("- repeat: {times: 200, steps: [{wait: 1 day}, {wait: 1 day}]}", ":4: a journey has at most 200 steps, rounds"),
]


@pytest.mark.parametrize(("steps", "complaint"), WRONG)
def test_what_is_wrong_in_form_is_said_and_refused_by_the_schema(steps: str, complaint: str) -> None:
    said = complaints(files_of(steps))
    assert any(line.startswith(f"journeys/cart.yaml{complaint}") for line in said), said
    assert not is_valid(steps)


@pytest.mark.parametrize(("steps", "complaint"), BEYOND_FORM)
def test_what_is_wrong_beyond_form_is_said(steps: str, complaint: str) -> None:
    said = complaints(files_of(steps))
    assert any(line.startswith(f"journeys/cart.yaml{complaint}") for line in said), said
    assert is_valid(steps)


def test_rounds_of_rounds_of_rounds_end_where_there_are_too_many_steps() -> None:
    steps = "{wait: 1 day}"
    for _ in range(5):
        steps = f"{{repeat: {{times: 200, steps: [{steps}]}}}}"
    said = complaints(files_of(f"- {steps}"))
    assert len(said) <= 6 and f"a journey has at most {MOST_STEPS} steps" in said[0]


@pytest.mark.parametrize(
    ("differs", "complaint"),
    [
        ("channels: [email]", ":3: an internal message is a call to our own systems: its channels are [webhook]"),
        ("obeys: true", ":3: messages/tell.yaml has no 'obeys'"),
        ("counts: true", ":3: messages/tell.yaml has no 'counts'"),
    ],
)
def test_an_internal_message_has_one_channel_and_nothing_that_binds_it(differs: str, complaint: str) -> None:
    files = {**files_of("- call: tell"), "messages/tell.yaml": f"message: tell\nkind: internal\n{differs}\n"}
    said = complaints(files)
    assert any(line.startswith(f"messages/tell.yaml{complaint}") for line in said), said
    node = parse(files["messages/tell.yaml"], "tell.yaml")
    assert node is not None
    assert not jsonschema_rs.Draft202012Validator(json_schemas()["message"]).is_valid(loose(node))


def test_an_internal_message_may_name_its_channel_and_a_topic() -> None:
    text = "message: tell\nkind: internal\nchannels: [webhook]\ntopic: shop\ndelivery: at_least_once\n"
    message = playbook_from({**files_of("- call: tell"), "messages/tell.yaml": text}).messages["tell"]
    assert (message.channels, message.topic, message.obeys, message.counts) == (("webhook",), "shop", False, False)


def test_too_many_steps_are_told_once() -> None:
    rounds = "- repeat: {times: 150, steps: [{wait: 1 day}, {wait: 1 day}]}"
    told = [line for line in complaints(files_of(f"{rounds}\n{rounds}")) if "at most 200 steps" in line]
    assert len(told) == 1
