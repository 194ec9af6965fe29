"""What one row says: when it happened, by whose clock."""

import pytest

from opportune.errors import EventError
from opportune.events.event import Event
from opportune.wiring.backtest.calls import said_in, usual
from opportune.wiring.backtest.entry import Entry, Linked
from opportune.wiring.mapping import Columns

NOW = 1_900_000_000_000
NOON = 1_772_366_400_000
"""2026-03-01T12:00Z."""
HOUR = 3_600_000
CALL = {"type": "track", "messageId": "m", "userId": "ann", "event": "Seen", "timestamp": "2026-03-01T12:00:00Z"}


def said(**more: object) -> Entry:
    (found,) = said_in(CALL | more, Columns(), place=8, now=NOW)
    return found


def test_an_event_of_a_file_was_heard_of_when_it_happened() -> None:
    found = said()
    assert isinstance(found, Event)
    assert (found.at, found.received_at, found.seq) == (NOON, NOON, 8)


def test_a_clients_clock_is_set_right_only_if_it_is_known_when_the_call_came() -> None:
    found = said(sentAt="2026-03-01T13:00:00Z", receivedAt="2026-03-01T15:00:00Z")
    assert isinstance(found, Event) and found.at == NOON + 2 * HOUR
    assert said(sentAt="2026-03-01T13:00:00Z") == said()
    assert said(sentAt="2026-03-01T13:00:00Z", receivedAt="soon") == said()


def test_what_happens_later_than_now_is_refused() -> None:
    with pytest.raises(EventError, match="it happened later than now") as refused:
        said(timestamp="2199-03-01")
    assert refused.value.code == "in_future"
    quick = usual(
        b'{"type":"track","messageId":"m","userId":"a","event":"e","timestamp":"2199-03-01T00:00:00.000Z"}', 0, NOW
    )
    assert quick is None


def test_a_call_that_does_not_say_when_is_refused() -> None:
    with pytest.raises(EventError, match="no timestamp says when it happened"):
        said(timestamp="")


def test_who_identifies_beside_an_anonymous_id_is_linked_to_it_first() -> None:
    call = CALL | {"type": "identify", "anonymousId": "dev", "traits": {"a": 1}}
    link, event = said_in(call, Columns(), place=8, now=NOW)
    assert isinstance(link, Linked) and (link.previous, link.user, link.at, link.seq) == ("dev", "ann", NOON, 8)
    assert event.seq == 9


def test_columns_with_names_of_their_own_are_read_as_they_are_named() -> None:
    columns = Columns(named={"user": "uid", "at": "when"}, event="Seen")
    (found,) = said_in({"uid": "ann", "when": "2026-03-01T12:00Z", "type": "track"}, columns, place=8, now=NOW)
    assert isinstance(found, Event) and (found.user, found.name, found.at) == ("ann", "Seen", NOON)
