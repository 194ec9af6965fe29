"""Counts, of what has become durable, what well-known events do not say as they should."""

from opportune.adapters.sources.http import Accept
from opportune.events.schema import Violations
from opportune.events.wire import Read
from opportune.ports import DeadLetter, Taken


def watched(accept: Accept, violations: Violations) -> Accept:
    """The same, but that ``violations`` hears of all that was taken; what it finds refuses nothing."""

    async def accepted(reads: list[Read], dead: list[DeadLetter]) -> Taken:
        taken = await accept(reads, dead)
        violations.note(reads)
        return taken

    return accepted
