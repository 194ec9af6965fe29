"""How to read users, and the do-no-harm gate, where opens are all that is seen: whether users' own hours held for what
was sent later.

Nobody can see what would have been opened at an hour at which nothing was sent. But among what was sent, a message that
went out in an hour of which a user's rhythm promises more than hours do in general should be opened more often than
this user opens, by as much as is promised. How much of what is promised is kept is a slope: 1 if all is, 0 if nothing.
"""

from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from opportune.features.attention import LATEST
from opportune.features.attention_model import AttentionModel, delays_of
from opportune.training.attention_batch import Real, noticed_batch, rates
from opportune.training.attention_choice import lower_end
from opportune.training.attention_evidence import Evidence, evidence_at
from opportune.training.histories import Histories, Whole

SHARE: Final = 0.7
"""Of the sends so many come first; the others are asked."""
FEWEST_SENDS: Final = 500
"""With fewer to ask nothing can be said."""
_MOST_ASKED: Final = 15_000
_USUAL: Final = 4
"""So many sends weigh as much as the share that users open in general."""
_READINGS: Final = tuple(product((4.0, 8.0, 12.0, 24.0), (0.5, 1.0, 1.5), (0.3, 0.6)))
"""Strength, width and kin."""
_GATES: Final = ((0.5, 0.05), (0.25, 0.5))
"""If more than so much is kept, at the lower end of the interval: so sure must a gain be."""
_NEVER: Final = 2.0
_FEWEST: Final = (1, 2, 3, 5, 10)
"""Check-ins and opens from which on a user's own hours are asked about."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Sends that came later, with what was known just before each."""

    user: Whole
    slot: Whole
    opened: NDArray[np.bool_]
    evidence: Evidence
    sent: Whole
    """How many had been sent to the user."""

    @property
    def level(self) -> Real:
        """The share of what is sent to the user that is opened, as far as it is known, whatever the hour."""
        mean = self.evidence.opened.sum() / max(1, self.sent.sum())
        return np.asarray((self.evidence.opened + _USUAL * mean) / (self.sent + _USUAL))


def edge_of(histories: Histories, until: int) -> int:
    """The hour behind which sends are asked."""
    hours = histories.sent_hour[histories.sent_hour < until]
    return int(np.quantile(hours, SHARE)) // 24 * 24 if hours.size else until


def gate_by_opens(histories: Histories, known: AttentionModel, edge: int, until: int) -> AttentionModel | None:
    """How to read users and how sure a gain must be, asked of what was sent from ``edge`` on; ``known`` was learned
    before it. None if too little was sent. Half of the users say how, the others how sure."""
    asked = _asked(histories, edge, until)
    if asked.user.size < FEWEST_SENDS:
        return None
    tried = [replace(known, strength=strength, width=width, kin=kin) for strength, width, kin in _READINGS]
    is_first = asked.user % 2 == 0
    best = max(tried, key=lambda model: _words(asked, model, is_first))
    low = _slope(asked, best, ~is_first & (asked.evidence.opened >= 1))
    sureness = next((sure for least, sure in _GATES if low > least), _NEVER)
    did = asked.evidence.check_ins() + asked.evidence.opened
    bounds = [*_FEWEST, np.inf]
    helps = [_slope(asked, best, (did >= least) & (did < most)) > 0 for least, most in pairwise(bounds)]
    fewest = next((least for least, is_kept in zip(_FEWEST, helps, strict=True) if is_kept), known.fewest)
    return replace(best, sureness=sureness, fewest=fewest)


def _asked(histories: Histories, edge: int, until: int) -> Asked:
    some = np.flatnonzero((histories.sent_hour >= edge) & (histories.sent_hour + LATEST <= until))
    some = some[:: 1 + some.size // _MOST_ASKED]
    user, hour = histories.sent_user[some], histories.sent_hour[some]
    order = np.searchsorted(histories.sent_user << 32 | histories.sent_hour, user << 32 | hour)
    sent = order - np.searchsorted(histories.sent_user, user)
    opened = (histories.delay[some] >= 0) & (histories.delay[some] < LATEST)
    return Asked(user, (hour + 72) % 168, opened, evidence_at(histories, user, hour), sent)


def _promised(asked: Asked, model: AttentionModel) -> tuple[Real, Real]:
    """By send how much more than usual the user's rhythm promises of its slot, and the chance of an open without it."""
    delays, rows = delays_of(model, ""), np.arange(asked.user.size)
    own = noticed_batch(rates(asked.evidence, model), delays)[rows, asked.slot]
    curve = np.array([each.share * np.array(each.curve) for each in model.archetypes]).sum(axis=0)
    usual = noticed_batch(curve[None, :], delays)[0][asked.slot]
    expected = asked.level * usual
    return own / usual - 1, expected * (asked.opened.mean() / max(1e-9, float(expected.mean())))


def _words(asked: Asked, model: AttentionModel, some: NDArray[np.bool_]) -> float:
    """How well it foretells what these open: the log likelihood of a count, less what is the same for all models."""
    promised, expected = (each[some] for each in _promised(asked, model))
    ahead, opened = expected * (1 + promised), asked.opened[some]
    ahead *= opened.mean() / max(1e-9, float(ahead.mean()))
    return float(np.log(np.maximum(ahead[opened], 1e-9)).sum() - ahead.sum())


def _slope(asked: Asked, model: AttentionModel, some: NDArray[np.bool_]) -> float:
    """The lower end of how much is kept of what is promised, among these; -1 if they are too few to say."""
    if some.sum() < 100:
        return -1.0
    promised, expected = (each[some] for each in _promised(asked, model))
    expected = expected * (asked.opened[some].mean() / max(1e-9, float(expected.mean())))
    scale = float((promised**2 * expected).mean())
    return lower_end(promised * (asked.opened[some] - expected) / scale, asked.user[some]) if scale > 0 else -1.0
