"""A journey as written in ``journeys/*.yaml``."""

from collections.abc import Mapping

from opportune.features.expression import Kind
from opportune.journeys.journey import Basis, Exit, Goal, Journey, Reentry
from opportune.playbook.read_expression import Expressions
from opportune.playbook.read_moves import moves_of
from opportune.playbook.read_steps import StepsReader
from opportune.playbook.read_trigger import trigger_of, watched_of
from opportune.playbook.section import Section, described
from opportune.playbook.yaml_nodes import Branch, Items, Leaf

BASES: dict[str, Basis] = {"entry": "entry", "send": "send", "goal": "goal"}


class JourneyReader:
    """Reads one journey; ``places`` learns where its parts are written."""

    def __init__(self, section: Section, features: Mapping[str, Kind], places: dict[str, str]) -> None:
        self._section = section
        self._expressions = Expressions(features)
        self._places = places
        self._name = section.text("journey", example="cart")

    def journey(self) -> Journey:
        """The journey this section writes."""
        section = self._section
        self._places[f"journeys.{self._name}"] = str(section.at("journey"))
        for key in ("enter", "exit", "goal", "reentry"):
            self._places[f"journeys.{self._name}.{key}"] = str(section.at(key))
        reader = StepsReader(self._name, section, self._expressions, self._places)
        journey = Journey(
            name=self._name,
            enter=trigger_of(section, self._expressions),
            steps=reader.steps(),
            key=section.text("key"),
            exits=self._exits(),
            reentry=self._reentry(),
            goal=self._goal(),
            labels=reader.labels,
            moves=moves_of(section, reader.labels),
        )
        section.close()
        return journey

    def _exits(self) -> tuple[Exit, ...]:
        node = self._section.node("exit")
        nodes = node.nodes if isinstance(node, Items) else () if node is None else (node,)
        return tuple(watched_of(each, "exit", self._section, self._expressions) for each in nodes)

    def _goal(self) -> Goal | None:
        inner = self._section.section("goal", "goal")
        if inner is None:
            return None
        goal = Goal(
            on=inner.text("on", example="Order Completed"),
            within=inner.span("within"),
            where=self._expressions.condition(inner, "where"),
            value=self._expressions.number(inner, "value"),
        )
        inner.close()
        return goal

    def _reentry(self) -> Reentry:
        node = self._section.node("reentry")
        if node is None:
            return Reentry()
        if isinstance(node, Leaf) and node.text in ("always", "once"):
            return Reentry("once" if node.text == "once" else "while_not_active")
        if not isinstance(node, Branch):
            self._section.wrong(
                "reentry", f"reentry must be always, once or {{cooldown: 7 days}}, not {described(node)}"
            )
            return Reentry()
        inner = Section(node, self._section.problems, "reentry")
        reentry = Reentry("cooldown", inner.span("cooldown"), inner.choice("counted_from", BASES, "entry"))
        inner.close()
        return reentry
