"""When a message was planned, begun and accepted, as the outbox and the log know it."""

import pytest
from msgspec.structs import replace

from opportune.policies.decision import Chosen, Ending
from opportune.sending.outbox import Claim, Row, Stage
from opportune.units import DAY, MINUTE, SECOND
from opportune.wiring.hand_over import HandOver, hand_over_of, hand_over_said
from tests.contracts.made import NOW, attempt, decision

PLANNED = replace(decision("d1"), chosen=Chosen("email", "default", NOW), code="chosen", zone="Europe/Berlin")
SENT = Ending("d1", "ann", "sent", "sent", NOW + 9 * SECOND)


def row(*, at: int = NOW, accepted: int | None = None) -> Row:
    stage: Stage = "claimed" if accepted is None else "sent"
    return Row(Claim(replace(attempt("d1"), at=at), 1), stage=stage, at=accepted)


def test_a_silence_is_handed_over_to_nobody() -> None:
    assert hand_over_of(decision("d1"), None, []) is None


def test_what_has_not_been_begun_is_only_planned() -> None:
    assert hand_over_of(PLANNED, None, []) == HandOver(NOW, None, None, None)


def test_the_last_attempt_counts_and_its_answer_is_when_it_was_accepted() -> None:
    rows = [row(at=NOW), row(at=NOW + 2 * MINUTE, accepted=NOW + 3 * MINUTE)]
    assert hand_over_of(PLANNED, SENT, rows) == HandOver(NOW, NOW + 2 * MINUTE, NOW + 3 * MINUTE, 3 * MINUTE)


def test_without_an_outbox_the_ending_says_when_it_was_accepted() -> None:
    assert hand_over_of(PLANNED, SENT, []) == HandOver(NOW, None, NOW + 9 * SECOND, 9 * SECOND)
    ended = Ending("d1", "ann", "not_sent", "exited", NOW)
    assert hand_over_of(PLANNED, ended, [row(at=NOW)]) == HandOver(NOW, NOW, None, 0)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (None, []),
        (HandOver(NOW, NOW, NOW + 59 * SECOND, 59 * SECOND), []),
        (HandOver(NOW, None, None, None), []),
        (
            HandOver(NOW, NOW, NOW + 90 * SECOND, 90 * SECOND),
            ["It was planned for Mon 21 Sep 16:13:20, begun at that very instant, accepted 1 minute later."],
        ),
        (
            HandOver(NOW, NOW + DAY, NOW + DAY + 300, DAY + 300),
            ["It was planned for Mon 21 Sep 16:13:20, begun 1 day later, accepted 1 day later."],
        ),
    ],
)
def test_it_is_told_where_it_came_a_minute_late(found: HandOver | None, said: list[str]) -> None:
    assert list(hand_over_said(PLANNED, found)) == said
