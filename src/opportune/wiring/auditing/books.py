"""The books balance: every decision has ended or waits for something, and every ending has its decision."""

from collections.abc import Iterator, Sequence

from opportune.policies.decision import Decision, Ending
from opportune.sending.outbox import OPEN, Row
from opportune.units import Instant
from opportune.wiring.auditing.found import Violation
from opportune.wiring.plain_words import clock_of


def stuck(decision: Decision, rows: Sequence[Row], clock: Instant) -> Iterator[Violation]:
    """One if a decision that has not ended waits for nothing: no attempt is under way and no instant lies ahead.

    ``clock``: the instant that the log has come to. What was accepted may wait for being seen.
    """
    if decision.chosen is None:
        yield _violation(decision, decision.due, f"the silence about {decision.message} has no ending.")
        return
    is_under_way = any(row.stage in OPEN or not row.is_logged for row in rows)
    is_shown = any(row.stage == "sent" for row in rows)
    if not is_under_way and not is_shown and decision.chosen.at < clock:
        planned = clock_of(decision.zone, decision.chosen.at)
        sentence = f"{decision.message} was planned for {planned}, and there is no attempt and no ending."
        yield _violation(decision, decision.chosen.at, sentence)


def without_decision(endings: Sequence[Ending]) -> Iterator[Violation]:
    """One for endings of a decision that is not on record."""
    for ending in endings[:1]:
        sentence = f"there is an ending {ending.outcome}/{ending.code}, and no decision that it ends."
        yield Violation("books", ending.decision, ending.user, ending.at, sentence)


def attempt_without_decision(row: Row) -> Iterator[Violation]:
    """One for an attempt of a decision that is not on record."""
    attempt = row.claim.attempt
    sentence = f"there is an attempt to send {attempt.message}, and no decision that asks for it."
    yield Violation("books", attempt.decision, attempt.user, attempt.at, sentence)


def _violation(decision: Decision, at: Instant, sentence: str) -> Violation:
    return Violation("books", decision.id, decision.user, at, sentence)
