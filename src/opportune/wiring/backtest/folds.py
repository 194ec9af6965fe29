"""What is made of pasts that were lived: folds that may be split by user anyhow and merged."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from opportune.wiring.backtest.lived import Lived

Self = TypeVar("Self", bound="Fold")


class Fold(Protocol):
    """Takes users one at a time; any split of them and any order come to the same."""

    def add(self, lived: Sequence[Lived]) -> None:
        """One user, as lived under each of the playbooks, in their order."""
        ...

    def merge(self: Self, other: Self) -> None:
        """Takes in what another has made of other users."""
        ...
