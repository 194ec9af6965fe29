"""From an open store to an engine that can run: the log folded, the playbook in force, what a crash left taken up.

Everything but the faces that listen: a service puts those in front, the simulator has its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Published
from opportune.features.local_time import zones_version
from opportune.playbook.definition import Playbook
from opportune.ports import Render, Timer
from opportune.units import Instant
from opportune.wiring.change import Change, is_nothing_new, said_after
from opportune.wiring.copies import Copied, Holding
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import Host, Terms
from opportune.wiring.lane import Lane
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import AT_START, Restored, catch_up, publish, publish_at_rest, restored


@dataclass(frozen=True)
class Ways:
    """The ways out, and the words that go out on them."""

    lanes: Mapping[str, Lane]
    render: Render


async def in_force(
    store: SqliteStore, publications: Publications, playbook: Playbook, files: Mapping[str, str], *, now: Instant
) -> Restored:
    """The log folded, with this playbook as the one in force, unless somebody has published another one meanwhile."""
    if store.last_seq() == 0:
        publish(store, publications, playbook, files, now=now)
    start = restored(store, publications)
    if store.is_unsettled:
        await Copied(store, start, now).live_through()
    before = start.shard.in_force.said
    change = Change(playbook.hash) if is_wanted(store, publications, before, playbook.hash) else Change()
    now = max(now, start.clock)
    if not is_nothing_new(said_after(change, before, now=now, seq=0, zones=zones_version()), before):
        publications.keep(playbook, files)
        catch_up(store, start, now=now)
        said = said_after(change, before, now=now, seq=store.last_seq() + 1, zones=zones_version())
        publish_at_rest(store, publications, start, said, is_start=bool(change.playbook))
    return start


def is_wanted(store: SqliteStore, publications: Publications, before: Published, playbook: str) -> bool:
    """Whether a start with the folder of this playbook publishes it.

    Not if it was published before and somebody has published another one since, or gone back, by hand: a start that
    nobody looks at must not undo that.
    """
    if playbook in (before.playbook, before.stable):
        return False
    return playbook not in publications.living or before.seq <= store.offset(AT_START)


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
