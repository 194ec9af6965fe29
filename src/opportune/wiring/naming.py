"""Structs as answers to programs show them: objects with every field by name, whatever form they are kept in."""

from collections.abc import Mapping

from msgspec import Struct


def named(value: object) -> object:
    """The value with all that it holds: structs as objects, bytes as text; names as HTTP answers write them.

    Keys of mappings stay as they are. Bytes that are no text are shown as the sign for such.
    """
    match value:
        case Struct():
            return {camel(name): named(getattr(value, name)) for name in value.__struct_fields__}
        case Mapping():
            return {str(key): named(each) for key, each in value.items()}
        case list() | tuple():
            return [named(each) for each in value]
        case bytes():
            return value.decode("utf-8", "replace")
    return value


def camel(name: str) -> str:
    """The name of a field as HTTP answers write it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
