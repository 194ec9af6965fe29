"""A playbook from the texts of its files: pure text in, a playbook or all of its problems out."""

import re
from collections.abc import Mapping

import msgspec

from opportune.errors import ConditionError, PlaybookError
from opportune.events.interactions import Schema
from opportune.features.feature import Feature, features_from, kinds
from opportune.features.local_time import zone_named, zone_names
from opportune.journeys.journey import Journey
from opportune.messages.message import Message
from opportune.messages.template import Template
from opportune.playbook.check import Finding, check
from opportune.playbook.definition import DEFAULT_LATENESS, DEFAULT_SALT, Playbook, Settings, playbook_of
from opportune.playbook.problems import Problems, meant
from opportune.playbook.read_events import schemas_of
from opportune.playbook.read_items import items_of
from opportune.playbook.read_journey import JourneyReader
from opportune.playbook.read_message import message_of, templates_of, variant_files
from opportune.playbook.read_models import FOLDER, attention_of, capacity_of, check_folder
from opportune.playbook.read_policies import consents_of, policies_of
from opportune.playbook.read_segments import check_segments, segment_texts
from opportune.playbook.read_watching import watching_of
from opportune.playbook.section import Section, section_of
from opportune.playbook.yaml_nodes import Node, parse
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.units import Instant

FORMAT = 1
"""The version of the form that playbooks are written in."""
MAIN, FEATURES, SEGMENTS, EVENTS, ITEMS = "opportune", "features", "segments", "events", "items"
ENDINGS = (".yaml", ".yml", ".json")
_SOLE = (MAIN, FEATURES, SEGMENTS, EVENTS, ITEMS)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


def playbook_from(files: Mapping[str, str], *, policies: Mapping[str, type[Policy]] = SHIPPED) -> Playbook:
    """The playbook these files write; ``files`` are texts by name, such as ``journeys/cart.yaml``.

    Raises PlaybookError with a line for each problem, of reading and of ``check``: file, line, what is wrong and what
    would be right.
    """
    problems = Problems()
    playbook = _Reader(files, policies, problems).playbook()
    problems.raise_any()
    if playbook is None:
        raise PlaybookError("opportune.yaml: a playbook needs this file")
    for finding in check(playbook):
        if finding.level == "error":
            problems.add(finding.place, finding.text)
    problems.raise_any()
    return playbook


def findings(
    files: Mapping[str, str],
    *,
    policies: Mapping[str, type[Policy]] = SHIPPED,
    seen: frozenset[str] = frozenset(),
    now: Instant | None = None,
) -> list[Finding]:
    """Everything there is to say of these files; of ones that cannot be read, only what stands in the way.

    Without ``now`` nothing is said of how old anything is.
    """
    problems = Problems()
    playbook = _Reader(files, policies, problems).playbook()
    if playbook is not None:
        return check(playbook, seen, now=now)
    return [_finding(line) for line in problems]


def _finding(line: str) -> Finding:
    place, _, text = line.partition(": ")
    return Finding("error", place, text)


