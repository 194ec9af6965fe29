"""Gradient boosted trees by LightGBM, on one core and without chance beyond the seed."""

from dataclasses import dataclass

import numpy as np
from lightgbm import Booster, Dataset, train
from numpy.typing import NDArray

from opportune.ports.classifying import Fitted, Table


@dataclass(frozen=True, slots=True)
class Boosting:
    """Learns so many trees, one after the other."""

    trees: int = 80
    leaves: int = 15
    rate: float = 0.06
    fewest_rows: int = 100
    """In a leaf."""

    def fitted(self, table: Table, happened: NDArray[np.bool_], *, seed: int) -> Fitted:
        """Each tree sees four fifths of the rows and of the columns, by the seed."""
        kinds = [place for place, column in enumerate(table.columns) if column in table.choices]
        rows = Dataset(
            table.values,
            label=happened.astype(np.float64),
            feature_name=list(table.columns),
            categorical_feature=kinds,
            params={"verbosity": -1, "max_bin": 127},
        )
        settings = {
            "objective": "binary",
            "learning_rate": self.rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.fewest_rows,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "feature_fraction": 0.8,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbosity": -1,
            "max_bin": 127,
        }
        return _Fitted(train(settings, rows, num_boost_round=self.trees))


@dataclass(frozen=True, slots=True)
class _Fitted:
    model: Booster

    def chances(self, table: Table) -> NDArray[np.float64]:
        return np.asarray(self.model.predict(table.values, num_threads=1), dtype=np.float64)
