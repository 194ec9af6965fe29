"""Every parser keeps its law: of the items of its corpus, and of some thousands made of them, the same in every run."""

import pytest

from tests.fuzz import corpus
from tests.fuzz.choices import Choices
from tests.fuzz.exploring import Watch, explored, seeds
from tests.fuzz.mutating import mutated
from tests.fuzz.targets import TARGETS, Target


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_leaves_a_parser_but_what_the_reference_names(name: str) -> None:
    watch = explored(name, seed=1, executions=TARGETS[name].executions)
    wrong = [each for each in watch.findings.values() if not each.ms]
    assert not wrong, "\n".join(f"{each.what}: {each.said}\n    {each.item!r}" for each in wrong)


def test_a_fault_in_a_parser_is_found() -> None:
    def law(item: bytes) -> None:
        if item.startswith(b"2026-") and item[5:7] == b"13":
            raise OverflowError("there are 12 months")

    def made_of_instants(executions: int) -> Watch:
        from random import Random

        random, watch, kept = Random(3), Watch(Target("instant", law), found=lambda finding: None), seeds("instant")
        for _ in range(executions):
            watch.ask(mutated(random.choice(kept), random, shape="words", words=corpus.words("instant"), others=kept))
        return watch

    [finding] = made_of_instants(20_000).findings.values()
    assert finding.what.startswith("OverflowError in ") and finding.item[5:7] == b"13"


def test_choices_end_and_stay_within_what_is_offered() -> None:
    choices = Choices(b"\xff\x00\x02ab")
    assert choices.one("abc") == "abc"[255 % 3]
    assert (choices.below(10), choices.text(10)) == (0, "ab")
    assert choices.is_over and choices.one("xyz") == "x" and choices.some(lambda: 1, 9) == [] and not choices.flag()
