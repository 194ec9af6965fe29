"""Random rows for conditions: what an event says, what is known of its user, and what features have as their value."""

from random import Random
from typing import Final

from benchmarks.parity_nodes import numbers, texts
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.units import DAY, HOUR, SECOND, Scalar, Value

KINDS: Final = ("number", "text", "boolean", "unknown")
START: Final = 1_780_000_000_000
ZONES: Final = ("Europe/Oslo", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati", "Nowhere/Else")
BIG: Final = (2**53 + 1, -(2**53) - 1, 2**63, 2**64 + 1, 10**30, 10**400)
"""Whole numbers that are no 64-bit floats, as JSON may bring them."""


def scope(chance: Random) -> Scope:
    """A scope in which a good part of what is read is NULL, or of another kind than is asked for."""
    at = START + chance.randrange(400 * DAY) // HOUR * HOUR
    properties: dict[str, object] = {f"{letter}_{kind}": said(chance, kind) for letter in "npq" for kind in KINDS}
    deep: dict[str, object] = {f"d_{kind}": said(chance, kind) for kind in KINDS}
    properties |= chance.choice(({}, {"deep": deep}, {"deep": [deep]}, {"deep": deep, "deep.d_text": "flat"}))
    properties |= {f"deep.d_{kind}": said(chance, kind) for kind in KINDS if chance.random() < 0.2}
    if chance.random() < 0.5:
        odd = {f"d_{kind}": said(chance, kind) for kind in KINDS}
        properties["deep"] = {**deep, '"odd*\\': odd}
    traits = {f"{letter}_{kind}": [Stated(at, 0, stated(chance, kind))] for letter in "nt" for kind in KINDS}
    if chance.random() < 0.7:
        traits["timezone"] = [Stated(at, 0, chance.choice(ZONES))]
    lasts = {name: sorted(at - chance.randrange(8) * SECOND for _ in range(chance.randrange(3))) for name in "AB"}
    return Scope(
        profile=Profile(traits=traits, series={}, sessions=[], lasts=lasts),
        at=at,
        properties={name: value for name, value in properties.items() if value is not None or chance.random() < 0.5},
        context={f"c_{kind}": said(chance, kind) for kind in KINDS},
        entry=None if chance.random() < 0.3 else at - chance.randrange(8) * SECOND,
        keys={f"f_{kind}": stated(chance, kind) for kind in KINDS}
        | {"f_list": _texts(chance), "g_list": _counts(chance)},
    )


def said(chance: Random, kind: str) -> object:
    """What an event says where this kind is read: any JSON."""
    match chance.randrange(20):
        case 0 | 1:
            return None
        case 2:
            return chance.choice((True, False, "x", "20", 5, [1], {"a": 1}, [], {}))
        case 3 if kind == "number":
            return chance.choice(BIG)
        case _:
            return stated(chance, kind)


def stated(chance: Random, kind: str) -> Scalar:
    """A value of the kind, or NULL."""
    if chance.random() < 0.1:
        return None
    match kind:
        case "number":
            return numbers(chance)
        case "text":
            return texts(chance)
        case "boolean":
            return chance.random() < 0.5
        case _:
            return stated(chance, chance.choice(KINDS[:3]))


def _texts(chance: Random) -> Value:
    return None if chance.random() < 0.2 else tuple(dict.fromkeys(texts(chance) for _ in range(chance.randrange(6))))


def _counts(chance: Random) -> Value:
    return None if chance.random() < 0.2 else tuple(chance.randrange(5) for _ in range(24))
