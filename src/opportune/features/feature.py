"""A feature: a named number, text or truth about a user, an aggregate over events or a formula over other features."""

import re
from collections.abc import Iterable, Mapping

from msgspec import Struct

from opportune.errors import ConditionError
from opportune.features.aggregate import Aggregate
from opportune.features.aggregate_text import aggregate_of
from opportune.features.condition import expression
from opportune.features.expression import Expression, Kind, Read, reads, walk

MOST = 1_000
"""Features of one playbook."""
MOST_DEEP = 32
"""Formulas that may read one another in a row."""
MOST_READ = 1_000
"""Features that are calculated to calculate one: each as often as it is read, by it and by those that it reads."""
_WORD = re.compile(r"'(?:[^']|'')*'|(?<![\w.\"])[A-Za-z_]\w*(?!\w)")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_TAKEN = {"null", "true", "false", "at", "user", "seq", "hindsight"}
"""Words that no expression reads as a name, and columns of the points that features are asked for."""


class Feature(Struct, frozen=True):
    """Exactly one of ``aggregate`` and ``formula`` is there."""

    name: str
    text: str
    kind: Kind
    aggregate: Aggregate | None = None
    formula: Expression | None = None


def feature(name: str, text: str, others: Mapping[str, Kind]) -> Feature:
    """The feature that a text defines; ``others`` are the features a formula may read, and an aggregate may not;
    in an aggregate its own name is a property.

    Raises ConditionError, its text beginning with the name, its position counted in ``text``.
    """
    if _NAME.fullmatch(name) is None:
        raise ConditionError(f"{name}: a feature's name is lowercase letters, digits and _, such as logins_7d")
    if name in _TAKEN:
        reason = f"{name}: a feature cannot be called {name}, which already means something; name it otherwise"
        raise ConditionError(reason)
    try:
        aggregate = aggregate_of(text, features=others.keys() - {name})
        if aggregate is not None:
            return Feature(name, text, aggregate.kind, aggregate=aggregate)
        formula = expression(text, features=others)
    except ConditionError as error:
        raise ConditionError(f"{name}: {error}", position=error.position) from error
    return Feature(name, text, formula.kind, formula=formula)


def features_from(texts: Mapping[str, str]) -> dict[str, Feature]:
    """All features of a file, each after those it reads; the order of ``texts`` is free. Raises ConditionError."""
    features: dict[str, Feature] = {}
    if len(texts) > MOST:
        raise ConditionError(f"{list(texts)[MOST]}: a playbook has at most {MOST:,} features, not {len(texts):,}")
    for name in texts:
        _define(name, texts, features, path=())
    _check_property_names(features)
    _check_effort(features)
    return features


def kinds(features: Iterable[Feature] | Mapping[str, Feature]) -> dict[str, Kind]:
    """The kind of each feature by name, as conditions want it."""
    listed = features.values() if isinstance(features, Mapping) else features
    return {each.name: each.kind for each in listed}


def keys_read(names: Iterable[str], features: Mapping[str, Feature]) -> set[str]:
    """The properties BY which these features, and those that they are calculated from, are read."""
    keys: set[str] = set()
    waiting = {name for name in names if name in features}
    known = set(waiting)
    while waiting:
        each = features[waiting.pop()]
        if each.aggregate is not None and each.aggregate.by is not None:
            keys.add(each.aggregate.by)
        others = set(reads(each.formula).features) - known if each.formula is not None else set()
        waiting |= others
        known |= others
    return keys


def _define(name: str, texts: Mapping[str, str], features: dict[str, Feature], *, path: tuple[str, ...]) -> None:
    if name in features:
        return
    if name in path:
        circle = " -> ".join((*path[path.index(name) :], name))
        raise ConditionError(f"{name}: a feature cannot be calculated from itself: {circle}")
    if len(path) > MOST_DEEP:
        raise _too_deep(path[0])
    for other in _mentioned(texts[name]):
        if other in texts:
            _define(other, texts, features, path=(*path, name))
    features[name] = feature(name, texts[name], kinds(features))


def _check_property_names(features: Mapping[str, Feature]) -> None:
    """Every aggregate again, now that all features are known."""
    for each in features.values():
        if each.aggregate is not None:
            feature(each.name, each.text, kinds(features))
            if each.aggregate.by in features:
                reason = f"BY takes a property, but {each.aggregate.by!r} is a feature; give the feature another name"
                raise ConditionError(f"{each.name}: {reason}")


def _check_effort(features: Mapping[str, Feature]) -> None:
    """What it takes to calculate each; ``features`` stand after those that they read."""
    effort: dict[str, int] = {}
    depth: dict[str, int] = {}
    for name, each in features.items():
        nodes = () if each.formula is None else walk(each.formula.node)
        read = {node.path for node in nodes if isinstance(node, Read) and node.source == "feature"}
        depth[name] = 1 + max((depth[other] for other in read), default=-1)
        effort[name] = 1 + sum(effort[other] for other in read)
        if depth[name] > MOST_DEEP:
            raise _too_deep(name)
        if effort[name] > MOST_READ:
            reason = f"it takes {effort[name]:,} calculations of features that read one another; at most {MOST_READ:,}"
            raise ConditionError(f"{name}: {reason}")


def _too_deep(name: str) -> ConditionError:
    return ConditionError(
        f"{name}: it reads formulas that read formulas, more than {MOST_DEEP} in a row; keep it flatter"
    )


def _mentioned(text: str) -> list[str]:
    """The bare words of a text, without what stands in quotes, after a dot, or in an aggregate."""
    try:
        if aggregate_of(text) is not None:
            return []
    except ConditionError:
        return []
    return [word for word in _WORD.findall(text) if not word.startswith("'")]
