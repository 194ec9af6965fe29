"""Logistic regression by scikit-learn: amounts in units of their spread, kinds as a column each."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from opportune.ports.classifying import Fitted, Table

_STEPS: Final = 300


@dataclass(frozen=True, slots=True)
class Logistic:
    """Learns weights of columns, kept small by ``1 / freedom`` times the sum of their squares."""

    freedom: float = 1.0

    def fitted(self, table: Table, happened: NDArray[np.bool_], *, seed: int) -> Fitted:
        """There is no chance in it: the seed changes nothing."""
        spreads = table.values.std(axis=0)
        scale = np.where(spreads > 0, spreads, 1.0)
        shape = _Shape(table.values.mean(axis=0), scale, table.values.max(axis=0).astype(np.int64) + 1)
        model = LogisticRegression(C=self.freedom, max_iter=_STEPS)
        model.fit(shape.spelled(table), happened)
        return _Fitted(shape, model)


@dataclass(frozen=True, slots=True)
class _Shape:
    means: NDArray[np.float64]
    scale: NDArray[np.float64]
    kinds: NDArray[np.int64]
    """Of each column that is a choice, how many kinds were seen."""

    def spelled(self, table: Table) -> csr_matrix:
        """The rows as the model reads them; a kind that was never seen stands for none."""
        rows = np.arange(len(table.values))
        parts = []
        for place, column in enumerate(table.columns):
            values = table.values[:, place]
            if column not in table.choices:
                parts.append(csr_matrix(((values - self.means[place]) / self.scale[place])[:, None]))
                continue
            seen = values < self.kinds[place]
            where = (rows[seen], values[seen].astype(np.int64))
            parts.append(csr_matrix((np.ones(int(seen.sum())), where), shape=(len(rows), int(self.kinds[place]))))
        return hstack(parts, format="csr")


@dataclass(frozen=True, slots=True)
class _Fitted:
    shape: _Shape
    model: LogisticRegression

    def chances(self, table: Table) -> NDArray[np.float64]:
        found: NDArray[np.float64] = self.model.predict_proba(self.shape.spelled(table))[:, 1]
        return found
