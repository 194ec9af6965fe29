"""A split that is read stands in the journey, and has the arm that is asked for."""

import pytest

from tests.unit.playbook.test_check_steps import told

SPLIT = """enter: Signed Up
steps:
  - split: tone
    arms:
      warm: {share: 50%}
      cold: {share: 50%}
  - send: hello
    when: CONDITION
"""


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("arm.tone = 'nope'", "split 'tone' has no arm 'nope', so arm.tone is never that; known: cold, warm"),
        ("NOT 'wram' = arm.tone", "split 'tone' has no arm 'wram', so arm.tone is never that; did you mean 'warm'?"),
        ("arm.tone IN ('warm', 'icy')", "split 'tone' has no arm 'icy', so arm.tone is never that; known: cold, warm"),
        ("properties.arm.tone = 'icy'", "split 'tone' has no arm 'icy', so arm.tone is never that; known: cold, warm"),
        ("arm.tome = 'warm'", "arm.tome: this journey has no split 'tome'; did you mean 'tone'?"),
        ("arm.look IS NULL AND arm.tone = 'warm'", "arm.look: this journey has no split 'look'; known: tone"),
    ],
)
def test_an_arm_or_a_split_that_is_not_there_is_one_error_with_those_that_are(condition: str, said: str) -> None:
    [finding] = told(SPLIT.replace("CONDITION", condition))
    assert (finding.level, finding.place, finding.text) == ("error", "journeys/j.yaml:8", said)


@pytest.mark.parametrize("condition", ["arm.tone = 'warm'", "arm.tone IN ('warm', 'cold')", "arm.tone IS NOT NULL"])
def test_an_arm_that_is_there_is_fine(condition: str) -> None:
    assert told(SPLIT.replace("CONDITION", condition)) == []


def test_in_a_journey_without_a_split_that_is_said() -> None:
    [finding] = told("enter: Signed Up\nsteps:\n  - send: hello\n    when: arm.tone = 'warm'\n")
    assert finding.text == "arm.tone: this journey has no split 'tone'; no split stands in this journey"


def test_in_several_rounds_it_is_said_once() -> None:
    steps = """enter: Signed Up
steps:
  - repeat:
      times: 3
      steps: [{wait: 1 day}, {send: hello, when: arm.tone = 'warm'}]
"""
    [finding] = told(steps)
    assert finding.text.startswith("arm.tone: this journey has no split")
