"""What steps calculate, in the oracle's worlds: tuples that can be worked out, and written as SQL text.

("constant", "tried")     'tried'
("property", "value")     value
("trait", "stage")        traits.stage
("more", "carts_seen")    coalesce(traits.carts_seen, 0) + 1
"""


def sql_of_value(expression):
    match expression:
        case ("constant", str() as text):
            return f"'{text}'"
        case ("constant", constant):
            return str(constant)
        case ("property", name):
            return name
        case ("trait", name):
            return f"traits.{name}"
        case ("more", name):
            return f"coalesce(traits.{name}, 0) + 1"
    raise AssertionError(expression)


def value(expression, *, properties, trait):
    match expression:
        case ("constant", constant):
            return constant
        case ("property", name):
            return properties.get(name)
        case ("trait", name):
            return trait(name)
        case ("more", name):
            return (trait(name) or 0) + 1
    raise AssertionError(expression)
