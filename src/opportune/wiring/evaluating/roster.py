"""Which models there are to be tried, and which of them the machine lacks the libraries for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from opportune.errors import Unavailable
from opportune.wiring.evaluating.contenders import (
    Contender,
    GlobalHour,
    GlobalHourByWeekday,
    ModalHour,
    SmoothedCounts,
)
from opportune.wiring.evaluating.report import Missing

LACKS: Final = "not installed: pip install 'opportune[learning]'"

LIBRARIES: Final = frozenset({"lightgbm", "scipy", "sklearn"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A model by name."""

    name: str
    title: str
    make: Callable[[], Contender]
    """Raises ModuleNotFoundError where its library is not installed."""
    is_seeded: bool = False


def _logistic() -> Contender:
    from opportune.adapters.models.logistic import Logistic
    from opportune.wiring.evaluating.learned import Learned

    return Learned(Logistic(), "platt")


def _boosting() -> Contender:
    from opportune.adapters.models.boosting import Boosting
    from opportune.wiring.evaluating.learned import Learned

    return Learned(Boosting(), "isotonic")


def _boosting_with_hours() -> Contender:
    from opportune.adapters.models.boosting import Boosting
    from opportune.wiring.evaluating.learned import Learned

    return Learned(Boosting(), "isotonic", knows_hours=True)


def _ours() -> Contender:
    from opportune.wiring.evaluating.own import OwnRhythm, fitted

    return OwnRhythm(fitted)


BASELINE: Final = Entry("global_hour", "global hour", GlobalHour)
ROSTER: Final = (
    BASELINE,
    Entry("global_hour_by_weekday", "global hour by weekday", GlobalHourByWeekday),
    Entry("modal_hour", "user's modal hour", ModalHour),
    Entry("smoothed_counts", "smoothed counts", SmoothedCounts),
    Entry("logistic", "logistic regression", _logistic, is_seeded=True),
    Entry("boosting", "boosting, classic", _boosting, is_seeded=True),
    Entry("boosting_hours", "boosting + user x hour", _boosting_with_hours, is_seeded=True),
    Entry("ours", "opportune", _ours, is_seeded=True),
)
"""In the order of the table; all are measured against the first."""


def chosen(names: Sequence[str]) -> tuple[list[tuple[Entry, Contender]], list[Missing]]:
    """Those of these names, or all without names; the baseline is always one. Raises Unavailable for other names."""
    known = [each.name for each in ROSTER]
    for name in names:
        if name not in known:
            raise Unavailable(f"there is no model {name!r}; it may be {', '.join(known)}")
    found: list[tuple[Entry, Contender]] = []
    missing = []
    for entry in ROSTER:
        if names and entry.name not in names and entry is not BASELINE:
            continue
        try:
            found.append((entry, entry.make()))
        except ModuleNotFoundError as lack:
            if (lack.name or "").partition(".")[0] not in LIBRARIES:
                raise
            missing.append(Missing(name=entry.name, title=entry.title, why=LACKS))
        except OSError as fault:  # a library of the system that LightGBM is built upon
            missing.append(Missing(name=entry.name, title=entry.title, why=f"cannot be loaded: {fault}"))
    return found, missing
