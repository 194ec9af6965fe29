"""What ``items.yaml`` says: how users' events name items, and whom news of an item concerns."""

import re
from collections.abc import Iterator
from typing import Final

from opportune.events.item import RESERVED
from opportune.playbook.items import Items, Tie
from opportune.playbook.section import Section, described, section_of
from opportune.playbook.yaml_nodes import Items as Listed
from opportune.units import DAY, MINUTE, in_words

MOST_TIES: Final = 20
"""Of each of ``concerns`` and ``interest``."""
MOST_PER_SECOND: Final = 100_000
MOST_EVENTS: Final = 1_000
"""That a tie may ask for."""
LONGEST: Final = 366 * DAY
"""How far back a tie may look."""
PATH: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
"""How a property is named."""


def items_of(section: Section, places: dict[str, str]) -> Items:
    """The items that a section declares; ``places`` learns where each tie stands."""
    known = _path(section, "id", "product_id")
    if known in RESERVED - {"item"}:
        section.wrong("id", f"news of items gives {known} a meaning of its own; let events name items by another")
    found = Items(
        known,
        concerns=tuple(_concerns(section, known, places)),
        interest=tuple(_interest(section, places)),
        per_second=section.whole("per_second", Items("").per_second, least=1, most=MOST_PER_SECOND),
    )
    places["items"] = str(section.place)
    if not found.ties and not section.problems:
        section.problems.add(
            section.place, "items needs 'concerns' or 'interest': without them no news reaches anybody"
        )
    section.close()
    return found


def _concerns(section: Section, known: str, places: dict[str, str]) -> Iterator[Tie]:
    for inner in _listed(section, "concerns", places):
        yield _tie(inner, known or "id", "id")


def _interest(section: Section, places: dict[str, str]) -> Iterator[Tie]:
    for inner in _listed(section, "interest", places):
        path = _path(inner, "property", "category")
        yield _tie(inner, path, inner.text("item") or path)


def _tie(inner: Section, path: str, item: str) -> Tie:
    tie = Tie(
        inner.text("event", example="Product Viewed"),
        path,
        within=inner.span("within"),
        at_least=inner.whole("at_least", 1, least=1, most=MOST_EVENTS),
        item=item,
    )
    if tie.within > LONGEST:
        inner.wrong("within", f"within is at most {in_words(LONGEST)}, not {in_words(tie.within)}")
    elif 1 < tie.within < MINUTE:
        inner.wrong("within", f"within is at least a minute, not {in_words(tie.within)}: it is looked at later")
    inner.close()
    return tie


def _listed(section: Section, key: str, places: dict[str, str]) -> Iterator[Section]:
    """The mappings of a list."""
    node = section.node(key)
    if node is None:
        return
    if not isinstance(node, Listed):
        section.wrong(key, f"{key} must be a list, such as [{{event: Product Viewed, within: 30 days}}]")
        return
    if len(node.nodes) > MOST_TIES:
        section.wrong(key, f"{key} lists at most {MOST_TIES} events, not {len(node.nodes)}")
    for place, each in enumerate(node.nodes[:MOST_TIES]):
        inner = section_of(each, section.problems, f"{key}[{place}]")
        if inner is not None:
            places[f"items.{key}[{place}]"] = str(inner.place)
            yield inner


def _path(section: Section, key: str, example: str) -> str:
    path = section.text(key, example=example)
    if path and PATH.fullmatch(path) is None:
        node = section.node(key)
        shown = described(node) if node is not None else "nothing"
        section.wrong(key, f"{key} must name a property, such as {example} or product.id, not {shown}")
        return ""
    return path
