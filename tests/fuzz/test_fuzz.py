"""Every parser keeps its law: of the items of its corpus, and of some thousands made of them, the same in every run."""

import pytest

from tests.fuzz.choices import Choices
from tests.fuzz.exploring import explored
from tests.fuzz.planted import FAULTS, executions_to
from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_leaves_a_parser_but_what_the_reference_names(name: str) -> None:
    watch = explored(name, seed=1, executions=TARGETS[name].executions)
    wrong = [each for each in watch.findings.values() if not each.ms]
    assert not wrong, "\n".join(f"{each.what}: {each.said}\n    {each.item!r}" for each in wrong)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_is_put_into_a_parser_is_found(fault: str) -> None:
    assert executions_to(fault, seed=1, most=6_000) is not None


def test_choices_end_and_stay_within_what_is_offered() -> None:
    choices = Choices(b"\xff\x00\x02ab")
    assert choices.one("abc") == "abc"[255 % 3]
    assert (choices.below(10), choices.text(10)) == (0, "ab")
    assert choices.is_over and choices.one("xyz") == "x" and choices.some(lambda: 1, 9) == [] and not choices.flag()
