"""Deeds as analytics clients put them on the wire."""

import msgspec

from opportune.units import DAY
from opportune.wiring.demo.deed import Deed

AT = 20_605 * DAY


def test_a_deed_is_put_on_the_wire_as_analytics_clients_do() -> None:
    deed = Deed(AT, "d1", "ann", "Cart Updated", b'{"value":20}')
    assert msgspec.json.decode(msgspec.json.encode(deed.call())) == {
        "messageId": "d1",
        "userId": "ann",
        "timestamp": "2026-06-01T00:00:00.000Z",
        "type": "track",
        "event": "Cart Updated",
        "properties": {"value": 20},
    }


def test_a_visitor_has_no_name_before_logging_in() -> None:
    looks, logs_in = (Deed(AT, "d1", "ann", name, visitor="v1").call() for name in ("Page Viewed", "Identified"))
    assert (looks["type"], looks.get("userId"), looks["anonymousId"]) == ("page", None, "v1")
    assert (logs_in["type"], logs_in["userId"], logs_in["anonymousId"]) == ("identify", "ann", "v1")
