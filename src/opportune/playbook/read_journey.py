"""A journey as written in ``journeys/*.yaml``; its tree of steps becomes a flat row of them."""

from collections.abc import Callable, Mapping
from typing import Literal

from opportune.errors import ConditionError
from opportune.features.condition import condition, number
from opportune.features.expression import Expression, Kind
from opportune.journeys.journey import (
    Basis,
    Goal,
    Goto,
    Journey,
    Reentry,
    Send,
    Silence,
    Step,
    Wait,
    WaitUntil,
    Watched,
)
from opportune.playbook.problems import Problems
from opportune.playbook.section import Section, described, section_of, span_at
from opportune.playbook.yaml_nodes import Branch, Items, Leaf, Node

MOST_STEPS = 200
"""Steps of one journey, branches included."""
Ending = Literal["continue", "end"]
Since = Literal["entry", "now"]
BASES: dict[str, Basis] = {"entry": "entry", "send": "send", "goal": "goal"}
NOT_SENT: dict[str, Ending] = {"continue": "continue", "end": "end"}
SINCE: dict[str, Since] = {"now": "now", "entry": "entry"}


class JourneyReader:
    """Reads one journey; ``places`` learns where its parts are written."""

    def __init__(self, section: Section, features: Mapping[str, Kind], places: dict[str, str]) -> None:
        self._section = section
        self._problems: Problems = section.problems
        self._features = features
        self._places = places
        self._name = section.text("journey", example="cart")

    def journey(self) -> Journey:
        """The journey this section writes."""
        section = self._section
        self._places[f"journeys.{self._name}"] = str(section.at("journey"))
        for key in ("enter", "exit", "goal", "reentry"):
            self._places[f"journeys.{self._name}.{key}"] = str(section.at(key))
        journey = Journey(
            name=self._name,
            enter=self._enter(),
            steps=self._all_steps(),
            key=section.text("key"),
            exits=self._exits(),
            reentry=self._reentry(),
            goal=self._goal(),
        )
        section.close()
        return journey

    def _enter(self) -> Watched | Silence:
        node = self._section.node("enter")
        if node is None:
            self._section.missing("enter", "'enter: {on: Cart Updated}'")
            return Watched("")
        if isinstance(node, Branch) and "inactive_for" in node.nodes:
            inner = Section(node, self._problems, "enter")
            silence = Silence(inner.span("inactive_for"))
            inner.close()
            return silence
        return self._watched(node, "enter")

    def _exits(self) -> tuple[Watched, ...]:
        node = self._section.node("exit")
        nodes = node.nodes if isinstance(node, Items) else () if node is None else (node,)
        return tuple(self._watched(each, "exit") for each in nodes)

    def _watched(self, node: Node, name: str) -> Watched:
        """An event by name alone, or ``{on: ..., where: ...}``."""
        if isinstance(node, Leaf) and node.text:
            return Watched(node.text)
        inner = section_of(node, self._problems, name)
        if inner is None:
            return Watched("")
        watched = Watched(inner.text("on", example="Cart Updated"), self._condition(inner, "where"))
        inner.close()
        return watched

    def _goal(self) -> Goal | None:
        inner = self._section.section("goal", "goal")
        if inner is None:
            return None
        goal = Goal(
            on=inner.text("on", example="Order Completed"),
            within=inner.span("within"),
            where=self._condition(inner, "where"),
            value=self._expression(inner, "value", number),
        )
        inner.close()
        return goal

    def _reentry(self) -> Reentry:
        node = self._section.node("reentry")
        if node is None:
            return Reentry()
        if isinstance(node, Leaf) and node.text in ("always", "once"):
            return Reentry("once" if node.text == "once" else "always")
        if not isinstance(node, Branch):
            self._section.wrong(
                "reentry", f"reentry must be always, once or {{cooldown: 7 days}}, not {described(node)}"
            )
            return Reentry()
        inner = Section(node, self._problems, "reentry")
        reentry = Reentry("cooldown", inner.span("cooldown"), inner.choice("counted_from", BASES, "entry"))
        inner.close()
        return reentry

    def _all_steps(self) -> tuple[Step, ...]:
        node = self._section.node("steps")
        if not isinstance(node, Items) or not node.nodes:
            self._section.missing("steps", "'steps: [send: cart_reminder]'")
            return ()
        steps = self._steps(node, 0)
        if len(steps) > MOST_STEPS:
            self._section.wrong("steps", f"a journey has at most {MOST_STEPS} steps, not {len(steps)}")
        return tuple(steps)

    def _steps(self, items: Items, start: int) -> list[Step]:
        """The steps of a branch, the first of which will stand at ``start``."""
        steps: list[Step] = []
        for node in items.nodes:
            steps += self._step(node, start + len(steps))
        return steps

    def _step(self, node: Node, index: int) -> list[Step]:
        section = section_of(node, self._problems, "a step")
        if section is None:
            return []
        self._places[f"journeys.{self._name}.steps[{index}]"] = str(section.place)
        wait, send = section.node("wait"), section.node("send")
        if (wait is None) == (send is None):
            self._problems.add(section.place, "a step either waits or sends, such as '- wait: 45 minutes'")
            return []
        steps: list[Step] = [] if send is None else [self._sending(section)]
        if wait is not None:
            steps = self._waiting(section, wait, index)
        section.close()
        return steps

    def _sending(self, section: Section) -> Send:
        return Send(
            message=section.text("send"),
            when=self._condition(section, "when"),
            if_not_sent=section.choice("not_sent", NOT_SENT, "continue"),
        )

    def _waiting(self, section: Section, wait: Node, index: int) -> list[Step]:
        """A wait, and if it can time out into steps of its own: the wait, a way round them, and they."""
        if not isinstance(wait, Branch):
            return [Wait(span_at(wait, "wait", self._problems))]
        inner = Section(wait, self._problems, "wait")
        event = inner.text("until", example="Email Opened")
        at_most = inner.span("at_most")
        since = inner.choice("since", SINCE, "now")
        inner.close()
        late = section.node("on_timeout")
        if late is None:
            return [WaitUntil(event, at_most, since)]
        if not isinstance(late, Items) or not late.nodes:
            section.wrong("on_timeout", f"on_timeout must be a list of steps, not {described(late)}")
            return []
        steps = self._steps(late, index + 2)
        return [WaitUntil(event, at_most, since, index + 2), Goto(index + 2 + len(steps)), *steps]

    def _condition(self, section: Section, key: str) -> Expression | None:
        return self._expression(section, key, condition)

    def _expression(self, section: Section, key: str, read: Callable[..., Expression]) -> Expression | None:
        text = section.text(key)
        if not text:
            return None
        try:
            return read(text, features=self._features, allows_event=False)
        except ConditionError as error:
            section.wrong(key, f"{key}: {error}")
            return None
