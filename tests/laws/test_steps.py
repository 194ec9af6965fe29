"""Laws of steps: however a log is cut into batches, and however often somebody looks at the clock, runs do the same.

The journeys hold every kind of step; what happens is drawn.
"""

from collections.abc import Sequence
from itertools import count, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from opportune.events.event import Event, Input, Tick
from opportune.events.names import EMIT_ID
from opportune.journeys.memory import at_rest, awake
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.decision import Decision
from opportune.testing.world import MONDAY_NOON, World
from opportune.units import MINUTE
from opportune.wiring.shard import Shard

FILES = {
    "opportune.yaml": "zone: Europe/Berlin\nconsent: {email: always}\npolicies:\n"
    "  - frequency_cap: {at_most: 3, within: 1 day}\n",
    "journeys/cart.yaml": """
journey: cart
key: n
enter: {on: Cart Updated, where: value > 1}
exit: {on: Order Completed}
steps:
  - digest: {for: 1 hour, quiet: 20 minutes, collect: [title]}
  - split: haste
    arms:
      fast: {share: 50%, steps: [{wait: {between: ["14:00", "18:00"]}}]}
      slow: {share: 50%, steps: [{wait: {for: 30 minutes, since: active}}]}
  - set: {stage: "'tried'", many: collected.count}
  - branch:
      - when: traits.many > 1
        steps: [{call: tell}, {wait: {date: day, at: "20:00"}, missing: continue}]
  - repeat:
      times: 2
      until: EXISTS('Page Viewed', since => entry)
      steps:
        - send: mail
          not_sent: [{emit: Given Up, properties: {value: value}}]
        - wait: {until: Given Up, where: value > 2, at_most: 2 hours, since: entry}
          on_timeout: [{wait: {at: "09:00"}}]
""",
    "journeys/back.yaml": """
journey: back
enter: {on: Given Up}
reentry: {cooldown: 1 hour}
steps:
  - emit: Cart Updated
    properties: {value: value, n: "'again'", title: "'back'"}
  - send: mail
    when: traits.stage = 'tried'
""",
    "messages/mail.yaml": "message: mail\ntopic: cart\nchannels: [email]\nuseful_for: 1 hour\n",
    "messages/mail.liquid": "subject: Hi\n---\n{{ collected.title | default: '-' }} {{ unsubscribe_url }}\n",
    "messages/tell.yaml": "message: tell\nkind: internal\n",
    "messages/tell.liquid": "{{ collected.count | default: 0 }}",
}
PLAYBOOK = playbook_from(FILES)
COMPILED = compiled(PLAYBOOK)
NAMES = st.sampled_from(["Cart Updated", "Cart Updated", "Cart Updated", "Page Viewed", "Order Completed", "Given Up"])
HAPPENED = st.tuples(NAMES, st.integers(0, 5), st.sampled_from(["a", "b"]), st.sampled_from([0, 0, 1, 15, 40, 700]))


def lived(happened: Sequence[tuple[str, int, str, int]]) -> World:
    """A world in which this happens, every mail arrives after a second, and four days pass."""
    world = World(PLAYBOOK)
    ann = world.user("ann", day="2026-06-02")
    for number, (name, value, key, minutes) in enumerate(happened):
        world.passes(minutes=minutes)
        ann.does(name, value=value, n=key, title=f"no {number}")
    world.passes(days=4)
    return world


def told(batches: Sequence[Sequence[Input]]) -> tuple[list[str], list[str], list[str]]:
    """What is decided, how it ends and what is made, when these come one batch after the other."""
    shard, seqs = Shard(COMPILED), count(1)
    decided, ended, made = list[str](), list[str](), list[str]()
    for batch in batches:
        turn = shard.feed([structs.replace(entry, seq=next(seqs)) for entry in batch])
        assert not turn.poison
        shard.told(turn, lambda: next(seqs))
        decided += [_said(each) for each in turn.decisions]
        ended += [f"{each.decision} {each.code} {each.at}" for each in turn.endings]
        made += [f"{each.id} {each.name} {each.at} {each.properties!r}" for each in turn.emits]
    memory = shard.memory("ann")
    assert at_rest(awake(at_rest(memory))) == at_rest(memory)
    for run in memory.runs:
        assert run.due is None or run.due > memory.clock
    return decided, ended, made


@settings(max_examples=100, deadline=None)
@given(
    happened=st.lists(HAPPENED, min_size=1, max_size=14),
    cuts=st.sets(st.integers(1, 40)),
    every=st.sampled_from([7, 60]),
)
def test_batches_and_ticks_decide_nothing(
    happened: list[tuple[str, int, str, int]], cuts: set[int], every: int
) -> None:
    world = lived(happened)
    log: list[Input] = [each for each in world.log if isinstance(each, Event) and not each.id.startswith(EMIT_ID)]
    end = Tick(world.now)
    places = [0, *sorted(place for place in cuts if place < len(log)), len(log)]
    whole = told([[*log, end]])
    assert whole[0] == [_said(each) for each in world.decisions]
    assert told([*(log[start:stop] for start, stop in pairwise(places)), [end]]) == whole
    ticked: list[list[Input]] = []
    for entry in [*log, end]:
        before = _instant(ticked[-1][-1]) if ticked else MONDAY_NOON
        ticked += [[Tick(at)] for at in range(before, _instant(entry), every * MINUTE)]
        ticked.append([entry])
    assert told(ticked) == whole


def _said(each: Decision) -> str:
    return f"{each.id} {each.code} {each.due} {each.chosen}"


def _instant(entry: Input) -> int:
    return entry.received_at if isinstance(entry, Event) else entry.now
