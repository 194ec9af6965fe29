"""One way to ask why, for the command, for HTTP and for Python."""

from pathlib import Path
from typing import Final, TypedDict, Unpack

from opportune.adapters.sources.asking import Question
from opportune.adapters.stores.reading import SqliteHistory
from opportune.ports import History
from opportune.units import Instant
from opportune.wiring.installed import installed
from opportune.wiring.looking import Looking
from opportune.wiring.why import Account, Where, about, found, why_decision
from opportune.wiring.why import why as why_user

MOST_TOLD: Final = 5
MOST_FOUND: Final = 50
"""Decisions of an answer about a user, and about everybody, unless it is said how many."""


def answered(history: History, question: Question, looking: Looking) -> Account | None:
    """What is asked; None if there is no decision with the id that is asked for."""
    if question.decision is not None:
        told = why_decision(history, question.decision, looking=looking)
        return None if told is None else about(told)
    most = question.limit or (MOST_FOUND if question.user is None else MOST_TOLD)
    where = Where(question.journey, question.code, question.since, question.until, most)
    if question.user is None:
        return found(history, where, question.message, most=most, looking=looking)
    return why_user(history, question.user, question.message, where=where, looking=looking)


class Asked(TypedDict, total=False):
    """What narrows a question down, by name."""

    decision: str
    journey: str
    code: str
    since: Instant
    until: Instant
    limit: int


def why(
    store: Path | str, user: str | None = None, message: str | None = None, **asked: Unpack[Asked]
) -> Account | None:
    """Why a user got a message, or did not, from the file of an engine, which may be running.

    Of a user, of one ``decision`` (None if there is none with this id), or without either of everybody, narrowed down
    by ``journey``, ``code`` (with which a decision ended), ``since`` and ``until`` (instants in [since, until));
    ``limit`` is how many decisions at most, newest first. Each has ``sentences``; the rest of its fields say the same
    to programs. Raises Unavailable if the file cannot be read, and EventError if ``since`` is not before ``until``.

    >>> account = opportune.why("opportune.db", "ann", "cart_reminder")
    >>> print(*account.decisions[0].sentences, sep="\\n")
    """
    question = Question(user=user, message=message, **asked)
    history = SqliteHistory(Path(store))
    try:
        with history.standing_still():
            return answered(history, question, Looking(installed()))
    finally:
        history.close()
