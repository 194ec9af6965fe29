"""A journey as written in ``journeys/*.yaml``."""

from collections.abc import Mapping
from typing import Literal

from opportune.features.expression import Kind
from opportune.journeys.journey import AtCondition, AtGoal, Basis, Exit, Goal, Journey, NoLonger, Reentry
from opportune.journeys.lapsing import can_be_lost
from opportune.journeys.trigger import Trigger, Watched
from opportune.playbook.read_expression import Expressions
from opportune.playbook.read_moves import moves_of
from opportune.playbook.read_steps import StepsReader
from opportune.playbook.read_trigger import trigger_of, watched_of
from opportune.playbook.section import Section, described
from opportune.playbook.yaml_nodes import Branch, Items, Leaf, Node

ALONE: dict[str, Literal["while_not_active", "always", "once"]] = {
    "while_not_active": "while_not_active",
    "always": "always",
    "once": "once",
}
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
        enter = trigger_of(section, self._expressions)
        journey = Journey(
            name=self._name,
            enter=enter,
            steps=reader.steps(),
            key=section.text("key"),
            exits=self._exits(enter),
            reentry=self._reentry(),
            goal=self._goal(),
            labels=reader.labels,
            moves=moves_of(section, reader.labels),
        )
        section.close()
        return journey

    def _exits(self, enter: Trigger) -> tuple[Exit, ...]:
        node = self._section.node("exit")
        nodes = node.nodes if isinstance(node, Items) else () if node is None else (node,)
        return tuple(self._exit(each, enter) for each in nodes)

    def _exit(self, node: Node, enter: Trigger) -> Exit:
        section, inner = self._section, None
        if isinstance(node, Leaf) and node.text == "goal":
            if section.node("goal") is None:
                section.wrong("exit", "exit: goal needs a goal, such as 'goal: {on: Order Completed, within: 7 days}'")
            return AtGoal()
        if isinstance(node, Leaf) and node.text == "no_longer":
            section.wrong("exit", "exit: no_longer says what it is that is to hold: write {no_longer: entry}")
            return NoLonger()
        if isinstance(node, Branch) and "when" in node.nodes:
            inner = Section(node, section.problems, "exit")
            when = self._expressions.condition(inner, "when")
            inner.close()
            return Watched("") if when is None else AtCondition(when)
        if isinstance(node, Branch) and "no_longer" in node.nodes:
            inner = Section(node, section.problems, "exit")
            inner.choice("no_longer", {"entry": True}, True)
            inner.close()
            if not can_be_lost(enter):
                section.wrong(
                    "exit", "what begins this journey has no condition that could hold no longer; name an event"
                )
            return NoLonger()
        return watched_of(node, "exit", section, self._expressions)

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
        if isinstance(node, Leaf) and node.text in ALONE:
            return Reentry(ALONE[node.text])
        if not isinstance(node, Branch):
            words = ", ".join(ALONE)
            self._section.wrong("reentry", f"reentry must be {words} or {{cooldown: 7 days}}, not {described(node)}")
            return Reentry()
        inner = Section(node, self._section.problems, "reentry")
        reentry = Reentry("cooldown", inner.span("cooldown"), inner.choice("counted_from", BASES, "entry"))
        inner.close()
        return reentry
