"""Names in a question that no decision has: probably mistyped, so what was meant is said."""

from collections.abc import Iterable, Mapping
from typing import Final

from opportune.playbook.problems import meant
from opportune.policies.verbs import Policy
from opportune.ports import History
from opportune.wiring.looking import Looking
from opportune.wiring.plain_words import REASONS

MOST_PLAYBOOKS: Final = 20
"""How many playbooks, the newest, are looked through for journeys."""
_ANSWERED: Final = ("smtp_", "http_")
"""How codes begin that a server has answered."""


def unheard_of(history: History, journey: str | None, code: str | None, looking: Looking) -> str:
    """A sentence about each of the two that neither a decision has nor anything that could give it to one.

    Empty if there is nothing to say; else it begins with a space.
    """
    said = ""
    if journey is not None and not history.decisions_where(journey=journey, limit=1):
        said += _unknown("journey", journey, _journeys(history, looking))
    if code is not None and not code.startswith(_ANSWERED) and not history.decisions_where(code=code, limit=1):
        said += _unknown("code", code, _codes(looking.policies))
    return said


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = set(known)
    hint = f"; {meant(name, names)}" if names else "."
    return "" if name in names else f" No decision has the {what} {name!r}{hint}"


def _journeys(history: History, looking: Looking) -> set[str]:
    """Of the playbooks that were published last."""
    hashes = list(dict.fromkeys(each.playbook for each in reversed(history.published())))[:MOST_PLAYBOOKS]
    playbooks = (looking.playbook(history, name) for name in hashes)
    return {name for each in playbooks if each is not None for name in each.journeys}


def _codes(policies: Mapping[str, type[Policy]]) -> set[str]:
    """Those of this engine, and those that the policies installed beside it say they give."""
    return {*REASONS, *(code for each in policies.values() for code in getattr(each, "codes", ()))}
