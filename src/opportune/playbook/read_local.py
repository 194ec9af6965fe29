"""What a playbook says in words of a user's own clock: days of the week, wall times, offsets."""

from opportune.errors import UnitError
from opportune.features.local_time import WallTime, wall_time
from opportune.journeys.trigger import EVERY_DAY
from opportune.playbook.section import Section, described
from opportune.playbook.yaml_nodes import Items, Leaf, Node
from opportune.units import Millis, span_of

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MIDNIGHT = WallTime(0)
ACTIVE = WallTime(9 * 60), WallTime(21 * 60)
"""The hours that ``between: active`` means."""


def weekdays_of(section: Section, key: str) -> frozenset[int]:
    """The days of the week under this key, Monday is 0; every day if it says nothing."""
    if section.node(key) is None:
        return EVERY_DAY
    found: set[int] = set()
    for leaf in section.leaves(key):
        word = leaf.text.strip()
        if word not in WEEKDAYS:
            section.problems.add(leaf.place, f"{key} names days such as monday, not {described(leaf)}")
        elif WEEKDAYS.index(word) in found:
            section.problems.add(leaf.place, f"{key} names {word} twice; name it once")
        else:
            found.add(WEEKDAYS.index(word))
    if not section.leaves(key):
        section.wrong(key, f"{key} must name at least one day, such as [monday, thursday]")
    return frozenset(found) or EVERY_DAY


def wall_time_of(section: Section, key: str) -> WallTime | None:
    """The wall time under this key; None if it says nothing."""
    node = section.node(key)
    return None if node is None else _wall_time(node, key, section)


def window_of(section: Section, key: str) -> tuple[WallTime, WallTime]:
    """A window of wall times such as ``["20:00", "02:00"]``, or ``active``."""
    node = section.node(key)
    if isinstance(node, Leaf) and node.text.strip() == "active":
        return ACTIVE
    if not isinstance(node, Items) or len(node.nodes) != 2:
        shown = "nothing" if node is None else described(node)
        section.wrong(key, f'{key} must be active, or two wall times such as ["20:00", "02:00"], not {shown}')
        return ACTIVE
    start, end = (_wall_time(each, key, section) for each in node.nodes)
    if start == end:
        section.wrong(key, f"{key} from {start} to {end} is no time at all; leave it out if any time will do")
    return start, end


def offset_of(section: Section, key: str) -> Millis:
    """A span that may be negative, such as ``-3 days``; 0 if it says nothing."""
    node = section.node(key)
    if node is None:
        return 0
    said = node.text.strip() if isinstance(node, Leaf) else ""
    try:
        span = span_of(said.removeprefix("-"))
    except UnitError:
        section.wrong(key, f"{key} must be a span such as '3 days', or '-3 days' for before, not {described(node)}")
        return 0
    return -span if said.startswith("-") else span


def _wall_time(node: Node, key: str, section: Section) -> WallTime:
    try:
        return wall_time(node.text if isinstance(node, Leaf) else described(node))
    except UnitError as error:
        section.problems.add(node.place, f"{key}: {error}")
        return MIDNIGHT
