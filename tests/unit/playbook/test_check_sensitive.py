"""Names that sound like special categories of data, wherever something is decided by them."""

import pytest

from opportune.playbook.check_sensitive import category_of
from opportune.playbook.reading import findings
from tests.unit.playbook.test_check_steps import MAIN


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("religion", "belief"),
        ("isPregnant", "health"),
        ("health_score", "health"),
        ("user.sexual_orientation", "sexual life"),
        ("traits.PoliticalParty", "political opinion"),
        ("is_union_member", "union membership"),
        ("HIVStatus", "health"),
    ],
)
def test_a_name_with_such_a_word_is_of_its_category(name: str, category: str) -> None:
    assert category_of(name) == category


@pytest.mark.parametrize(
    "name",
    [
        "orientation",
        "union_square_store",
        "trace_id",
        "reunion",
        "healthy",
        "grace",
        "embrace_7d",
        "plan",
        "communion",
        "x",
    ],
)
def test_a_word_that_only_holds_one_is_fine(name: str) -> None:
    assert category_of(name) is None


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"journeys/j.yaml": "journey: j\nenter: {on: Signed Up, where: religion = 'x'}\nsteps: [{send: hello}]\n"},
         "journeys/j.yaml:2"),
        ({"journeys/j.yaml": "journey: j\nenter: Signed Up\nsteps:\n  - send: hello\n    when: traits.pregnant\n"},
         "journeys/j.yaml:4"),
        ({"features.yaml": "sick: COUNT_IF(event = 'Seen' AND diagnosis = 'x')\n"}, "features.yaml:1"),
        ({"messages/hello.yaml": "message: hello\ntopic: news\nchannels: [email]\nworth: coalesce(health_index, 1)\n"},
         "messages/hello.yaml:1"),
    ],
)  # fmt: skip
def test_it_is_told_where_something_is_decided_by_it(files: dict[str, str], place: str) -> None:
    journey = {"journeys/j.yaml": "journey: j\nenter: Signed Up\nsteps: [{send: hello}]\n"}
    found = [each for each in findings({**MAIN, **journey, **files}) if "sensitive trait" in each.text]
    assert [(each.level, each.place) for each in found] == [("warning", place)]
