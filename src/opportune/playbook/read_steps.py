"""The steps of a journey as written; their tree becomes a flat row."""

from typing import Literal

from opportune.journeys.moving import END
from opportune.journeys.step import Goto, Send, Step, Wait, WaitUntil
from opportune.playbook.read_expression import Expressions
from opportune.playbook.section import Section, described, section_of, span_at
from opportune.playbook.yaml_nodes import Branch, Items, Node

MOST_STEPS = 200
"""Steps of one journey, branches included."""
Ending = Literal["continue", "end"]
Since = Literal["entry", "now"]
NOT_SENT: dict[str, Ending] = {"continue": "continue", "end": "end"}
SINCE: dict[str, Since] = {"now": "now", "entry": "entry"}


class StepsReader:
    """Reads the steps of one journey; ``places`` learns where they are written, ``labels`` their names."""

    def __init__(self, journey: str, section: Section, expressions: Expressions, places: dict[str, str]) -> None:
        self._journey = journey
        self._section = section
        self._problems = section.problems
        self._expressions = expressions
        self._places = places
        self.labels: dict[str, int] = {}

    def steps(self) -> tuple[Step, ...]:
        """All of them."""
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
        self._places[f"journeys.{self._journey}.steps[{index}]"] = str(section.place)
        self._name(section, index)
        wait, send = section.node("wait"), section.node("send")
        if (wait is None) == (send is None):
            self._problems.add(section.place, "a step either waits or sends, such as '- wait: 45 minutes'")
            return []
        steps: list[Step] = [] if send is None else [self._sending(section)]
        if wait is not None:
            steps = self._waiting(section, wait, index)
        section.close()
        return steps

    def _name(self, section: Section, index: int) -> None:
        """A step that has a name can be said to be where runs of other versions go."""
        name = section.text("name")
        if name in self.labels or name == END:
            section.wrong("name", f"name: there is another step {name!r}" if name != END else f"name: not {END!r}")
        elif name:
            self.labels[name] = index

    def _sending(self, section: Section) -> Send:
        return Send(
            message=section.text("send"),
            when=self._expressions.condition(section, "when"),
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
