"""The same log decides the same, however it is handed over (R12).

Whatever the batches, the ticks, the restarts and the shards: the digest of every user and day, the sum of the digests
of all its decisions and endings, stays the same number.
"""

from collections import Counter
from random import Random

import msgspec
import pytest

from opportune.draws import draw
from opportune.events.event import Event, Merged, Published, Tick, log_clock
from opportune.playbook.compiling import compiled
from opportune.policies.decision import digest_of, digest_of_ending
from opportune.wiring.shard import Shard
from tests.laws.filling import filled
from tests.laws.living import drive
from tests.laws.subject import Engine, event_of, playbook_in
from tests.laws.worlds import DAY, world_of

WORLDS, CHUNK = 2_000, 50
CROWDS, CROWD_CHUNK = 60, 5
RENEWALS, RENEWAL_CHUNK = 120, 20
ROOM = 10
"""Between the numbers of two entries of a log, for ticks that are put between them."""


class Log:
    """What one world came to: entries in their order, and the playbooks they name."""

    def __init__(self, world):
        history = drive(world, Engine(world["playbook"])).history
        self.playbooks, self.versions, self.merged, self.entries, seen = {}, [], {}, [], set()
        self.rows = {}
        first = self.published(world["playbook"], [])
        self.first = self.playbooks[first]
        for item in history:
            if item.get("seq") not in seen:  # what comes twice, a host drops
                seen.add(item.get("seq", "none"))
                self.entries.append(self.entry(item, ROOM * (len(self.entries) + 1)))
        end = history[-1]["now"] + 9 * DAY
        self.entries.append(Tick(end, ROOM * (len(self.entries) + 1)))

    def entry(self, item, seq):
        match item["kind"]:
            case "event":
                return event_of(item, seq)
            case "tick":
                return Tick(item["now"], seq)
            case "merge":
                self.merged[item["from"]] = item["user"]
                return Merged(item["user"], item["from"], item["now"], seq)
        before, name = self.playbooks[self.newest], self.published(item["playbook"], self.versions)
        made, now = self.playbooks[name], item["now"]
        self.rows[seq] = filled(before, made, self.versions, self.entries, now=now)
        return Published(name, now, seq)

    def published(self, form, earlier):
        playbook = playbook_in(form)
        made = compiled(playbook, earlier)
        self.versions.append(playbook)
        self.playbooks[made.hash], self.newest = made, made.hash
        return made.hash

    def owner(self, user):
        while user in self.merged:
            user = self.merged[user]
        return user

    def shard(self, before=None):
        """A shard at the beginning, or one that starts again from the bytes of another."""
        playbook, memories = (self.first, {}) if before is None else (before.playbook, dict(before.memories))
        shard = Shard(playbook, publications=self.playbooks.__getitem__, memories=memories)
        shard.backfills = lambda seq, users: self.rows[seq].items()
        return shard


