"""Journeys that start themselves, or each other, again and again: by messages, by events, by traits."""

from collections.abc import Iterator, Mapping, Sequence

from opportune.playbook.causes import causes_of
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found
from opportune.playbook.hops import Hop, hops_of

_REMEDY = (
    "ask in 'where' or 'when' for what the others do not cause, enter on something that the user does, or say "
    "'reentry: once' in one of them"
)


def loop_findings(playbook: Playbook) -> Iterator[Finding]:
    """One for each circle of journeys: an error where nothing bounds it, a warning where time or a cooldown does."""
    hops = hops_of(playbook, {name: list(causes_of(playbook, each)) for name, each in playbook.journeys.items()})
    at_once = {name: [hop for hop in each if hop.bound == "none"] for name, each in hops.items()}
    told: list[frozenset[str]] = []
    for among in (at_once, hops):
        for name in sorted(playbook.journeys):
            circle = _circle(name, among)
            members = frozenset(hop.to for hop in circle)
            if circle and members not in told:
                told.append(members)
                yield _finding(playbook, circle)


def _finding(playbook: Playbook, circle: Sequence[Hop]) -> Finding:
    way = circle[-1].to + "".join(_told(playbook, hop) for hop in circle)
    who = "these journeys start each other" if len(circle) > 1 else "this journey starts itself"
    bounds = {hop.bound for hop in circle} - {"none"}
    if not bounds:
        return found(playbook, "error", f"journeys.{circle[-1].to}.enter", f"{who} again and again: {way}; {_REMEDY}")
    pace = "a cooldown slows it down" if bounds == {"pace"} else "only the time that passes slows it down"
    return found(playbook, "warning", f"journeys.{circle[-1].to}.enter", f"{who} for ever, {pace}: {way}; {_REMEDY}")


def _told(playbook: Playbook, hop: Hop) -> str:
    path = hop.cause.path
    return f" --{hop.cause.does} ({playbook.places.get(path, path)})--> {hop.to}"


def _circle(start: str, hops: Mapping[str, Sequence[Hop]]) -> list[Hop]:
    """A shortest way from the journey back to itself, or nothing."""
    ways: list[list[Hop]] = [[]]
    known: set[str] = set()
    while ways:
        way = ways.pop(0)
        for hop in hops[way[-1].to if way else start]:
            if hop.to == start:
                return [*way, hop]
            if hop.to not in known:
                known.add(hop.to)
                ways.append([*way, hop])
    return []
