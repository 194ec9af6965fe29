"""What an engine's log says of its users, on the clocks that they lived by."""

from collections.abc import Callable, Mapping

from opportune.events.event import Event, Merged
from opportune.events.names import EMIT_ID
from opportune.features.clock import STATED
from opportune.features.evolve import decoded
from opportune.features.local_time import Zone, offset_at, zone_named
from opportune.features.traits import traits_of
from opportune.ports import History
from opportune.training.histories import Histories
from opportune.units import Instant
from opportune.wiring.backtest.groups import Links
from opportune.wiring.histories.gathering import Gathering, Happened


def histories_in(
    history: History,
    *,
    zone: Zone,
    kinds: Mapping[str, str] | None = None,
    until: Instant | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Histories:
    """All that the log still holds; what was cut off it is not learned from.

    zone  : of users of whom nothing says where they are
    kinds : of messages by name
    until : what happened then or later is left out
    """
    found, clocks, links, last = Gathering(kinds), _Clocks(zone), Links(), history.last_seq()
    for count, entry in enumerate(history.log()):
        if count % 10_000 == 0:
            progress(min(count, last), last)
        if isinstance(entry, Merged):
            links.join(entry.user, entry.absorbed)
        elif isinstance(entry, Event) and not entry.id.startswith(EMIT_ID) and (until is None or entry.at < until):
            properties, context = decoded(entry.properties), decoded(entry.context)
            local = clocks.local(entry, properties, context)
            found.take(Happened(entry.user, entry.name, entry.at, local, properties))
    progress(last, last)
    return found.histories(dict(links.roots()))


class _Clocks:
    """The zone that was said last of each user."""

    def __init__(self, zone: Zone) -> None:
        self._default = zone
        self._said: dict[str, tuple[Instant, Zone]] = {}

    def local(self, event: Event, properties: Mapping[str, object], context: Mapping[str, object]) -> Instant:
        """Its instant on the clock that its own context names, else on that of the zone said last."""
        stated = traits_of(event.name, properties, context)
        own = context.get("timezone")
        there = zone_named(own) if isinstance(own, str) else None
        said = stated.get(STATED)
        newest = there or (zone_named(said) if isinstance(said, str) else None)
        if newest is not None and event.at >= self._said.get(event.user, (event.at, newest))[0]:
            self._said[event.user] = event.at, newest
        known = self._said.get(event.user)
        return event.at + offset_at(there or (known[1] if known else self._default), event.at)
