"""The real engine behind the interface that ``worlds.drive`` asks for: one user at a time, memories as bytes."""

from collections.abc import Mapping
from typing import Any

import msgspec
import yaml

from opportune.engine import react
from opportune.events.event import PLACES, Event, Merged, Published, Tick
from opportune.features.backfill import graft
from opportune.journeys.deadline import earliest
from opportune.journeys.memory import Memory, at_rest, awake, fresh
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.sending.attempt import Attempt
from opportune.sending.merging import merge
from opportune.sending.publishing import take_up
from opportune.sending.reaction import Reaction
from opportune.wiring.backfilling import backfill_in
from tests.laws.files import files_of
from tests.laws.filling import filled

Item = dict[str, Any]


def playbook_in(world_playbook: Item) -> Playbook:
    """The playbook of a world, read by the real loader from the files it would be written in."""
    files = files_of(world_playbook)
    return playbook_from({n: t if isinstance(t, str) else yaml.safe_dump(t, sort_keys=False) for n, t in files.items()})


class Engine:
    """Feeds inputs to ``react``; every memory goes through its form at rest after every input, as at a restart."""

    def __init__(self, world_playbook: Item, *, is_plain: bool = False) -> None:
        self.memories: dict[str, bytes] = {}
        self.is_plain = is_plain
        self.published: list[Playbook] = []
        self.taken: dict[int, Event | Merged] = {}
        self.seq = 0
        self.numbers: dict[int, int] = {}
        self.publish(world_playbook)

    def publish(self, world_playbook: Item, now: int = 0) -> None:
        playbook = playbook_in(world_playbook)
        made: Compiled = compiled(playbook, self.published, is_plain=self.is_plain)
        self.published.append(playbook)
        if self.memories:
            entries = [self.taken[seq] for seq in sorted(self.taken)]
            self.fill_in(filled(self.playbook, made, self.published, entries, now=now))
            said = [Published(each.hash, now) for each in self.published[-2:]]
            for name in sorted(self.memories):
                self.gather(take_up(made, self.memory(name), said[1], said[0]))
        self.playbook = made

    def fill_in(self, rows: Mapping[str, bytes]) -> None:
        for name, row in rows.items():
            memory = self.memory(name)
            graft(memory.profile, backfill_in(row))
            self.memories[name] = at_rest(memory)

    def feed(self, item: Item) -> Item:
        self.out: Item = {"decisions": [], "endings": [], "attempts": [], "recalls": [], "goals": [], "emits": []}
        match item["kind"]:
            case "publication":
                for name in sorted(self.memories):
                    self.take(name, Tick(item["now"], self.following()))
                self.publish(item["playbook"], item["now"])
            case "tick":
                self.take(item["user"], Tick(item["now"], self.following()))
            case "event":
                self.take(item["user"], event_of(item, self.number(item["seq"])))
            case "merge":
                self.join(item)
        return {**self.out, "wakes": {name: earliest(awake(raw)) for name, raw in self.memories.items()}}

    def following(self) -> int:
        self.seq += 1
        return self.seq

    def number(self, seq: int) -> int:
        """A redelivered event keeps its place in the log."""
        if seq not in self.numbers:
            self.numbers[seq] = self.following()
        return self.numbers[seq]

    def memory(self, name: str) -> Memory:
        return awake(self.memories[name]) if name in self.memories else fresh(name)

    def take(self, name: str, happened: Event | Tick) -> None:
        if isinstance(happened, Event):
            self.taken[happened.seq] = happened
        self.gather(react(self.playbook, self.memory(name), happened))

    def join(self, item: Item) -> None:
        happened = Merged(item["user"], item["from"], item["now"], self.number(item["seq"]))
        self.taken[happened.seq] = happened
        last, out = merge(self.playbook, self.memory(item["user"]), self.memory(item["from"]), happened)
        self.gather(last)
        self.gather(out)
        del self.memories[item["from"]]

    def gather(self, reaction: Reaction) -> None:
        self.memories[reaction.memory.user] = at_rest(reaction.memory)
        for decision in reaction.decisions:
            chosen = decision.chosen
            plain = None if chosen is None else {"channel": chosen.channel, "at": chosen.at, "variant": chosen.variant}
            self.out["decisions"].append({**fields(decision), "chosen": plain})
        self.out["endings"] += [fields(ending) for ending in reaction.endings]
        for goal in reaction.goals:
            value = None if goal.value is None else goal.value // 1_000_000  # in worlds all values are whole
            self.out["goals"].append({**fields(goal), "value": value})
        for count, emitted in enumerate(reaction.emits, 1):
            seq = self.following()  # what steps emit stands in the log too, behind what led to it
            self.taken[seq] = msgspec.structs.replace(emitted, seq=seq, place=emitted.seq * PLACES + count)
            said = msgspec.json.decode(emitted.properties)
            self.out["emits"].append({**fields(emitted), "said": said})
        for call in reaction.calls:
            self.out["attempts" if isinstance(call, Attempt) else "recalls"].append(fields(call))


def event_of(item: Mapping[str, Any], seq: int) -> Event:
    return Event(
        id=item["id"],
        user=item["user"],
        name=item["name"],
        at=item["at"],
        received_at=item["now"],
        seq=seq,
        properties=msgspec.json.encode(item["properties"]),
        context=msgspec.json.encode(item["context"]),
        is_history=item["is_history"],
    )


def fields(struct: msgspec.Struct) -> Item:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}
