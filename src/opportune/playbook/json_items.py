"""The JSON Schema of ``items.yaml``."""

from opportune.playbook.json_words import SPAN, TEXT, Shape, mapping, told
from opportune.playbook.read_items import MOST_EVENTS, MOST_PER_SECOND, MOST_TIES, PATH


def items_schema() -> Shape:
    """How users' events name items, and whom news of an item concerns."""
    path: Shape = {"type": "string", "pattern": f"^{PATH.pattern}$"}
    tie: dict[str, Shape] = {
        "event": told(TEXT, "the name of an event that ties a user to items"),
        "within": told(SPAN, "how far back it is looked for"),
        "at_least": {"type": "integer", "minimum": 1, "maximum": MOST_EVENTS, "description": "how often"},
    }
    alike: dict[str, Shape] = {
        "property": told(path, "what the event says that items can be held against"),
        "item": told(TEXT, "the field of items; left out, that of the same name"),
    }
    keys: dict[str, Shape] = {
        "id": told(path, "the property of users' events that names an item"),
        "concerns": _list_of(mapping(tie, required=["event", "within"])),
        "interest": _list_of(mapping({**tie, **alike}, required=["event", "within", "property"])),
        "per_second": {"type": "integer", "minimum": 1, "maximum": MOST_PER_SECOND, "description": "the pace"},
    }
    ties: list[Shape] = [{"required": [key]} for key in ("concerns", "interest")]
    return mapping(keys, required=["id"], anyOf=ties)


def _list_of(shape: Shape) -> Shape:
    return {"type": "array", "items": shape, "maxItems": MOST_TIES}
