"""Where runs of earlier versions go, as a journey writes it."""

from collections.abc import Mapping

from opportune.journeys.moving import END
from opportune.playbook.problems import meant
from opportune.playbook.section import Section


def moves_of(section: Section, labels: Mapping[str, int]) -> dict[str, str]:
    """By name of a step in earlier versions: the name of one of these steps, or ``end``."""
    inner = section.section("moves", "moves")
    if inner is None:
        return {}
    moves = {name: inner.text(name) for name in inner.names()}
    for name, to in moves.items():
        if to != END and to not in labels:
            inner.wrong(name, f"moves: there is no step named {to!r}; {meant(to, (*labels, END))}")
    return moves
