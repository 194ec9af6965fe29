"""How long one decision takes, generated and plain in turn."""

from collections.abc import Iterator, Mapping

from benchmarks.figure import Figure, Size, figure_of, in_turn
from benchmarks.generic import START, Crowd, files
from opportune.features.ledger import Sent
from opportune.journeys.memory import Memory
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import decided
from opportune.policies.slate import Proposal
from opportune.units import DAY, HOUR
from opportune.wiring.shard import Shard

NOW = (
    "one proposal on 2 channels at one instant: view, 9 gates, worth, holdout, arbitration, channel, wording, record; "
    "2 earlier sends"
)
SLOTS = "the same on 3 channels and 24 hours, 72 candidates, 13 of the hours quiet; 2 earlier sends"


def measured(size: Size) -> Iterator[Figure]:
    """One decision for now, and one among 24 hours."""
    yield from _pair("decide.now", files(), hours=8, size=size, conditions=NOW)
    yield from _pair("decide.slots", _with_slots(), hours=25, size=size, conditions=SLOTS)


def _pair(name: str, playbook: Mapping[str, str], *, hours: int, size: Size, conditions: str) -> Iterator[Figure]:
    read = playbook_from(playbook)
    works = []
    for is_plain in (False, True):
        ready = compiled(read, is_plain=is_plain)
        memory = _memory(ready)
        message = ready.messages["message_1"]
        wish = Proposal("journey_1", ready.hash, "", START, 1, message, START + hours * HOUR)
        works.append(lambda ready=ready, memory=memory, wish=wish: decided(ready, memory, [wish], START))
    for form, samples in zip(("us", "plain_us"), in_turn(works, size), strict=True):
        yield figure_of(f"{name}_{form}", samples, unit="us", conditions=conditions)


def _with_slots() -> dict[str, str]:
    """The same playbook with an hour's choice, and in-app as a third channel."""
    made = files()
    made["opportune.yaml"] += "  - hours: {slots: 24}\n"
    return {path: text.replace("[push, email]", "[push, email, in_app]") for path, text in made.items()}


def _memory(ready: Compiled) -> Memory:
    """A user of whom enough is known, with two sends that caps count."""
    shard, crowd = Shard(ready), Crowd(users=2, triggers=0.0)
    shard.feed([*crowd.arrivals(START - 6 * DAY), *crowd.events(40, start=START - 5 * DAY, end=START - DAY, seq=2)])
    memory = shard.memory("user-000001")
    memory.ledger.pending.clear()
    for days in (4, 2):
        sent = Sent(START - days * DAY, f"{days:032x}", "message_2", "push", "topic_2", True, is_noticed=days == 4)
        memory.ledger.sent.append(sent)
    return memory
