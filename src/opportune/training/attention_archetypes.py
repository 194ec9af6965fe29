"""Ways to spend a week: kinds of users who look at like hours, found where there are enough users to tell kinds apart.

A mixture by expectation and maximisation (Dempster, Laird and Rubin, 1977). Users who are much alike begin together:
they are put in the order of the hour around which they look, and cut into groups; draws break what ties are left.
How many kinds there are is asked of users who took no part in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from opportune.draws import draw
from opportune.features.attention import LATEST, SLOTS
from opportune.features.attention_model import DEFAULT, Archetype, AttentionModel
from opportune.training.attention_batch import KIND_OF_SLOT, Real, by_kind, risks_of
from opportune.training.attention_evidence import Evidence, evidence_at
from opportune.training.attention_population import delays_of_sends, sends_of, shaped, unopened_of
from opportune.training.histories import Histories

KINDS: Final = (1, 2, 3, 4, 6, 8, 12)
FEWEST_USERS: Final = 200
"""With fewer who did enough, all are one kind."""
FEWEST_ACTS: Final = (10, 5, 3, 1)
"""Check-ins and opens of a user who did enough: the first of these with which half of all that was done is theirs."""
MOST_USERS: Final = 20_000
"""Of more than these so many are drawn."""
_TURNS: Final = 40
_HEAVY: Final = 60.0
"""Nobody weighs more than with so many check-ins when a kind's week is drawn."""
_SURE: Final = 200.0
"""Nobody's kind is known more surely than from so many: what one does in a row is done for one reason."""
_ALIKE: Final = 2 * SLOTS
"""So many check-ins of a kind are those of the whole population, so that small kinds are not wild."""
_LITTLE: Final = 1e-9
"""What was to be expected of those who did nothing."""
FEWEST_IN_ALL: Final = 5_000
"""With fewer check-ins and opens in all, all are one kind."""
_ENOUGH: Final = 10
"""Of so many check-ins and opens of a user there is something to tell kinds by."""
_SURELY: Final = 2.5
"""By so many standard errors more kinds must describe users better who took no part than one does."""
_FLATTER: Final = (0.0, 0.25, 0.5, 1.0)
"""So much of a week may be flat where one kind is set beside several."""
_SHARE: Final = 0.1
"""How far off the ends of a group a user may begin."""


@dataclass(frozen=True, slots=True)
class Known:
    """What users did, and what would have been done if all slots were alike: each of shape (users, 168)."""

    acts: Real
    expected: Real
    names: tuple[str, ...]

    def some(self, which: NDArray[np.bool_]) -> "Known":
        """Those users."""
        names = tuple(name for name, is_one in zip(self.names, which, strict=True) if is_one)
        return Known(self.acts[which], self.expected[which], names)


def known_of(histories: Histories, until: int, population: Real, *, seed: int) -> Known:
    """The users who did enough before ``until``."""
    users = np.arange(len(histories.users))
    early = histories.hour < until
    mine = np.bincount(histories.user[early], minlength=users.size)
    is_open = (histories.delay >= 0) & (histories.delay < LATEST)
    seen = is_open & (histories.sent_hour + histories.delay < until)
    did = mine + np.bincount(histories.sent_user[seen], minlength=users.size)
    fewest = next(each for each in FEWEST_ACTS if 2 * did[did >= each].sum() >= did.sum())
    enough = np.flatnonzero(did >= fewest)
    if enough.size > MOST_USERS:
        lots = [draw("archetypes", seed, histories.users[user]) for user in enough]
        enough = np.sort(enough[np.argsort(lots, kind="stable")[:MOST_USERS]])
    places = np.full(users.size, -1)
    places[enough] = np.arange(enough.size)
    place = places[histories.user]
    chosen = early & (place >= 0)
    slots = (histories.hour[chosen] + 72) % SLOTS
    acts = np.bincount(place[chosen] * SLOTS + slots, minlength=enough.size * SLOTS).reshape(-1, SLOTS).astype(float)
    expected = np.repeat(acts.sum(axis=1, keepdims=True) / SLOTS, SLOTS, axis=1)
    evidence = evidence_at(histories, enough, np.full(enough.size, until))
    _add_opens((acts, expected), evidence, _reading(histories, until, population))
    return Known(acts, expected, tuple(histories.users[user] for user in enough))


def archetypes_of(known: Known, kinds: int, *, seed: int) -> tuple[Archetype, ...]:
    """So many kinds, the most frequent first."""
    shares, curves = _mixture(known, kinds, seed)
    order = np.argsort(-shares, kind="stable")
    rounded = [round(float(each), 4) for each in shares[order]]
    rounded[0] = round(rounded[0] + 1 - sum(rounded), 4)
    weeks = [tuple(round(float(each), 4) for each in curve) for curve in curves[order]]
    return tuple(Archetype(share, week) for share, week in zip(rounded, weeks, strict=True))


