"""The moments that ``send_time`` could not choose, in stretches: which gate stood against them."""

from msgspec import Struct

from opportune.policies.decision import Decision
from opportune.units import Instant


class Closed(Struct, frozen=True):
    """Moments in a row on one channel that were closed for the same reason; one moment if both ends are the same."""

    channel: str
    first: Instant
    last: Instant
    codes: tuple[str, ...]
    """Of the gates that stood against them, in the order of the policies."""


def closed_of(decision: Decision) -> list[Closed]:
    """By channel, earliest first; a moment that could be chosen ends a stretch. Empty without ``send_time``."""
    if decision.timing is None:
        return []
    codes: dict[tuple[str, Instant], list[str]] = {}
    for verdict in decision.verdicts:
        codes.setdefault((verdict.channel, verdict.at), []).append(verdict.code)
    open_ones = {(each.channel, each.at) for each in decision.timing.slots}
    found, is_new = list[Closed](), True
    for channel, at in sorted({*codes, *open_ones}):
        if (channel, at) in open_ones:
            is_new = True
            continue
        why, last = tuple(dict.fromkeys(codes[channel, at])), found[-1] if found else None
        if last is None or is_new or (last.channel, last.codes) != (channel, why):
            found.append(Closed(channel, at, at, why))
        else:
            found[-1] = Closed(channel, last.first, at, why)
        is_new = False
    return found
