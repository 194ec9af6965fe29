"""What somebody who publishes wants changed, and the publication that this comes to."""

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from opportune.errors import EventError
from opportune.events.event import Published
from opportune.units import ONE, Instant, Micros


class Change(Struct, frozen=True):
    """Another playbook, or what is paused; the rest stays as it is."""

    playbook: str = ""
    """Its hash; empty: the one in force stays."""
    share: Micros = ONE
    """For so many users; the others keep the playbook that was in force for all."""
    pause: str = ""
    """A journey; empty: none."""
    resume: str = ""


def said_after(change: Change, before: Published, *, now: Instant, seq: int, zones: str) -> Published:
    """The publication that puts this change in force after the one ``before``."""
    paused = (set(before.paused) | {change.pause}) - {change.resume, ""}
    said = replace(before, now=now, seq=seq, paused=tuple(sorted(paused)), zones=zones)
    if not change.playbook:
        return said
    stable = before.stable if before.share < ONE else before.playbook
    if change.share >= ONE or change.playbook == stable:
        return replace(said, playbook=change.playbook, share=ONE, stable="")
    return replace(said, playbook=change.playbook, share=change.share, stable=stable)


def is_nothing_new(said: Published, before: Published) -> bool:
    """Whether it would change nothing."""
    return replace(said, now=before.now, seq=before.seq) == before


def playbook_before(before: Published, known: Sequence[Published]) -> str:
    """What a rollback goes back to: the playbook of those beyond the share, else the one in force before this one.

    Raises EventError ``nothing_before`` if there is none.
    """
    if before.share < ONE:
        return before.stable
    for each in reversed(known):
        for name in (each.playbook, each.stable) if each.share >= ONE else (each.stable,):
            if name and name != before.playbook:
                return name
    raise EventError("nothing_before", "there is no earlier playbook to go back to; 'publications' lists what there is")
