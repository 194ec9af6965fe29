"""Policies and consent grants as written in ``opportune.yaml``."""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from opportune.errors import PlaybookError, UnitError
from opportune.features.ledger import EVERY
from opportune.features.local_time import WallTime, wall_time
from opportune.playbook.definition import CHANNELS, ConsentGrant
from opportune.playbook.problems import Problems, meant
from opportune.playbook.section import Section, described, section_of, share_at, span_at
from opportune.playbook.yaml_nodes import Branch, Items, Leaf, Node, Place, loose
from opportune.policies.verbs import Policy


def policies_of(
    node: Node | None, known: Mapping[str, type[Policy]], problems: Problems, places: dict[str, str]
) -> tuple[Policy, ...]:
    """The policies of a list such as ``[holdout: {share: 5%}, quiet_hours: {...}]``, in its order."""
    if node is None:
        return ()
    if not isinstance(node, Items):
        problems.add(node.place, f"policies must be a list such as '- holdout: {{share: 5%}}', not {described(node)}")
        return ()
    policies: list[Policy] = []
    for each in node.nodes:
        named = _named(each, problems)
        if named is None:
            continue
        name, place, settings = named
        if name not in known:
            problems.add(place, f"there is no policy {name!r}; {meant(name, known)}")
            continue
        policy = _policy(known[name], name, settings, place=place, problems=problems)
        if policy is not None:
            places[f"policies[{len(policies)}]"] = str(place)
            policies.append(policy)
    return tuple(policies)


def consents_of(section: Section | None, places: dict[str, str]) -> dict[str, ConsentGrant]:
    """What grants consent, by channel: ``always``, or ``{trait: email_opt_in, topics: all}``."""
    grants: dict[str, ConsentGrant] = {}
    for channel in CHANNELS if section else ():
        node = section.node(channel) if section else None
        if section is None or node is None:
            continue
        places[f"consent.{channel}"] = str(section.at(channel))
        if isinstance(node, Leaf):
            if node.text != "always":
                section.wrong(channel, f"{channel} must be 'always' or name a trait, not {described(node)}")
            grants[channel] = ConsentGrant(always=True)
            continue
        inner = section_of(node, section.problems, f"consent.{channel}")
        if inner is not None:
            topics = inner.texts("topics") or ("all",)
            every = (EVERY,) if "all" in topics else topics
            grants[channel] = ConsentGrant(inner.text("trait", example="email_opt_in"), every)
            inner.close()
    if section is not None:
        section.close()
    return grants


def _named(node: Node, problems: Problems) -> tuple[str, Place, Branch] | None:
    """The one name in an item of the list, its place, and its settings."""
    if isinstance(node, Leaf) and node.text:
        return node.text, node.place, Branch({}, {}, node.place)
    if not isinstance(node, Branch) or len(node.nodes) != 1:
        problems.add(
            node.place,
            f"a policy is one name with its settings, such as 'holdout: {{share: 5%}}', not {described(node)}",
        )
        return None
    [(name, settings)] = node.nodes.items()
    place = node.places[name]
    if isinstance(settings, Leaf) and settings.value is None:
        return name, place, Branch({}, {}, place)
    if isinstance(settings, Branch):
        return name, place, settings
    problems.add(place, f"{name} takes settings such as {{share: 5%}}, not {described(settings)}")
    return None


def _policy(kind: type[Policy], name: str, settings: Branch, *, place: Place, problems: Problems) -> Policy | None:
    before = len(problems)
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    values: dict[str, object] = {kind.__struct_config__.tag_field or "type": kind.__struct_config__.tag}
    for key, node in settings.nodes.items():
        if key not in fields:
            problems.add(settings.places[key], f"{name} has no {key!r}; {meant(key, fields)}")
        else:
            values[key] = _setting(node, fields[key].type, key, problems)
    for key, field in fields.items():
        if key not in settings.nodes and field.required:
            problems.add(place, f"{name} needs {key!r}")
    if len(problems) > before:
        return None
    try:
        return msgspec.convert(values, kind, strict=True)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at `$.")
        key = path.rstrip("`").partition("[")[0].partition(".")[0]
        problems.add(settings.places.get(key, place), _refusal(reason, key or name, settings.nodes.get(key)))
    except PlaybookError as error:
        problems.add(place, f"{name}: {error}")
    return None


def _refusal(reason: str, key: str, node: Node | None) -> str:
    """The converter's complaint in words: ``at_most must be a whole number >= 1, not '0'``."""
    wanted = reason.partition(", got")[0].removeprefix("Expected ")
    for name, words in (
        ("`int`", "a whole number"),
        ("`array`", "a list"),
        ("`str`", "text"),
        ("`bool`", "true or false"),
    ):
        wanted = wanted.replace(name, words)
    wanted = wanted.replace("`", "")
    given = f", not {described(node)}" if node is not None else ""
    return f"{key} must be {wanted}{given}" if reason.startswith("Expected ") else f"{key}: {reason}{given}"


def _setting(node: Node, kind: object, key: str, problems: Problems) -> object:
    """The node as the value its field's unit asks for: spans, shares and wall times are read from their text."""
    if isinstance(node, Leaf) and node.text in words_in(kind):
        return node.text
    if get_origin(kind) is Literal:
        known = [str(each) for each in words_in(kind)]
        problems.add(node.place, f"{key} must be {' or '.join(known)}, not {described(node)}")
        return loose(node)
    match unit_of(kind):
        case "span":
            return span_at(node, key, problems)
        case "share":
            return share_at(node, key, problems)
    if kind is WallTime:
        try:
            return wall_time(node.text if isinstance(node, Leaf) else described(node))
        except UnitError as error:
            problems.add(node.place, f"{key}: {error}")
    return loose(node)


def unit_of(kind: object) -> str:
    """The unit a field's annotation names, also inside a union; empty if none."""
    if get_origin(kind) is Annotated:
        metas = [each for each in get_args(kind)[1:] if isinstance(each, Meta) and each.extra]
        return next((str(each.extra["unit"]) for each in metas if each.extra and "unit" in each.extra), "")
    return next((unit for unit in map(unit_of, members_of(kind)) if unit), "")


def words_in(kind: object) -> tuple[object, ...]:
    """The literal words a field takes."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(word for each in members_of(kind) for word in words_in(each))


def members_of(kind: object) -> tuple[object, ...]:
    """The members of a union; nothing of all else."""
    return get_args(kind) if get_origin(kind) in _UNIONS else ()


_UNIONS = {get_origin(int | None), get_origin(Annotated[int, 0] | Literal["a"])}
