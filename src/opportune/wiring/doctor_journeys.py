"""Whether journeys are paused, and how welcome their messages were."""

from collections.abc import Iterator
from pathlib import Path

from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Unavailable
from opportune.playbook.watching import lower_end
from opportune.sending.tally import Unwelcome
from opportune.wiring.doctor import Finding
from opportune.wiring.tallying import Lane, Sums, Tallying

_ABOUT = "journeys"
_WHATS: tuple[Unwelcome, ...] = ("complaints", "unsubscribes")


def journeys(path: Path) -> Iterator[Finding]:
    """A warning for each that is paused, with what came of its messages; else the one with the most complaints."""
    if not path.exists():
        return
    try:
        history = SqliteHistory(path)
    except Unavailable:
        return  # the file itself is looked at elsewhere
    published, tallying = history.published(), Tallying(history.tallied())
    history.close()
    paused = published[-1].paused if published else ()
    for name in paused:
        found = [_told(lane, tallying.all_of(lane)) for lane in tallying.lanes() if lane[0] == name]
        remedy = f"look who enters and what they were promised, then 'opportune resume {name}'"
        yield Finding("warning", _ABOUT, f"{name!r} is paused" + "".join(f"; {each}" for each in found), remedy)
    lanes = {lane: tallying.all_of(lane) for lane in tallying.lanes()}
    if lanes and not paused:
        worst = max(lanes, key=lambda lane: (lower_end(lanes[lane].complaints, lanes[lane].sends), lane))
        yield Finding("ok", _ABOUT, f"none is paused; most complaints: {worst[0]!r}, {_told(worst, lanes[worst])}")


def _told(lane: Lane, sums: Sums) -> str:
    counts = ", ".join(f"{sums.of(what):,} {what}" for what in _WHATS)
    return f"{sums.sends:,} messages by {lane[1]}: {counts}"