def summed(turns):
    """Digest by (user, day), of what these turns said."""
    sums = Counter()
    for turn in turns:
        assert turn.poison == []
        for decision in turn.decisions:
            sums[decision.user, decision.due // DAY] += digest_of(decision)
        for ending in turn.endings:
            sums[ending.user, ending.at // DAY] += digest_of_ending(ending)
    return {name: total % 2**128 for name, total in sums.items()}


def in_batches(entries, size):
    return [entries[start : start + size] for start in range(0, len(entries), size)]


def fed(shard, entries, size=1):
    return [shard.feed(batch) for batch in in_batches(entries, size)]


# Ways to hand a log over: each answers the digests it comes to


def one_by_one(log, random):
    return summed(fed(log.shard(), log.entries))


def three_at_a_time(log, random):
    return summed(fed(log.shard(), log.entries, 3))


def all_at_once(log, random):
    return summed(fed(log.shard(), log.entries, 1_000))


def with_more_ticks(log, random):
    entries, now = [], log_clock(log.entries[0])
    for entry in log.entries:
        instants = sorted(random.randint(now, log_clock(entry)) for _ in range(random.randint(0, 3)))
        entries += [Tick(at, entry.seq - ROOM + 1 + place) for place, at in enumerate(instants)]
        entries.append(entry)
        now = log_clock(entry)
    return summed(fed(log.shard(), entries, random.randint(1, 4)))


def with_the_last_tick_only(log, random):
    entries = [entry for entry in log.entries[:-1] if not isinstance(entry, Tick)]
    return summed(fed(log.shard(), [*entries, log.entries[-1]]))


def with_restarts(log, random):
    shard, turns = log.shard(), []
    for batch in in_batches(log.entries, 2):
        if random.random() < 0.3:
            shard = log.shard(shard)
        turns.append(shard.feed(batch))
    return summed(turns)


def from_an_older_snapshot(log, random):
    """A crash: what was done since the snapshot is lost, and done again from the log."""
    snapshot, crash = sorted(random.randint(0, len(log.entries)) for _ in range(2))
    shard = log.shard()
    turns = fed(shard, log.entries[:snapshot], 2)
    kept = log.shard(shard)
    fed(shard, log.entries[snapshot:crash])
    return summed([*turns, *fed(kept, log.entries[snapshot:])])


def with_entries_again(log, random):
    """A host that is not sure what it has done does it again: no event or tick counts twice.

    Not further back than the last merge or publication, which a host makes durable before it goes on.
    """
    settled = max((n + 1 for n, each in enumerate(log.entries) if isinstance(each, (Merged, Published))), default=0)
    place, again = sorted(random.randint(settled, len(log.entries)) for _ in range(2))
    shard = log.shard()
    turns = fed(shard, log.entries[:again], 2)
    return summed([*turns, *fed(log.shard(shard), log.entries[place:])])


def across_four_shards(log, random):
    turns = []
    for number in range(4):
        mine = [entry for entry in log.entries if not is_elsewhere(log, entry, number)]
        turns += fed(log.shard(), mine, 2)
    return summed(turns)


def is_elsewhere(log, entry, number):
    """Both ids of a merge live in one shard; ticks and publications concern all."""
    if not isinstance(entry, (Event, Merged)):
        return False
    return draw("shard", log.owner(entry.user)) % 4 != number


WAYS = (
    three_at_a_time,
    all_at_once,
    with_more_ticks,
    with_the_last_tick_only,
    with_restarts,
    from_an_older_snapshot,
    with_entries_again,
    across_four_shards,
)


def moved(seed, **wishes):
    """The ways that come to another digest than one entry after the other, for the log of this world."""
    log = Log(world_of(seed, **wishes))
    expected = one_by_one(log, None)
    return [way.__name__ for way in WAYS if way(log, Random(f"{seed} {way.__name__}")) != expected]


@pytest.mark.parametrize("first", range(20_000, 20_000 + WORLDS, CHUNK))
def test_no_digest_moves_however_the_log_is_handed_over(first):
    assert {seed: ways for seed in range(first, first + CHUNK) if (ways := moved(seed))} == {}


@pytest.mark.parametrize("first", range(60_000, 60_000 + RENEWALS, RENEWAL_CHUNK))
def test_no_digest_moves_where_a_playbook_asks_for_what_none_before_it_did(first):
    wishes = {"renews": True, "users": 3, "most": 30}
    assert {seed: ways for seed in range(first, first + RENEWAL_CHUNK) if (ways := moved(seed, **wishes))} == {}


@pytest.mark.parametrize("first", range(50_000, 50_000 + CROWDS, CROWD_CHUNK))
def test_no_digest_moves_in_a_crowd(first):
    crowd = {"users": 9, "most": 90}
    assert {seed: ways for seed in range(first, first + CROWD_CHUNK) if (ways := moved(seed, **crowd))} == {}


def test_a_decision_that_differs_moves_the_digest():
    log = Log(world_of(20_001, users=9, most=90))
    turns = fed(log.shard(), log.entries)
    assert sum(len(turn.decisions) for turn in turns) > 10
    sums, speaking = summed(turns), [turn for turn in turns if turn.decisions]
    for turn in speaking:
        said, turn.decisions = (
            turn.decisions,
            [msgspec.structs.replace(turn.decisions[0], worth=turn.decisions[0].worth + 1)],
        )
        assert summed(turns) != sums
        turn.decisions = said
