"""From an open store to an engine that can run: the log folded, the playbook in force, what a crash left taken up.

Everything but the faces that listen: a service puts those in front, the simulator has its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.playbook.definition import Playbook
from opportune.ports import Render, Timer
from opportune.units import Instant
from opportune.wiring.copies import Copied, Holding
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import Host, Terms
from opportune.wiring.lane import Lane
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import Restored, catch_up, publish, restored


@dataclass(frozen=True)
class Ways:
    """The ways out, and the words that go out on them."""

    lanes: Mapping[str, Lane]
    render: Render


async def in_force(
    store: SqliteStore, publications: Publications, playbook: Playbook, files: Mapping[str, str], *, now: Instant
) -> Restored:
    """The log folded, with this playbook as the one in force."""
    if store.last_seq() == 0:
        publish(store, publications, playbook, files, now=now)
    start = restored(store, publications)
    if store.is_unsettled:
        await Copied(store, start, now).live_through()
    if start.shard.playbook.hash != playbook.hash:
        catch_up(store, start, now=now)
        publish(store, publications, playbook, files, now=max(now, start.clock))
        start = restored(store, publications)
    return start


async def put_together(
    store: SqliteStore, start: Restored, ways: Ways, *, clock: Timer, terms: Terms | None = None
) -> tuple[Host, Dispatcher]:
    """A host and its dispatcher; what an earlier life left open is answered, or taken up, and nothing runs yet."""
    host = Host(store, start, clock=clock, claimed=lambda found: holding.take(found), terms=terms)
    dispatcher = Dispatcher(store, ways.lanes, render=ways.render, report=host.report, clock=clock)
    dispatcher.is_held = lambda: store.held is not None
    host.begun = dispatcher.begun
    holding = Holding(store, dispatcher.take, lambda found: dispatcher.report_again())
    await dispatcher.recover()
    return host, dispatcher
