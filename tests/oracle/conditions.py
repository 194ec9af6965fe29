"""Conditions of the oracle's worlds: tuples that can be asked, and written as the SQL text a playbook would hold.

    ("property", "value", ">=", 20)     value >= 20
    ("trait", "tier", "=", "gold")      traits.tier = 'gold'
    ("feature", "pages_1d", ">=", 2)    pages_1d >= 2, where pages_1d counts an event over (now - span, now]
    ("exists", "Pricing Viewed")        EXISTS('Pricing Viewed', since => entry), over [entry, now]
    ("and", a, b), ("or", a, b), ("not", a)

Truth has three values, as in SQL: True, False, and None for unknown.
"""

import operator

COMPARISONS = {
    "=": operator.eq,
    "<>": operator.ne,
    ">=": operator.ge,
    ">": operator.gt,
    "<": operator.lt,
    "<=": operator.le,
}


def sql_of(condition):
    match condition:
        case ("property" | "trait" | "feature" as kind, name, sign, constant):
            text = f"'{constant}'" if isinstance(constant, str) else str(constant)
            return f"traits.{name} {sign} {text}" if kind == "trait" else f"{name} {sign} {text}"
        case ("exists", event):
            return f"EXISTS('{event}', since => entry)"
        case ("and" | "or" as word, left, right):
            return f"({sql_of(left)}) {word.upper()} ({sql_of(right)})"
        case ("not", inner):
            return f"NOT ({sql_of(inner)})"
    raise AssertionError(condition)


def truth(condition, *, properties, trait, count, exists):
    """True, False or None. ``trait(name)``, ``count(feature)`` and ``exists(event)`` look the rest up."""
    match condition:
        case ("property", name, sign, constant):
            return compared(properties.get(name), sign, constant)
        case ("trait", name, sign, constant):
            return compared(trait(name), sign, constant)
        case ("feature", name, sign, constant):
            return compared(count(name), sign, constant)
        case ("exists", event):
            return exists(event)
        case ("and", left, right):
            sides = [
                truth(side, properties=properties, trait=trait, count=count, exists=exists) for side in (left, right)
            ]
            return False if False in sides else None if None in sides else True
        case ("or", left, right):
            sides = [
                truth(side, properties=properties, trait=trait, count=count, exists=exists) for side in (left, right)
            ]
            return True if True in sides else None if None in sides else False
        case ("not", inner):
            inside = truth(inner, properties=properties, trait=trait, count=count, exists=exists)
            return None if inside is None else not inside
    raise AssertionError(condition)


def compared(value, sign, constant):
    return None if value is None else COMPARISONS[sign](value, constant)
