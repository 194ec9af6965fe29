"""What a user's journeys wait for: who may still come to speak, and when."""

from collections.abc import Iterator

from msgspec import Struct

from opportune.journeys.memory import Memory
from opportune.journeys.parting import is_awaited
from opportune.journeys.run import Armed
from opportune.policies.compiled import Compiled
from opportune.units import Instant
from opportune.wiring.plain_words import instant_of
from opportune.wiring.shard import Shard


class Waiting(Struct, frozen=True):
    """A journey that may still come to speak."""

    sentence: str
    journey: str
    key: str
    next: Instant | None


def waiting_of(shard: Shard, user: str) -> list[Waiting]:
    """The runs under way and the silences that are being waited for, by the log folded again for this user alone."""
    memory = shard.memory(user)
    playbook = shard.playbook_of(memory)
    zone = playbook.zones(memory.profile, memory.clock)[0].name
    found = [*_runs(playbook, memory, zone), *_armed(playbook, memory, zone)]
    others = sorted(playbook.plans.newest.keys() - {each.journey for each in found})
    return found + [Waiting(f"Journey {name} is not under way for this user.", name, "", None) for name in others]


def _runs(playbook: Compiled, memory: Memory, zone: str) -> Iterator[Waiting]:
    for run in sorted(memory.runs, key=lambda run: (run.journey, run.key, run.entry)):
        name = run.journey + (f" ({run.key})" if run.key else "")
        plan = playbook.plans.of(run)
        labels = {} if plan is None else {place: label for label, place in plan.journey.labels.items()}
        where = f"is at step {labels.get(run.step, run.step + 1)}"
        moves = f" and goes on at the latest on {instant_of(zone, run.due)}" if run.due is not None else ""
        said = f"Journey {name} began on {instant_of(zone, run.entry)}, {where}{moves}."
        yield Waiting(said, run.journey, run.key, run.due)


def _armed(playbook: Compiled, memory: Memory, zone: str) -> Iterator[Waiting]:
    for armed in sorted(memory.armed, key=lambda each: (each.journey, each.key, each.place, each.at)):
        hope = _hope(armed, zone) if is_awaited(playbook.plans, armed) else None
        if hope is not None:
            name = armed.journey + (f" ({armed.key})" if armed.key else "")
            yield Waiting(f"Journey {name} {hope}.", armed.journey, armed.key, armed.due)


def _hope(armed: Armed, zone: str) -> str | None:
    """What becomes of the trigger, and when; None if that is only told by events to come."""
    due = None if armed.due is None else instant_of(zone, armed.due)
    match armed.kind:
        case "crossing":
            when = "true again" if armed.place else "true"
            early = "" if due is None else f"; time alone may change it, on {due} at the earliest"
            return f"begins when its condition becomes {when}{early}"
        case "silence" if due is not None:
            return f"begins on {due} if the user stays silent until then"
        case "absence" if due is not None:
            return f"begins on {due} if what it goes without has not happened by then"
        case "schedule" | "date" | "broadcast" if due is not None:
            return f"is to begin on {due}, if its condition is true then"
        case _:
            return None
