"""How fast one channel may go, as an operator says it."""

import re
from typing import Final

from msgspec import Struct

from opportune.ports import Channel
from opportune.sending.rate_limit import RateLimit
from opportune.wiring.lane import Lane

_STATED: Final = re.compile(
    r"(?P<channel>\w+)=(?P<rate>\d{1,6})/s(?:,burst=(?P<burst>\d{1,6}))?(?:,workers=(?P<workers>\d{1,3}))?"
)


class Pace(Struct, frozen=True):
    """Calls a second on the long run, at once after a rest, and under way together; all at least 1, else ValueError."""

    per_second: int = 100
    burst: int = 10
    workers: int = 4

    def __post_init__(self) -> None:
        for name in ("per_second", "burst", "workers"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")

    def lane(self, channel: Channel) -> Lane:
        """A lane that keeps this pace."""
        return Lane(channel, workers=self.workers, limit=RateLimit(self.per_second, self.burst))


def pace_of(text: str) -> tuple[str, Pace]:
    """The channel and its pace, from ``email=50/s`` or ``email=50/s,burst=20,workers=8``; else raises ValueError."""
    found = _STATED.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"a pace is written 'email=50/s' or 'email=50/s,burst=20,workers=8', not {text!r}")
    burst, workers = found["burst"], found["workers"]
    stated = Pace(
        int(found["rate"]), int(burst) if burst else Pace().burst, int(workers) if workers else Pace().workers
    )
    return found["channel"], stated
