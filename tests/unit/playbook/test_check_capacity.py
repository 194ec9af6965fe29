"""A plan that no message goes by is told, so that nobody believes that it holds."""

import json

import pytest

from opportune.errors import PlaybookError
from opportune.playbook.reading import findings, playbook_from

BASE = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\npolicies:\n  - send_time: {}\n",
    "journeys/sale.yaml": 'journey: sale\nenter: {broadcast: "2026-06-09T06:00Z"}\nsteps:\n  - send: sale\n',
    "messages/sale.yaml": "message: sale\ntopic: offers\nchannels: [email]\n",
    "messages/sale.liquid": "subject: Sale\n---\nToday. {{ unsubscribe_url }}\n",
}


def planned(message: str = "sale", channel: str = "email", share: int = 5, hour: str = "2026-06-09T07:00Z") -> str:
    hours = {channel: {hour: {"share": share, "planned": 3}}}
    return json.dumps({"plans": [{"name": "june", "message": message, "hours": hours}]})


def said(text: str, **files: str) -> list[str]:
    return [str(each) for each in findings({**BASE, **files, "models/capacity.json": text})]


def test_a_plan_that_holds_is_not_spoken_of() -> None:
    assert said(planned()) == []
    playbook = playbook_from({**BASE, "models/capacity.json": planned()})
    assert playbook.capacity is not None and playbook.hash != playbook_from(BASE).hash


def test_a_message_that_is_not_there_is_told_with_the_nearest() -> None:
    [line] = said(planned("sales"))
    assert line.startswith("models/capacity.json:1: warning: plan 'june': there is no message 'sales'; ")
    assert "'sale'" in line


def test_a_channel_that_the_message_does_not_go_by_is_told() -> None:
    assert said(planned(channel="push")) == [
        "models/capacity.json:1: warning: plan 'june': message 'sale' goes by email, not by 'push'; plan again"
    ]


def test_only_marketing_is_planned() -> None:
    transactional = {"messages/sale.yaml": BASE["messages/sale.yaml"] + "kind: transactional\n"}
    assert any("is transactional, and only marketing is planned" in line for line in said(planned(), **transactional))


def test_where_nothing_chooses_an_hour_it_is_said_what_to_add() -> None:
    bare = {"opportune.yaml": "zone: UTC\nconsent: {email: always}\n"}
    assert any(line.endswith("add the policy '- send_time: {}'") for line in said(planned(), **bare))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("{", "'opportune plan' writes this file"),
        ('{"plans": 3}', "'opportune plan' writes this file"),
        (planned(share=1_000_001), "share: must be from 0 to 1000000, not 1000001"),
        (planned(hour="tomorrow"), "an hour is written like '2026-06-01T17:00Z'"),
    ],
)
def test_a_file_that_cannot_be_used_is_an_error_with_its_place(text: str, wrong: str) -> None:
    with pytest.raises(PlaybookError) as refused:
        playbook_from({**BASE, "models/capacity.json": text})
    assert str(refused.value).startswith("models/capacity.json:1: ")
    assert wrong in str(refused.value)
