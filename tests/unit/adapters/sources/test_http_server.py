"""Over a real socket: an unmodified client."""

from collections.abc import Iterator

import pytest
from segment.analytics.client import Client

from opportune.events.event import Event
from tests.unit.adapters.sources.requests import Taker
from tests.unit.adapters.sources.serving import Served, serving


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Taker()) as place:
        yield place


@pytest.mark.parametrize("gzip", [False, True])
def test_segments_python_client_only_needs_another_host(served: Served, gzip: bool) -> None:
    failures: list[object] = []
    client = Client(
        "wk_test",
        host=f"http://127.0.0.1:{served.port}",
        sync_mode=True,
        gzip=gzip,
        on_error=lambda *failure: failures.append(failure),
    )
    client.track("ann", "Cart Updated", {"value": 20}, message_id=f"m-{gzip}")
    assert failures == []
    event = served.taker.reads[-1]
    assert isinstance(event, Event)
    assert (event.id, event.user, event.name, event.properties) == (
        f"m-{gzip}",
        "ann",
        "Cart Updated",
        b'{"value": 20}',
    )
