"""The whole playbook as values: what is read from a folder, and what can be built in Python, are the same thing."""

from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from opportune.draws import hash_of
from opportune.events.interactions import Schema
from opportune.features.attention_model import AttentionModel
from opportune.features.expression import Expression, reads
from opportune.features.feature import Feature, keys_read
from opportune.features.ledger import EVERY
from opportune.journeys.counting import counter_of
from opportune.journeys.expressions import of_step
from opportune.journeys.gathering import COLLECTED
from opportune.journeys.journey import Journey, Reentry
from opportune.journeys.lapsing import asked_of_runs
from opportune.journeys.making import ARM
from opportune.journeys.step import Digest, Send, WaitUntil
from opportune.messages.message import Message
from opportune.messages.template import PROVIDED, Template, checked, names_read
from opportune.playbook.items import Items
from opportune.playbook.watching import Watching
from opportune.policies.planned import Capacity
from opportune.policies.verbs import Policy
from opportune.units import DAY, Millis

CHANNELS = ("in_app", "push", "email", "sms", "webhook")
"""What messages can be sent on; ``webhook`` reaches whatever the operator has put behind it."""
DEFAULT_LATENESS: Millis = 3 * DAY
DEFAULT_SALT = "opportune"
_LATER: dict[str, object] = {
    "delivery": "once",
    "counted_from": "step",
    "condition": None,
    "on_not_sent": None,
    "labels": {},
    "moves": {},
    "at_end": "all",
    "worth_half_life": None,
}
"""Fields that came after playbooks were published, with the value of those that are silent on them."""


MADE = (ARM, COLLECTED)
"""How names begin that runs make themselves: no property of an entry event is kept under one."""
_SPELT = {"while_not_active": "always", "always": "each"}
"""How kinds of re-entry are spelt in the hash: as they were when the first playbooks were published."""


class ConsentGrant(Struct, frozen=True):
    """What grants consent on one channel, beside Consent Given and Consent Withdrawn events."""

    trait: str | None = None
    """A trait of the user that means yes when it is true."""
    topics: tuple[str, ...] = (EVERY,)
    """The topics the trait speaks of; ``*`` is every topic."""
    always: bool = False
    """The channel needs no consent at all, as the inbox inside the product."""


class Playbook(Struct, frozen=True):
    """Everything an author decides. Make one with ``playbook_of`` or read one with ``folder.load``."""

    zone: str
    """The zone of users of whom nothing better is known."""
    value: str
    """The unit of worth, such as EUR; empty where worth is a bare number."""
    salt: str
    """Mixed into every draw: another salt, another holdout."""
    lateness: Millis
    policies: tuple[Policy, ...]
    consents: dict[str, ConsentGrant]
    """By channel."""
    features: dict[str, Feature]
    """By name, each after those it reads."""
    journeys: dict[str, Journey]
    messages: dict[str, Message]
    templates: dict[tuple[str, str], Template]
    """By message and variant."""
    hash: str
    """16 hex digits that stand for all of the above, whatever its files, order of files, comments and white space."""
    schemas: dict[str, Schema] = {}
    """What events say, by name of event, as far as that is declared; it decides nothing."""
    places: dict[str, str] = {}
    """Where things are written, such as ``journeys.cart.steps[1]``: ``journeys/cart.yaml:9``; not part of the hash."""
    watch: Watching = Watching()
    """When complaints and unsubscribes pause a journey."""
    items: Items | None = None
    """Whom news of items concerns; None: nobody."""
    attention: AttentionModel | None = None
    """When users look, as it was trained; None: it was not."""
    capacity: Capacity | None = None
    """When messages go to many users at once, as it was planned; None: it was not."""

    @property
    def remembered(self) -> tuple[Feature, ...]:
        """The features, and what is counted beside them for triggers and to know whom items concern."""
        counters = [counter for each in self.journeys.values() if (counter := counter_of(each)) is not None]
        return (*self.features.values(), *counters, *(() if self.items is None else self.items.features()))


class Settings(Struct, frozen=True):
    """What holds for every journey and message: the file ``opportune.yaml``."""

    zone: str
    value: str = ""
    salt: str = DEFAULT_SALT
    lateness: Millis = DEFAULT_LATENESS
    policies: tuple[Policy, ...] = ()
    consents: dict[str, ConsentGrant] = {}
    schemas: dict[str, Schema] = {}
    """Of the file ``events.yaml``, by name of event."""
    watch: Watching = Watching()
    items: Items | None = None
    """Of the file ``items.yaml``."""
    attention: AttentionModel | None = None
    """Of the file ``models/send_time.json``."""
    capacity: Capacity | None = None
    """Of the file ``models/capacity.json``."""


