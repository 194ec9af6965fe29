"""What it costs to ask a condition, alone and beside those of other journeys, and what others' languages take for it.

The same five clauses over the same properties, half of the events fulfilling all of them. What is not installed
(zen-engine, common-expression-language, cel-python, json-logic-qubit) is left out, and said so.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from itertools import count, islice
from typing import Final

from benchmarks.figure import Figure, Size, figure_of, in_turn
from opportune.events.event import Event
from opportune.features.condition import compile_condition, compile_together, condition
from opportune.features.feature import features_from
from opportune.features.fold import Fold, new_profile
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.units import DAY, MINUTE

Ask = Callable[[Mapping[str, object]], object]
START: Final = 1_780_000_000_000
FIVE: Final = "value >= 20 AND city = 'Oslo' AND plan IN ('pro', 'team') AND NOT is_gift AND items BETWEEN 1 AND 10"
CEL: Final = "value >= 20.0 && city == 'Oslo' && plan in ['pro', 'team'] && !is_gift && items >= 1 && items <= 10"
ZEN: Final = "value >= 20 and city == 'Oslo' and plan in ['pro', 'team'] and not is_gift and items in [1..10]"
LOGIC: Final = {
    "and": [
        {">=": [{"var": "value"}, 20]},
        {"==": [{"var": "city"}, "Oslo"]},
        {"in": [{"var": "plan"}, ["pro", "team"]]},
        {"!": [{"var": "is_gift"}]},
        {"<=": [1, {"var": "items"}, 10]},
    ]
}
FUSED: Final = 20
"""Conditions of one function."""
_REVENUES: Final = [{"revenue": 0.1 * number} for number in range(97)]


def rows() -> list[dict[str, object]]:
    """Properties of ten events: five fulfil all clauses, each of the others fails at another one."""
    good: dict[str, object] = {"value": 34.5, "city": "Oslo", "plan": "pro", "is_gift": False, "items": 3}
    bad = ({"value": 12.0}, {"city": "Rome"}, {"plan": "free"}, {"is_gift": True}, {"items": 11})
    return [each for change in bad for each in (good, {**good, **change})]


def ours() -> Ask:
    """The generated function of one condition."""
    ask = compile_condition(condition(FIVE), {})
    profile = new_profile()
    return lambda properties: ask(Scope(profile, START, "Cart Updated", properties))


def fused() -> Ask:
    """Twenty conditions of five clauses, as twenty journeys about one event would ask them."""
    texts = [FIVE.replace("20", str(20 + place)).replace("Oslo", f"Oslo{place % 4 or ''}") for place in range(FUSED)]
    ask = compile_together([condition(text) for text in texts], {})
    profile = new_profile()
    return lambda properties: ask(Scope(profile, START, "Cart Updated", properties))


def apart() -> Ask:
    """The same twenty, each in a function of its own."""
    texts = [FIVE.replace("20", str(20 + place)).replace("Oslo", f"Oslo{place % 4 or ''}") for place in range(FUSED)]
    asks = [compile_condition(condition(text), {}) for text in texts]
    profile = new_profile()

    def ask(properties: Mapping[str, object]) -> object:
        scope = Scope(profile, START, "Cart Updated", properties)
        return [one(scope) for one in asks]

    return ask


def others() -> Iterator[tuple[str, str, Ask]]:
    """Name, package with version, and how it is asked; the text is compiled beforehand where that is possible."""
    for package, maker in _MAKERS.items():
        try:
            said = f"{package} {version(package)}"
        except PackageNotFoundError:
            print(f"{package}: not installed, left out")
            continue
        name, ask = maker()
        yield name, said, ask


def _cel_rust() -> tuple[str, Ask]:
    program = import_module("cel").compile(CEL)
    return "cel_rust", lambda properties: program.execute(properties)


def _cel_python() -> tuple[str, Ask]:
    celpy = import_module("celpy")
    environment = celpy.Environment()
    program = environment.program(environment.compile(CEL))
    return "cel_python", lambda properties: program.evaluate(celpy.json_to_cel(properties))


def _zen() -> tuple[str, Ask]:
    compiled = import_module("zen").compile_expression(ZEN)
    return "zen", lambda properties: compiled.evaluate(properties)


def _json_logic() -> tuple[str, Ask]:
    apply = import_module("json_logic").jsonLogic
    return "json_logic", lambda properties: apply(LOGIC, properties)


_MAKERS: Final = {
    "common-expression-language": _cel_rust,
    "cel-python": _cel_python,
    "zen-engine": _zen,
    "json-logic-qubit": _json_logic,
}


class Reading:
    """Folds one event after the other into a profile, and reads six features after each."""

    def __init__(self, kept: int) -> None:
        texts = {
            f"{name}_{words}": f"{text} FILTER (WHERE event = 'Order Completed') OVER LAST '{words[:-1]} {unit}'"
            for name, text in (("orders", "COUNT()"), ("spent", "SUM(revenue)"))
            for words, unit in (("1h", "hours"), ("1d", "days"), ("7d", "days"))
        }
        features = features_from(texts)
        self._fold = Fold(features.values(), watches=[], lateness=3 * DAY, idle=30 * MINUTE)
        self._readers = [self._fold.readers[name] for name in features]
        self._profile: Profile = new_profile()
        step = 7 * DAY // kept
        self._events = (
            Event("", "ann", "Order Completed", START + seq * step, START + seq * step, seq) for seq in count()
        )
        self._ready: list[Event] = []
        for _ in range(2 * kept):
            self()

    def prepared(self, events: int) -> None:
        """Makes the next events beforehand, so that making them is not measured."""
        self._ready = list(islice(self._events, events))[::-1]

    def __call__(self) -> None:
        event = self._ready.pop() if self._ready else next(self._events)
        self._fold.apply(self._profile, event, _REVENUES[event.seq % 97], {}, event.at)
        scope = Scope(self._profile, event.at)
        for read in self._readers:
            read(scope)


def measured(size: Size) -> Iterator[Figure]:
    """All languages in turn in every repeat."""
    asked = [("condition.ns", "five clauses over ten rows, half of them TRUE", ours())]
    asked += [(f"condition.{name}_ns", f"the same by {said}", ask) for name, said, ask in others()]
    answers = {name: [bool(ask(row)) for row in rows()] for name, _, ask in asked}
    if any(found != [True, False] * 5 for found in answers.values()):
        raise AssertionError(f"not all say the same: {answers}")
    told = f"{FUSED} conditions of five clauses about one event"
    asked += [("condition.fused_ns", f"one of {told}, in one function", fused())]
    asked += [("condition.apart_ns", f"one of {told}, each in its own function", apart())]
    given = rows()
    works = [partial(_asked_of, ask, given) for _, _, ask in asked]
    for (name, said, _), samples in zip(asked, in_turn(works, size), strict=True):
        calls = len(given) * (FUSED if "one of" in said else 1)
        each = [microseconds * 1_000 / calls for microseconds in samples]
        yield figure_of(name, each, unit="ns", conditions=said)
    for name, kept in (("features.us_per_event", 100), ("features.us_per_event_many", 1_000)):
        reading = Reading(kept)
        reading.prepared(size.repeats * size.calls)
        (samples,) = in_turn([reading], size)
        said = "one event folded, six features read: count and sum over 1 hour, 1 day, 7 days"
        yield figure_of(name, samples, unit="us", conditions=f"{said}; {kept:,} events in 7 days")


def _asked_of(ask: Ask, given: list[dict[str, object]]) -> None:
    for row in given:
        ask(row)
