"""Every adapter of the store, one after the other, for every contract."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Store


@pytest.fixture(params=["sqlite", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    makers: dict[str, Callable[[], Store]] = {
        "sqlite": lambda: SqliteStore(tmp_path / "shop.opportune"),
        "memory": MemoryStore,
    }
    made = makers[request.param]()
    yield made
    made.close()