class _Reader:
    """Reads the files of one playbook, in the order in which they need each other."""

    def __init__(self, files: Mapping[str, str], policies: Mapping[str, type[Policy]], problems: Problems) -> None:
        self._files = files
        self._policies = policies
        self._problems = problems
        self._places: dict[str, str] = {}
        self._texts = {name: files[name] for name in sorted(files) if name.endswith(".liquid")}
        self._nodes = self._parsed()

    def playbook(self) -> Playbook | None:
        """The playbook, or None if there are problems."""
        main = self._sole(MAIN, "zone: Europe/Berlin")
        features = self._features()
        messages, templates = self._messages(features)
        journeys = self._journeys(features)
        schemas = self._schemas()
        told = self._sole(ITEMS, "")
        items = None if told is None else items_of(told, self._places)
        attention = attention_of(self._files, self._problems)
        capacity = capacity_of(self._files, self._problems)
        check_folder(self._files, self._problems)
        settings = self._settings(main) if main is not None else None
        if self._problems or settings is None:
            return None
        settings = msgspec.structs.replace(
            settings, schemas=schemas, items=items, attention=attention, capacity=capacity
        )
        playbook = playbook_of(settings, features=features, journeys=journeys, messages=messages, templates=templates)
        return msgspec.structs.replace(playbook, places=self._places)

    def _settings(self, main: Section) -> Settings:
        version = main.whole("version", FORMAT, least=1, most=1_000_000)
        if version > FORMAT:
            main.wrong("version", f"this playbook has version {version}, this build reads up to {FORMAT}: upgrade it")
        settings = Settings(
            zone=self._zone(main),
            value=main.text("value"),
            salt=main.text("salt") or DEFAULT_SALT,
            lateness=main.span("lateness", DEFAULT_LATENESS),
            policies=policies_of(main.node("policies"), self._policies, self._problems, self._places),
            consents=consents_of(main.section("consent", "consent"), self._places),
            watch=watching_of(main.node("watch"), self._problems),
        )
        main.close()
        return settings

    def _zone(self, main: Section) -> str:
        zone = main.text("zone", example="Europe/Berlin")
        if zone and zone_named(zone) is None:
            same_city = [each for each in zone_names() if each.rpartition("/")[2].casefold() == zone.casefold()]
            hint = meant(zone, zone_names()) if len(same_city) != 1 else f"did you mean {same_city[0]!r}?"
            main.wrong("zone", f"there is no zone {zone!r}; {hint}")
        return zone

    def _parsed(self) -> dict[str, Node | None]:
        nodes: dict[str, Node | None] = {}
        has_main = any(f"{MAIN}{ending}" in self._files for ending in ENDINGS)
        for name in sorted(self._files):
            if not name.endswith(ENDINGS) or name.startswith(FOLDER):
                continue
            with self._problems.kept():
                nodes[name] = parse(self._files[name], name)
            folder, _, rest = name.rpartition("/")
            if has_main and folder not in ("journeys", "messages") and rest.rpartition(".")[0] not in _SOLE:
                files = "opportune.yaml, features.yaml, segments.yaml, events.yaml, items.yaml"
                self._problems.add(
                    name, f"nothing reads this file; there are {files}, journeys/, messages/ and models/"
                )
        return nodes

    def _sole(self, name: str, example: str) -> Section | None:
        """The section of the one file of this name."""
        files = [f"{name}{ending}" for ending in ENDINGS if f"{name}{ending}" in self._files]
        if len(files) > 1:
            self._problems.add(files[1], f"there is {files[0]} as well; keep one of them")
        if files:
            if files[0] not in self._nodes:
                return None
            return section_of(self._nodes[files[0]], self._problems, files[0], file=files[0])
        if example:
            self._problems.add(f"{name}.yaml", f"a playbook needs this file in its folder; it begins with '{example}'")
        return None

    def _features(self) -> dict[str, Feature]:
        """Features and segments, which share their names."""
        section, named = self._sole(FEATURES, ""), self._sole(SEGMENTS, "")
        texts = {} if section is None else self._texts_of(section)
        segments = {} if named is None else segment_texts(named, texts, self._places)
        try:
            features = features_from(texts | segments)
        except ConditionError as error:
            name = str(error).partition(":")[0]
            of = named if named is not None and name in segments else section
            self._problems.add(of.at(name) if of is not None else MAIN, str(error))
            return {}
        if named is not None:
            check_segments(named, segments, features)
        return features

    def _texts_of(self, section: Section) -> dict[str, str]:
        texts = {}
        for name in section.names():
            self._places[f"features.{name}"] = str(section.at(name))
            texts[name] = section.text(name, example="COUNT_IF(event = 'Logged In') OVER LAST '7 days'")
        return texts

    def _schemas(self) -> dict[str, Schema]:
        section = self._sole(EVENTS, "")
        return {} if section is None else schemas_of(section, self._places)

    def _sections(self, folder: str, key: str) -> list[Section]:
        """The files of a folder, and a problem for each name said twice."""
        sections: list[Section] = []
        first: dict[str, Section] = {}
        for file, node in self._nodes.items():
            if file.rpartition("/")[0] != folder:
                continue
            section = section_of(node, self._problems, file, file=file)
            if section is None:
                continue
            name = section.text(key)
            if name in first:
                section.wrong(key, f"{key} {name!r} is already defined in {first[name].at(key)}; use another name")
            elif name and _NAME.fullmatch(name) is None:
                section.wrong(key, f"{key} must be named in lowercase letters, digits and _, not {name!r}")
            first.setdefault(name, section)
            sections.append(section)
        return sections

    def _messages(self, features: Mapping[str, Feature]) -> tuple[list[Message], dict[tuple[str, str], Template]]:
        messages: list[Message] = []
        templates: dict[tuple[str, str], Template] = {}
        for section in self._sections("messages", "message"):
            variants = variant_files(section, self._texts)
            message = message_of(section, kinds(features), variants)
            words = templates_of(section, variants, self._texts)
            templates |= {(message.name, variant): template for variant, template in words.items()}
            self._places[f"messages.{message.name}"] = str(section.at("message"))
            section.close()
            messages.append(message)
        return messages, templates

    def _journeys(self, features: Mapping[str, Feature]) -> list[Journey]:
        sections = self._sections("journeys", "journey")
        return [JourneyReader(section, kinds(features), self._places).journey() for section in sections]