def playbook_of(
    settings: Settings,
    *,
    journeys: Iterable[Journey] = (),
    messages: Iterable[Message] = (),
    templates: Mapping[tuple[str, str], Template] | None = None,
    features: Mapping[str, Feature] | None = None,
) -> Playbook:
    """The playbook of these definitions, in order of names, with its hash and with what each journey has to keep.

    Raises PlaybookError if a template cannot be used. ``check`` says what else is wrong with it.
    """
    said = {message.name: message for message in sorted(messages, key=lambda each: each.name)}
    words = {key: checked(template) for key, template in sorted((templates or {}).items())}
    kept = [_keeping(journey, said, words, features or {}) for journey in sorted(journeys, key=lambda each: each.name)]
    playbook = Playbook(
        zone=settings.zone,
        value=settings.value,
        salt=settings.salt,
        lateness=settings.lateness,
        policies=settings.policies,
        consents=dict(sorted(settings.consents.items())),
        features=dict(features or {}),
        journeys={journey.name: journey for journey in kept},
        messages=said,
        templates=words,
        hash="",
        schemas=dict(sorted(settings.schemas.items())),
        watch=settings.watch,
        items=settings.items,
        attention=settings.attention,
        capacity=settings.capacity,
    )
    return msgspec.structs.replace(playbook, hash=content_hash(playbook))


def content_hash(playbook: Playbook) -> str:
    """16 hex digits over what is defined, however it is written."""
    parts = {name: _canonical(getattr(playbook, name)) for name in playbook.__struct_fields__}
    del parts["hash"], parts["places"]
    if not playbook.schemas:
        del parts["schemas"]  # what declares no events keeps the hash that it was published under
    if playbook.watch == Watching():
        del parts["watch"]
    for name in ("items", "attention", "capacity"):
        if parts[name] is None:
            del parts[name]
    return hash_of("playbook", msgspec.json.encode(parts, order="sorted").decode()).hex()[:16]


def _canonical(value: object) -> object:
    """The value as JSON that is the same for the same meaning: expressions by their tree, sets and mappings sorted."""
    match value:
        case Expression():
            return _canonical(value.node)
        case Feature():
            return [value.name, _canonical(value.aggregate), _canonical(value.formula)]
        case Template():
            return [value.subject, value.text, value.html]
        case Reentry(kind) if kind in _SPELT:
            return _canonical_fields(value, {"kind": _SPELT[kind]})
        case Struct():
            return _canonical_fields(value, {})
        case dict():
            return {_key(key): _canonical(each) for key, each in value.items()}
        case frozenset() | set():
            return sorted(str(each) for each in value)
        case list() | tuple():
            return [_canonical(each) for each in value]
        case _:
            return value


def _canonical_fields(value: Struct, spelt: Mapping[str, str]) -> list[object]:
    fields = {name: getattr(value, name) for name in value.__struct_fields__} | dict(spelt)
    return [type(value).__name__, {name: _canonical(each) for name, each in fields.items() if _says(name, each)}]


def _says(name: str, value: object) -> bool:
    """Whether a field changes the hash: a playbook that is silent on it keeps the hash it was published under."""
    return name not in _LATER or value != _LATER[name]


def _key(key: object) -> str:
    return "/".join(str(part) for part in key) if isinstance(key, tuple) else str(key)


def _keeping(
    journey: Journey,
    messages: Mapping[str, Message],
    templates: Mapping[tuple[str, str], Template],
    features: Mapping[str, Feature],
) -> Journey:
    """The journey with the properties of its entry event that a later condition, worth or template could read."""
    names: set[str] = set()
    asked: set[str] = set()
    for expression in asked_of_runs(journey):
        names |= reads(expression).properties
        asked |= reads(expression).features
    for step in journey.steps:
        message = messages.get(step.message) if isinstance(step, Send) else None
        worth = (message.worth,) if message is not None and message.worth is not None else ()
        if isinstance(step, Digest):
            names |= set(step.collects)
        for expression in (*(() if isinstance(step, WaitUntil) else of_step(step)), *worth):
            names |= reads(expression).properties
            asked |= reads(expression).features
        if not isinstance(step, Send):
            continue
        for variant in message.variants if message else ():
            template = templates.get((step.message, variant))
            names |= names_read(template) - PROVIDED if template else frozenset()
    names = {name for name in names if not name.startswith(MADE)}
    keys = keys_read(asked | names, features)
    return msgspec.structs.replace(journey, keeps=tuple(sorted((names - set(features)) | keys)))