def kinds_told_apart(known: Known, *, seed: int) -> int:
    """How many kinds describe users best who took no part: the fewest that are as good as the best, but for chance.

    More than one where they are surely better than any one week that was learned with them: that of all users, the
    mean of the kinds', or one that is flatter. A kind's week is drawn with more caution than that of all, and where
    all are alike caution alone would win.
    """
    did = known.acts.sum(axis=1)
    if len(known.names) < FEWEST_USERS or (did >= _ENOUGH).sum() < FEWEST_USERS or did.sum() < FEWEST_IN_ALL:
        return 1
    is_half = np.array([draw("archetypes", "half", seed, name) < 500_000 for name in known.names])
    halves = known.some(is_half), known.some(~is_half)
    turns = halves, halves[::-1]
    found = [[_mixture(learn, kinds, seed) for learn, _ in turns] for kinds in KINDS]
    words = np.array([_asked(turns, each) for each in found])
    alone = np.array([_asked(turns, [_as_one(each, flat) for each in kinds]) for kinds in found for flat in _FLATTER])
    alone = alone[alone.mean(axis=1).argmax()]
    best = int(words.mean(axis=1).argmax())
    for kinds, mine in zip(KINDS[1:], words[1:], strict=True):
        if _is_surely_above(mine - alone, _SURELY) and not _is_surely_above(words[best] - mine, 2):
            return kinds
    return 1


def _asked(turns: Sequence[tuple[Known, Known]], found: Sequence[tuple[Real, Real]]) -> Real:
    """The log likelihood of each user by what was learned of those of the other half."""
    return np.concatenate([_words(ask, *each) for (_, ask), each in zip(turns, found, strict=True)])


def _as_one(mixture: tuple[Real, Real], flat: float) -> tuple[Real, Real]:
    """One kind that spends the week as all kinds do on average, but for a share that is flat."""
    shares, curves = mixture
    mean = shares @ curves / shares.sum()
    return np.ones(1), (1 - flat) * mean[None, :] / mean.mean() + flat


def _is_surely_above(gains: Real, errors: float) -> bool:
    return bool(gains.mean() > errors * gains.std() / np.sqrt(gains.size))


def _mixture(known: Known, kinds: int, seed: int) -> tuple[Real, Real]:
    population = shaped(known.acts.sum(axis=0), known.expected.sum(axis=0))
    total = known.acts.sum(axis=1)
    weight = np.minimum(1, _HEAVY / np.maximum(1, total))
    mine = _begun(known, kinds, seed)
    for _ in range(_TURNS if kinds > 1 else 1):
        parts = mine * weight[:, None]
        curves = np.array([
            shaped(acts + _ALIKE / SLOTS * population, expected + _ALIKE / SLOTS)
            for acts, expected in zip(parts.T @ known.acts, parts.T @ known.expected, strict=True)
        ])  # fmt: skip
        shares = (mine.sum(axis=0) + 1) / (len(mine) + kinds)
        words = _each(known, shares, curves)
        mine = np.exp(words - words.max(axis=1, keepdims=True))
        mine /= mine.sum(axis=1, keepdims=True)
    return shares, curves


def _each(known: Known, shares: Real, curves: Real) -> Real:
    """The log likelihood of what each user did, by kind: shape (users, kinds)."""
    total = known.acts.sum(axis=1, keepdims=True)
    told = known.acts @ np.log(curves).T - total * np.log(np.maximum(known.expected @ curves.T, _LITTLE))
    return np.asarray(np.log(shares) + np.minimum(1, _SURE / np.maximum(1, total)) * told)


def _words(known: Known, shares: Real, curves: Real) -> Real:
    """The log likelihood of each user, whatever their kind."""
    each = _each(known, shares, curves)
    most = each.max(axis=1)
    return np.asarray(most + np.log(np.exp(each - most[:, None]).sum(axis=1)))


def _begun(known: Known, kinds: int, seed: int) -> Real:
    """Who begins in which kind: neighbours in the hour around which they look."""
    days = (known.acts / np.maximum(known.expected, 1e-9)).reshape(-1, 7, 24).mean(axis=1)
    turns = np.exp(2j * np.pi * np.arange(24) / 24)
    phase = (np.angle(days @ turns) - np.angle(days.sum(axis=0) @ turns)) % (2 * np.pi)
    lots = np.array([draw("archetypes", "begun", seed, name) for name in known.names]) / 1e6 - 0.5
    order = np.argsort(np.argsort((phase + np.pi) % (2 * np.pi), kind="stable"), kind="stable")
    group = np.floor((order / max(1, len(order)) + _SHARE * lots) * kinds).astype(np.int64) % kinds
    return np.eye(kinds)[group]


def _reading(histories: Histories, until: int, population: Real) -> AttentionModel:
    """How opens are read where all users are of one kind."""
    delays = delays_of_sends(sends_of(histories, until), population, DEFAULT.delays[""])
    kinds = (Archetype(1.0, tuple(population.tolist())),)
    return replace(DEFAULT, archetypes=kinds, delays={"": delays}, unopened=unopened_of(histories, until, delays))


def _add_opens(columns: tuple[Real, Real], evidence: Evidence, model: AttentionModel) -> None:
    """Opens, and by slot those that were to be expected of what lay unopened then."""
    acts, expected = columns
    if evidence.rows.size:
        acts[evidence.rows] += evidence.opens
        risks = risks_of(evidence, model)
        scale = evidence.opens.sum(axis=1) / (risks @ by_kind(np.array([model.archetypes[0].curve]))[0])
        expected[evidence.rows] += (risks / np.repeat([5, 2], 24) * scale[:, None])[:, KIND_OF_SLOT]
