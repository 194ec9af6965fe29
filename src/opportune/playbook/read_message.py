"""A message as written in ``messages/*.yaml``, with the templates of its variants."""

from collections.abc import Mapping
from posixpath import dirname, join, normpath
from typing import Literal

from opportune.errors import ConditionError, PlaybookError
from opportune.features.condition import number
from opportune.features.expression import Expression, Kind
from opportune.messages.message import AT_LEAST_ONCE, Message
from opportune.messages.template import Template, checked, template_of
from opportune.playbook.definition import CHANNELS
from opportune.playbook.problems import meant
from opportune.playbook.section import Section
from opportune.playbook.yaml_nodes import Branch, Leaf
from opportune.units import DAY

MessageKind = Literal["marketing", "transactional", "internal"]
MESSAGE_KINDS: dict[str, MessageKind] = {
    "marketing": "marketing", "transactional": "transactional", "internal": "internal"
}  # fmt: skip
INTERNAL_CHANNELS = ("webhook",)
INTERNAL_TOPIC = "internal"
"""The topic of internal messages that name none: nobody is asked for consent to them."""
DELIVERIES: dict[str, Literal["once", "at_least_once"]] = {"once": "once", "at_least_once": "at_least_once"}


def message_of(section: Section, features: Mapping[str, Kind], variants: Mapping[str, str]) -> Message:
    """The message this section writes; its variants are read by ``variant_files``."""
    kind = section.choice("kind", MESSAGE_KINDS, "marketing")
    is_marketing, is_internal = kind == "marketing", kind == "internal"
    obeys = not is_internal and section.flag("obeys", is_marketing)
    if is_marketing and not obeys:
        section.wrong("obeys", "obeys: false is for transactional messages only; marketing keeps to caps and gaps")
    delivery = section.choice("delivery", DELIVERIES, "once")
    if is_marketing and delivery == "at_least_once":
        section.wrong("delivery", AT_LEAST_ONCE)
    return Message(
        name=section.text("message", example="cart_reminder"),
        channels=_called(section) if is_internal else _channels(section),
        topic=(section.text("topic") or INTERNAL_TOPIC) if is_internal else section.text("topic", example="cart"),
        kind=kind,
        useful_for=section.span("useful_for", DAY),
        worth_half_life=section.span("half_life", 0) or None,
        worth=_worth(section, features),
        priority=section.whole("priority", 50, least=0, most=100),
        variants=tuple(sorted(variants)),
        obeys=obeys,
        counts=not is_internal and section.flag("counts", is_marketing),
        delivery=delivery,
    )


def variant_files(section: Section, folder: Mapping[str, str]) -> dict[str, str]:
    """The template file of each variant, by the variant's name.

    ``variants: {plain: cart.plain.liquid}`` names them beside the message's own file; left out, there is one variant
    ``default`` in the file of the message's own name.
    """
    base = dirname(section.place.file)
    node = section.node("variants")
    if node is None:
        name = section.text("message")
        named = {"default": (f"{name}.liquid", section.place)} if name else {}
    elif isinstance(node, Branch):
        named = {
            variant: (leaf.text if isinstance(leaf, Leaf) else "", leaf.place) for variant, leaf in node.nodes.items()
        }
    else:
        section.wrong("variants", "variants must be a mapping such as {plain: cart.plain.liquid}")
        return {}
    if not named:
        section.wrong("variants", "a message needs at least one variant")
    files: dict[str, str] = {}
    for variant, (file, place) in named.items():
        path = normpath(join(base, file)) if file else ""
        if path in folder and path.endswith(".liquid"):
            files[variant] = path
        else:
            known = [each.removeprefix(f"{base}/") for each in folder if each.endswith(".liquid")]
            section.problems.add(place, f"there is no template {file!r} beside this file; {meant(file, known)}")
    return files


def templates_of(section: Section, variants: Mapping[str, str], folder: Mapping[str, str]) -> dict[str, Template]:
    """The template of each variant, fit for the message's channels."""
    templates: dict[str, Template] = {}
    for variant, file in variants.items():
        with section.problems.kept():
            template = checked(template_of(folder[file], file))
            if "email" in section.texts("channels") and not template.subject:
                raise PlaybookError(f"{file}:1: an email needs a subject: begin with 'subject: ...' and a line '---'")
            templates[variant] = template
    return templates


def _called(section: Section) -> tuple[str, ...]:
    """The channel of an internal message, named or not."""
    if section.node("channels") is not None and section.texts("channels") != INTERNAL_CHANNELS:
        section.wrong("channels", "an internal message is a call to our own systems: its channels are [webhook]")
    return INTERNAL_CHANNELS


def _channels(section: Section) -> tuple[str, ...]:
    leaves = section.leaves("channels")
    if not leaves:
        section.missing("channels", "'channels: [push, email]'")
    channels: list[str] = []
    for leaf in leaves:
        if leaf.text not in CHANNELS:
            section.problems.add(leaf.place, f"there is no channel {leaf.text!r}; there are {', '.join(CHANNELS)}")
        elif leaf.text in channels:
            section.problems.add(leaf.place, f"channel {leaf.text!r} stands twice; name it once")
        else:
            channels.append(leaf.text)
    return tuple(channels)


def _worth(section: Section, features: Mapping[str, Kind]) -> Expression | None:
    text = section.text("worth")
    if not text:
        return None
    try:
        return number(text, features=features)
    except ConditionError as error:
        section.wrong("worth", f"worth: {error}")
        return None
