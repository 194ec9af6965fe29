"""How a target has answered lately: whether it is asked now, later, or no more until somebody looks at it."""

from typing import Final

from msgspec import Struct

from opportune.draws import draw
from opportune.units import DAY, HOUR, MINUTE, ONE, SECOND, Instant, Millis

PATIENCE: Final = 3
"""Failures in a row that may be those of single messages."""
LONGEST: Final[Millis] = 5 * MINUTE
"""The longest pause that we choose ourselves."""
LONGEST_ASKED: Final[Millis] = HOUR
"""The longest pause that a target may ask for."""
GIVEN_UP_AFTER: Final[Millis] = 3 * DAY
"""A target that has answered nothing but failures for this long is disabled, if it was asked at least so often:"""
FEWEST_FAILURES: Final = 20


class Standing(Struct, frozen=True):
    """What a target is worth calling."""

    failures: int = 0
    """In a row."""
    since: Instant | None = None
    """The first of them."""
    until: Instant | None = None
    """It is left alone until then."""
    disabled: str = ""
    """Why it is called no more, as a code; a restart calls it again."""


def is_resting(standing: Standing, now: Instant) -> bool:
    """Whether the target is left alone for now."""
    return standing.until is not None and now < standing.until


def after_success(standing: Standing) -> Standing:
    """It has taken, or judged, a message: all is forgotten."""
    return standing if standing == Standing() else Standing()


def after_failure(standing: Standing, name: str, now: Instant, asked: Millis | None = None) -> Standing:
    """One more failure of the target with this name, which may have asked to be left alone for a span.

    From the third in a row on we leave it alone on our own: 1 s, then twice as long each time. A drawn part of each
    pause, up to half, is left out, so that several of us do not come back at once.
    """
    failures, since = standing.failures + 1, now if standing.since is None else standing.since
    pause = 0
    if failures >= PATIENCE:
        full = min(SECOND << min(failures - PATIENCE, 16), LONGEST)
        pause = full - full * draw("webhook", name, since, failures) // (2 * ONE)
    pause = max(pause, min(asked or 0, LONGEST_ASKED))
    is_given_up = failures >= FEWEST_FAILURES and now - since >= GIVEN_UP_AFTER
    return Standing(failures, since, now + pause if pause else None, "target_failing" if is_given_up else "")
