"""What else was considered with a decision, and to whom it lost its turn."""

from collections.abc import Iterator

from msgspec import Struct

from opportune.policies.decision import Decision, Ending
from opportune.units import Micros
from opportune.wiring.around import Around
from opportune.wiring.plain_words import worth_of


class Considered(Struct, frozen=True):
    """Another message that was proposed to the same user at the same instant."""

    decision: str
    message: str
    journey: str
    worth_millionths: Micros
    code: str
    """``chosen``, or why it was silent."""


def considered(decision: Decision, around: Around) -> list[Considered]:
    """Those that are known, the most worth first."""
    found = [each for each in around.others(decision) if each.due == decision.due]
    found.sort(key=lambda each: (-each.worth, each.message, each.id))
    return [Considered(each.id, each.message, each.journey, each.worth, each.code) for each in found]


def rivals_said(decision: Decision, ending: Ending | None, around: Around) -> Iterator[str]:
    """To whom it lost, by how much, and what else was proposed."""
    winner, unit = _winner(decision, ending, around), around.unit
    if winner is not None:
        yield _lost(decision, ending, winner, unit)
    others = [each for each in considered(decision, around) if winner is None or each.decision != winner.id]
    if others:
        listed = ", ".join(
            f"{each.message} (worth {worth_of(each.worth_millionths, unit)}: {each.code})" for each in others
        )
        yield f"Also proposed at that instant: {listed}."


def _lost(decision: Decision, ending: Ending | None, winner: Decision, unit: str) -> str:
    own, name = worth_of(decision.worth, unit), f"{winner.message} of journey {winner.journey}"
    worth, by = worth_of(winner.worth, unit), winner.worth - decision.worth
    if decision.code != "outranked" and ending is not None:
        return f"Its place went to {name}, worth {worth}; this one was worth {own}."
    if by == 0:
        return f"It lost to {name}, worth as much, {worth}: then priority decides, and after it the order of names."
    return f"It lost to {name} by {worth_of(by, unit)}: that was worth {worth}, this one {own}."


def _winner(decision: Decision, ending: Ending | None, around: Around) -> Decision | None:
    """Whose turn it became; None unless there is only one that it can have been."""
    if decision.code == "outranked":
        found = [
            each
            for each in around.others(decision)
            if each.due == decision.due and each.worth >= decision.worth and _takes(each, around)
        ]
    elif ending is not None and ending.code == "displaced":
        found = [
            each for each in around.others(decision) if each.due == ending.at and _takes(each, around, is_any=True)
        ]
    elif ending is not None and ending.code == "queued_out":
        found = [each for each in around.others(decision) if _goes_at(each, ending, around)]
    else:
        return None
    return found[0] if len(found) == 1 else None


def _takes(rival: Decision, around: Around, *, is_any: bool = False) -> bool:
    return rival.chosen is not None and (is_any or around.may_be_marketing(rival))


def _goes_at(rival: Decision, lost: Ending, around: Around) -> bool:
    """Whether it waited for the same end of quiet hours and did not lose there."""
    if rival.chosen is None or rival.chosen.at != lost.at or not around.may_be_marketing(rival):
        return False
    ending = around.endings.get(rival.id)
    return ending is None or ending.at > lost.at or ending.outcome == "sent"
