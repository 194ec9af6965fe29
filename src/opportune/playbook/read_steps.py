"""The steps of a journey as written; their tree becomes a flat row, in which branches are places of later steps."""

import re
from collections.abc import Callable, Sequence

from opportune.features.expression import Expression
from opportune.journeys.moving import END
from opportune.journeys.step import (
    Arm,
    Branch,
    Call,
    End,
    Goto,
    Send,
    Split,
    Step,
    WaitUntil,
)
from opportune.playbook.read_arms import shares_of
from opportune.playbook.read_expression import Expressions
from opportune.playbook.read_made import digest_of, emit_of, traits_of
from opportune.playbook.read_waits import ENDINGS, wait_of
from opportune.playbook.section import Section, described, section_of
from opportune.playbook.yaml_nodes import Items, Leaf, Node

MOST_STEPS = 200
"""Steps of one journey, branches and rounds included."""
EXAMPLES = {
    "wait": "wait: 45 minutes",
    "send": "send: cart_reminder",
    "call": "call: tell_our_shop",
    "branch": "branch: [{when: vip, steps: [...]}, {otherwise: [...]}]",
    "split": "split: haste",
    "set": "set: {stage: \"'won'\"}",
    "emit": "emit: Cart Given Up",
    "digest": "digest: 1 hour",
    "repeat": "repeat: {times: 3, steps: [...]}",
}
KINDS = tuple(EXAMPLES)
"""What a step may be, by its key; ``end`` alone is one as well."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_OPEN = Goto(-1)
"""Stands for the way to where branches join, until it is known."""


class StepsReader:
    """Reads the steps of one journey; ``places`` learns where they are written, ``labels`` their names."""

    def __init__(self, journey: str, section: Section, expressions: Expressions, places: dict[str, str]) -> None:
        self._journey = journey
        self._section = section
        self._problems = section.problems
        self._expressions = expressions
        self._places = places
        self._rounds: tuple[int, ...] = ()
        self._is_too_long = False
        self.labels: dict[str, int] = {}
        self._kinds: dict[str, Callable[[Section, Node, int], list[Step]]] = {
            "wait": self._waiting,
            "send": self._sending,
            "call": self._sending,
            "branch": self._branching,
            "split": self._splitting,
            "set": lambda section, node, index: [traits_of(section, expressions)],
            "emit": lambda section, node, index: [emit_of(section, expressions)],
            "digest": lambda section, node, index: [digest_of(section, node)],
            "repeat": self._repeating,
        }

    def steps(self) -> tuple[Step, ...]:
        """All of them."""
        node = self._section.node("steps")
        if not isinstance(node, Items) or not node.nodes:
            self._section.missing("steps", "'steps: [send: cart_reminder]'")
            return ()
        steps = self._steps(node, 0)
        if len(steps) > MOST_STEPS and not self._is_too_long:
            self._section.wrong("steps", f"a journey has at most {MOST_STEPS} steps, not {len(steps)}")
        return tuple(steps)

    def _steps(self, items: Items, start: int) -> list[Step]:
        """The steps of a branch, the first of which will stand at ``start``."""
        steps: list[Step] = []
        for node in items.nodes:
            steps += self._step(node, start + len(steps))
        return steps

    def _step(self, node: Node, index: int) -> list[Step]:
        self._placed(node, index)
        if isinstance(node, Leaf) and node.text.strip() == END:
            return [End()]
        section = section_of(node, self._problems, "a step")
        if section is None:
            return []
        self._named(section, index)
        kinds = [kind for kind in KINDS if kind in section.names()]
        if len(kinds) != 1:
            said = "a step is one thing" if kinds else "a step says what it is"
            self._problems.add(
                section.place, f"{said}, such as '- wait: 45 minutes'; there are {', '.join(KINDS)}, end"
            )
            return []
        kind = kinds[0]
        said_of = section.node(kind)
        if said_of is None:
            section.missing(kind, f"'- {EXAMPLES[kind]}'")
            return []
        steps = self._kinds[kind](section, said_of, index)
        section.close()
        return steps

    def _placed(self, node: Node, index: int) -> None:
        self._places[f"journeys.{self._journey}.steps[{index}]"] = str(node.place)

    def _named(self, section: Section, index: int) -> None:
        """The step's name; in later rounds of a repeat with the numbers of the rounds, as in ``reminder.2``."""
        name = section.text("name")
        if not name:
            return
        later = "".join(f".{number}" for number in self._rounds) if set(self._rounds) - {1} else ""
        if _NAME.fullmatch(name) is None or name == END:
            section.wrong("name", f"a step is named in lowercase letters, digits and _, and not {END}, not {name!r}")
        elif name + later in self.labels:
            section.wrong("name", f"another step of this journey is named {name!r}; use another name")
        self.labels[name + later] = index

    def _inner(self, section: Section, key: str, start: int) -> list[Step] | None:
        """The steps of a list under this key; None if it says nothing, or no steps."""
        node = section.node(key)
        if node is None:
            return None
        if not isinstance(node, Items) or not node.nodes:
            section.wrong(key, f"{key} must be a list of steps, not {described(node)}")
            return None
        return self._steps(node, start)

    def _sending(self, section: Section, node: Node, index: int) -> list[Step]:
        """A send, and if its silence leads to steps of its own: the send, a way round them, and they."""
        kind, key = (Call, "call") if "call" in section.names() else (Send, "send")
        message, when = section.text(key), self._expressions.condition(section, "when")
        if not isinstance(section.node("not_sent"), Items):
            return [kind(message, when, section.choice("not_sent", ENDINGS, "continue"))]
        silent = self._inner(section, "not_sent", index + 2)
        if silent is None:
            return []
        return [kind(message, when, on_not_sent=index + 2), Goto(index + 2 + len(silent)), *silent]

    def _waiting(self, section: Section, node: Node, index: int) -> list[Step]:
        """A wait, and if it can time out into steps of its own: the wait, a way round them, and they."""
        step = wait_of(section, node, self._expressions)
        late = self._inner(section, "on_timeout", index + 2) if isinstance(step, WaitUntil) else None
        if late is None or not isinstance(step, WaitUntil):
            return [step]
        timed = WaitUntil(step.event, step.at_most, step.since, index + 2, step.condition)
        return [timed, Goto(index + 2 + len(late)), *late]

    def _branching(self, section: Section, node: Node, index: int) -> list[Step]:
        """Ways by condition, asked one after the other; a way round the rest stands behind each."""
        ways = node.nodes if isinstance(node, Items) else ()
        if not ways:
            section.wrong("branch", "branch must be a list such as [{when: vip, steps: [...]}, {otherwise: [...]}]")
        steps: list[Step] = []
        for way in ways:
            inner = section_of(way, self._problems, "a way of a branch")
            if inner is None:
                continue
            place = index + len(steps)
            if "otherwise" in inner.names():
                if way is not ways[-1]:
                    inner.wrong("otherwise", "otherwise stands last: what comes after it is never asked")
                steps += self._inner(inner, "otherwise", place) or []
            else:
                steps += self._way(inner, place, is_last=way is ways[-1])
            inner.close()
        return _joined(steps, index)

    def _way(self, section: Section, index: int, *, is_last: bool) -> list[Step]:
        self._places[f"journeys.{self._journey}.steps[{index}]"] = str(section.at("when"))
        when = self._expressions.condition(section, "when")
        if section.node("when") is None:
            section.missing("when", "'when: orders > 3'")
        steps = self._inner(section, "steps", index + 1)
        if section.node("steps") is None:
            section.missing("steps", "'steps: [send: cart_reminder]'")
        if when is None or steps is None:
            return []
        out = [] if is_last else [_OPEN]
        return [Branch(when, index + len(steps) + len(out) + 1), *steps, *out]

    def _splitting(self, section: Section, node: Node, index: int) -> list[Step]:
        name = section.text("split")
        if _NAME.fullmatch(name) is None:
            section.wrong("split", f"a split is named in lowercase letters, digits and _, not {name!r}")
        arms = section.section("arms", "arms")
        if arms is None:
            section.missing("arms", "'arms: {fast: {share: 50%, steps: [...]}, slow: {share: 50%, steps: [...]}}'")
            return []
        shares = shares_of(arms)
        starts: dict[str, int] = {}
        steps: list[Step] = []
        for arm in arms.names():
            steps += [_OPEN] * bool(starts)
            starts[arm] = index + 1 + len(steps)
            if _NAME.fullmatch(arm) is None:
                arms.wrong(arm, f"an arm is named in lowercase letters, digits and _, not {arm!r}")
            inner = arms.section(arm, f"arm {arm}")
            if inner is not None:
                inner.node("share")
                steps += self._inner(inner, "steps", starts[arm]) or []
                inner.close()
        taken = tuple(Arm(arm, shares[arm], starts[arm]) for arm in sorted(starts))
        return [Split(name, taken), *_joined(steps, index + 1)]

    def _repeating(self, section: Section, node: Node, index: int) -> list[Step]:
        """The steps of each round one after the other, and between rounds the way out, if there is a condition."""
        inner = section_of(node, self._problems, "repeat")
        if inner is None:
            return []
        rounds = inner.whole("times", 2, least=2, most=MOST_STEPS)
        if inner.node("times") is None:
            inner.missing("times", "'times: 3'")
        until, outer = self._expressions.condition(inner, "until"), self._rounds
        steps: list[Step] = []
        for number in range(1, rounds + 1):
            self._rounds = (*outer, number)
            if number > 1 and until is not None:
                steps += self._leaving(inner, until, index + len(steps))
            known = len(self._problems)
            steps += self._inner(inner, "steps", index + len(steps)) or []
            if len(self._problems) > known or not steps:
                break
            if index + len(steps) > MOST_STEPS:
                if not self._is_too_long:
                    inner.wrong("times", f"a journey has at most {MOST_STEPS} steps, rounds included")
                self._is_too_long = True
                break
        self._rounds = outer
        if inner.node("steps") is None:
            inner.missing("steps", "'steps: [send: cart_reminder]'")
        inner.close()
        return _joined(steps, index)

    def _leaving(self, section: Section, until: Expression, index: int) -> list[Step]:
        self._places[f"journeys.{self._journey}.steps[{index}]"] = str(section.at("until"))
        return [Branch(until, index + 2), _OPEN]


def _joined(steps: Sequence[Step], index: int) -> list[Step]:
    """The steps, the first at ``index``, with the way out of each way leading behind them all."""
    return [Goto(index + len(steps)) if step is _OPEN else step for step in steps]
