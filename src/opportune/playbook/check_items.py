"""News of items that nobody would get: a journey waits for it, and ``items.yaml`` does not say whom it concerns."""

from collections.abc import Iterator, Mapping

from opportune.events.names import ITEM_NEWS, ITEM_PUBLISHED
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found


def item_findings(playbook: Playbook, used: Mapping[str, str]) -> Iterator[Finding]:
    """``used`` are the names of events that the playbook uses, each with where."""
    items = playbook.items
    said = {"interest": items and items.interest, "concerns": items and items.concerns}
    for name, path in sorted(used.items()):
        part = "interest" if name == ITEM_PUBLISHED else "concerns"
        if name in ITEM_NEWS and not said[part]:
            text = f"{name!r} is told to nobody: items.yaml has no {part!r}, which says whom it concerns"
            yield found(playbook, "warning", path, text)
    if items is not None and not ITEM_NEWS & used.keys():
        text = f"no journey uses what items tell: {', '.join(sorted(ITEM_NEWS))}"
        yield found(playbook, "note", "items", text)
