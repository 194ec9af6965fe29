"""Expressions as they stand in a journey's sections."""

from collections.abc import Mapping
from typing import Protocol

from opportune.errors import ConditionError
from opportune.features.condition import condition, expression, number
from opportune.features.expression import Expression, Kind
from opportune.playbook.section import Section


class _Reads(Protocol):
    def __call__(self, text: str, *, features: Mapping[str, Kind], allows_event: bool) -> Expression: ...


class Expressions:
    """Reads them with the features there are."""

    def __init__(self, features: Mapping[str, Kind]) -> None:
        self.features = features

    def condition(self, section: Section, key: str) -> Expression | None:
        """The condition under this key; None without one, or with one that is wrong, which is then said."""
        return self._read(section, key, condition)

    def number(self, section: Section, key: str) -> Expression | None:
        """The number under this key, likewise."""
        return self._read(section, key, number)

    def value(self, section: Section, key: str) -> Expression | None:
        """What is calculated under this key, of any kind, likewise."""
        if section.node(key) is None:
            section.wrong(key, f"{key} needs a value, such as 'vip' in quotes of its own, or a formula")
        return self._read(section, key, expression)

    def _read(self, section: Section, key: str, read: _Reads) -> Expression | None:
        text = section.text(key)
        if not text:
            return None
        try:
            return read(text, features=self.features, allows_event=False)
        except ConditionError as error:
            section.wrong(key, f"{key}: {error}")
            return None
