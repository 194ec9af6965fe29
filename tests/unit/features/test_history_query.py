"""Steps that build on one another: as one SELECT, and when each is of no use any more."""

from opportune.features.history_query import Query, Step, every, own, quoted

STEPS = Query(
    (
        Step("one", "SELECT 1 AS x FROM events"),
        Step("two", "SELECT x FROM one", is_view=True),
        Step("three", "SELECT x FROM two\nJOIN one ON TRUE"),
        Step("four", "SELECT x FROM two JOIN three ON TRUE"),
        Step("answer", "SELECT x FROM four"),
    )
)


def test_a_step_is_of_no_use_after_the_last_that_reads_it_also_through_a_view() -> None:
    assert STEPS.last_uses() == {"one": [], "two": [], "three": [], "four": ["one", "three"], "answer": ["four"]}


def test_a_step_that_nobody_reads_goes_at_once() -> None:
    query = Query((Step("one", "SELECT 1"), Step("answer", "SELECT 2")))
    assert query.last_uses() == {"one": ["one"], "answer": []}


def test_all_steps_are_one_select() -> None:
    assert Query(STEPS.steps[:2]).text == "WITH one AS (\nSELECT 1 AS x FROM events\n)\nSELECT x FROM one"
    assert Query(STEPS.steps[:1]).text == "SELECT 1 AS x FROM events"


def test_names_are_columns_whatever_they_are_made_of() -> None:
    assert (quoted('a"b'), own("point"), every([])) == ('"a""b"', '"=point"', "TRUE")
