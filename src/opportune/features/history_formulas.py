"""Formulas over what was made of history: features that read others, traits, the user's clock and what has happened."""

from collections.abc import Iterable, Mapping, Sequence

from opportune.features.clock import ZONE_TRAITS
from opportune.features.emit import Looked, emitted, tagged
from opportune.features.expression import Expression, Happened, Kind, LocalPart, Read, walk
from opportune.features.feature import Feature
from opportune.features.history_engine import Engine
from opportune.features.history_query import Step, listed, own
from opportune.features.history_reads import local_part, untagged
from opportune.features.history_wanted import Wanted, Wishes


class Looks:
    """What formulas look up, by the column that has it."""

    def __init__(self, formulas: Iterable[Expression], wishes: Wishes) -> None:
        self.stated: dict[str, Wanted] = {}
        self.newest: dict[str, Wanted] = {}
        self.has_clock = False
        for formula in formulas:
            for node in walk(formula.node):
                if isinstance(node, Read) and node.source in ("name", "trait"):
                    self.stated[node.path] = wishes.stated(node.path)
                elif isinstance(node, Happened) and node.span is not None:
                    self.newest[node.event] = wishes.newest(node.event)
                elif isinstance(node, LocalPart):
                    self.has_clock = True
        if self.has_clock:
            self.stated |= {name: wishes.stated(name) for name in ZONE_TRAITS}


def clock_steps(looks: Looks, engine: Engine, *, points: str, zone: str) -> list[Step]:
    """``on_clock``: the points with ``clock``, the milliseconds since 1970 that the user's clock shows."""
    one, two = (untagged(f"p.a{looks.stated[name].number}", "text", engine) for name in ZONE_TRAITS)
    placed = (
        f"SELECT p.*, coalesce(one.name, two.name, {engine.literal(zone)}) AS zone\nFROM {points} p\n"
        f"LEFT JOIN zone_names one ON one.name = {one}\nLEFT JOIN zone_names two ON two.name = {two}"
    )
    clocked = (
        "SELECT p.*, p.instant + z.ahead AS clock\nFROM placed p\n"
        "JOIN zone_offsets z ON z.zone = p.zone AND z.since <= p.instant AND p.instant < z.until"
    )
    return [Step("placed", placed, is_view=True), Step("on_clock", clocked, is_view=True)]


def formula_steps(
    formulas: Sequence[Feature], kinds: Mapping[str, Kind], looks: Looks, engine: Engine, *, points: str
) -> list[Step]:
    """The formulas as further columns, each after those that it reads; the last step has all of them."""
    steps: list[Step] = []
    level: dict[str, int] = {}
    for feature in formulas:
        if feature.formula is not None:
            read = [
                node.path for node in walk(feature.formula.node) if isinstance(node, Read) and node.source == "feature"
            ]
            level[feature.name] = 1 + max((level.get(name, 0) for name in read), default=0)
    names = _Names(kinds, looks, engine)
    for depth in range(1, max(level.values(), default=0) + 1):
        columns = [
            f"{emitted(each.formula.node, names, engine)} AS {own(each.name)}"
            for each in formulas
            if each.formula is not None and level[each.name] == depth
        ]
        steps.append(
            Step(
                f"formulas_{depth}",
                f"SELECT *, {listed(columns)}\nFROM {steps[-1].name if steps else points}",
                is_view=True,
            )
        )
    return steps


class _Names:
    """Where a formula finds what it looks at."""

    def __init__(self, kinds: Mapping[str, Kind], looks: Looks, engine: Engine) -> None:
        self._kinds, self._looks, self._engine = kinds, looks, engine

    def __call__(self, looked: Looked) -> str:
        match looked:
            case Happened(event, span):
                if span is None:
                    return f"CAST(NULL AS {self._engine.boolean})"
                return f"coalesce(a{self._looks.newest[event].number} > instant - {span}, FALSE)"
            case LocalPart(part):
                return local_part(part, "clock", self._engine)
            case Read("feature", path, kind):
                return self._feature(path, kind)
            case Read("name" | "trait", path, kind):
                return untagged(f"a{self._looks.stated[path].number}", kind, self._engine)
            case Read(_, _, kind):
                return untagged("CAST(NULL AS VARCHAR)", kind, self._engine)

    def _feature(self, name: str, kind: Kind) -> str:
        """Its column, as a value of the kind that is read."""
        column, kept = own(name), self._kinds[name]
        if kept == "unknown":
            return untagged(column, kind, self._engine)
        if kept == "number":
            column = f"CAST({column} AS {self._engine.number})"
        return column if kind == kept else tagged(column, kept, self._engine)
