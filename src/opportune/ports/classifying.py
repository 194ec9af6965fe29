"""What we ask of a model that says how likely something is: it learns from rows, and gives each row a chance."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows that something is known of."""

    columns: tuple[str, ...]
    """What each column is."""
    values: NDArray[np.float64]
    """Shape (rows, columns)."""
    choices: frozenset[str] = frozenset()
    """Columns whose numbers are names of kinds, from 0 on, and no amounts."""


class Fitted(Protocol):
    """A model that has learned."""

    def chances(self, table: Table) -> NDArray[np.float64]:
        """Of each row the chance, shape (rows,), in [0, 1]; of rows with the same values the same."""
        ...


class Classifier(Protocol):
    """A way to learn; the same rows and seed give the same model."""

    def fitted(self, table: Table, happened: NDArray[np.bool_], *, seed: int) -> Fitted:
        """The model that has learned from these rows, of which it is known whether it happened: shape (rows,)."""
        ...
