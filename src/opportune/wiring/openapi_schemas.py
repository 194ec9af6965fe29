"""The forms in which the description at ``/openapi.json`` is written down, and what the engine's structs look like."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Raw, Struct

from opportune.adapters.sources.admin import Granted
from opportune.adapters.sources.admin_requests import StatedWish
from opportune.adapters.sources.hooks_told import Told as HookTold
from opportune.adapters.sources.http_answer import Answer
from opportune.adapters.sources.importing import Imported, Marks
from opportune.adapters.sources.inbox import Listed
from opportune.adapters.sources.items import Fed
from opportune.adapters.sources.json_answer import Refused
from opportune.adapters.sources.publications import StatedPlaybook, StatedRollback
from opportune.adapters.sources.redriving import Redriven
from opportune.events.batch import DEFAULT, Wrapper
from opportune.events.wire import Call
from opportune.policies.decision import Chosen, Decision, Seen, Verdict
from opportune.policies.timing import Slot, Timing
from opportune.wiring.administration import Letter, camel
from opportune.wiring.portable import Portable
from opportune.wiring.publication_acts import PublicationAnswer, PublicationList
from opportune.wiring.timeline import Page
from opportune.wiring.user_view import UserView
from opportune.wiring.why import Account
from opportune.wiring.why import Told as WhyTold

Schema: TypeAlias = dict[str, Any]
_PLACE: Final = "#/components/schemas/"
_SHOWN: Final = (
    *(Answer, Fed, Granted, Imported, Letter, Listed, Marks, Page, Portable, PublicationAnswer, PublicationList),
    *(Redriven, Refused, StatedPlaybook, StatedRollback, StatedWish, UserView),
)
"""What stands in bodies as it is; all that they hold comes with them."""
_NAMED: Final = (Account, WhyTold)
"""What is shown with all fields by name, whatever form it is kept in; called ``Why...`` here."""
_KEPT_SHORT: Final = {each.__name__: each for each in (Chosen, Decision, Seen, Slot, Timing, Verdict)}
"""Those of them that are kept as arrays."""
DONE: Final[Schema] = {"type": "object", "properties": {"success": {"const": True}}, "required": ["success"]}
OBJECT: Final[Schema] = {"type": ["object", "null"]}


class Content(Struct, frozen=True):
    """A body: what it is, in which form."""

    tells: str
    kind: str
    schema: Schema | None = None
    example: object = None


class Codes(Struct, frozen=True):
    """A refusal with one of these codes; without any, with one that the reference lists under EventError."""

    codes: tuple[str, ...] = ()


Answers: TypeAlias = Mapping[int, Sequence[Content] | Codes | str]
"""By status: the forms a body may have, a refusal, or what an answer without a body tells."""


class Operation(Struct, frozen=True, kw_only=True):
    """What one path answers to these methods."""

    path: str
    methods: tuple[str, ...]
    tells: str
    tag: str
    answers: Answers
    who: tuple[str, ...] = ()
    """The kinds of keys of which one is needed; none: whoever knows the address."""
    query: tuple[Schema, ...] = ()
    body: Content | None = None


def components() -> Schema:
    """The schemas of all structs, by name."""
    why = {name: _by_name(name, schema) for name, schema in _schemas(_NAMED, "Why").items()}
    shown, hooks = _schemas(_SHOWN, ""), _schemas((HookTold,), "Hook")
    read: Schema = {"Call": _read(Call), "Wrapper": _read(Wrapper) | {"required": ["batch"]}}
    read["Wrapper"]["properties"]["batch"] = {"type": "array", "maxItems": DEFAULT.batch_calls}
    return read | {
        f"{prefix}{name}": schema
        for prefix, of_all in (("", shown), ("Hook", hooks), ("Why", why))
        for name, schema in of_all.items()
    }


def referred(struct: type, prefix: str = "") -> Schema:
    """The place of this struct among the components."""
    return {"$ref": f"{_PLACE}{prefix}{struct.__name__}"}


def _schemas(structs: Sequence[type], prefix: str) -> Schema:
    return msgspec.json.schema_components(structs, ref_template=f"{_PLACE}{prefix}{{name}}")[1]


def _read(struct: type[Struct]) -> Schema:
    """A body that is read leniently: every field may be left out, what is kept raw is an object."""
    fields = {each.encode_name: _field(each.type) for each in msgspec.structs.fields(struct)}
    return {"title": struct.__name__, "description": struct.__doc__, "type": "object", "properties": fields}


def _field(kind: object) -> Schema:
    return OBJECT if kind is Raw else msgspec.json.schema(kind)


def _by_name(name: str, schema: Schema) -> Schema:
    """The schema with its fields by name, as ``named`` shows them."""
    if "prefixItems" in schema:
        shown = dict(zip(_KEPT_SHORT[name].__struct_fields__, schema["prefixItems"], strict=True))
        told = {"title": name, "description": schema["description"], "type": "object"}
    else:
        shown, told = schema["properties"], schema
    return told | {"properties": {camel(key): each for key, each in shown.items()}, "required": list(map(camel, shown))}
