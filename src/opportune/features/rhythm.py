"""A user's rhythm: how often they check in at each hour of the local week, as far as it is known.

Check-ins are counts with the hours at risk beside them. With the archetypes ``a`` of a model, ``k`` its strength, and
for each slot the smoothed count ``n`` and the count ``x`` that would be there if all slots were alike:

    rate(slot) = (k / 24 * prior(slot) + n(slot)) / (k / 24 + x(slot)),   prior = sum of share'(a) * curve(a)

where share' are the archetypes' shares after what this user did. Of a Gamma prior for each slot it is the mean after a
Poisson count, in units of the mean slot. Opens are counts too; what would be there if all slots were alike follows from
the hours between each send and its open, in which one could have opened, as ready as one is for what lies that long (a
hazard, not a histogram of opens). Of messages that were not opened it is known how many they were; they are taken to
have lain where such messages lie in general.
"""

from collections.abc import Sequence
from functools import cache
from math import exp, log
from typing import Final

from msgspec import Struct

from opportune.features.attention import LATEST, SLOTS, Attention, check_ins, older_of, opens_of, recent_of, slot_of
from opportune.features.attention_model import AttentionModel

LEAST_RISK: Final = 1e-9
"""Opens are compared with no fewer hours at risk than this."""
_REACH: Final = 3
"""Standard deviations after which smoothing ends."""


class Rhythm(Struct, frozen=True, gc=False):
    """How often a user checks in, by slot, in units of their own mean; with what it rests on."""

    rates: tuple[float, ...]
    """168 values above 0, Monday first."""
    weights: tuple[float, ...]
    """How many check-ins a rate rests on where the slot is like the mean one, prior and neighbours included: the
    variance of a rate is itself divided by this."""
    check_ins: int
    opens: int


def rhythm_of(attention: Attention | None, model: AttentionModel) -> Rhythm:
    """What is known of this user; of one who did nothing what is known in general."""
    prior = population(model)
    each_prior = model.strength / 24
    if attention is None:
        return Rhythm(prior, (each_prior,) * SLOTS, 0, 0)
    recent, older = recent_of(attention), older_of(attention)
    opens = list(opens_of(attention))
    risks = _hours_at_risk(attention, opens, model) if opens else []
    prior = _mixed(model, _likelihoods(model, recent, older, (opens, risks)))
    kernel = kernel_of(model.width)
    reach = len(kernel) // 2
    own = [0.0] * SLOTS
    for slot, count in recent:
        for step, part in enumerate(kernel):
            own[(slot + step - reach) % SLOTS] += count * part
    weekday = [sum(own[hour + 24 * day] for day in range(5)) for hour in range(24)]
    weekend = [own[hour + 120] + own[hour + 144] for hour in range(24)]
    before = _smoothed_day([model.older * each for each in older], kernel) if older else [0.0] * 24
    rare = 1 - model.kin
    busy, free = ([a + rare * b + c for a, b, c in zip(*days, strict=True)] for days in (
        (weekday, weekend, before), (weekend, weekday, before)))  # fmt: skip
    counts = [*busy * 5, *free * 2]
    total = sum(count for _, count in recent) / SLOTS
    past = model.older * sum(older) / 24
    spread = [total * (5 + 2 * rare) + past] * 120 + [total * (2 + 5 * rare) + past] * 48
    if opens:
        opened, expected = (_of_week(each, rare) for each in _opened(opens, risks, prior, kernel))
        counts = [count + more for count, more in zip(counts, opened, strict=True)]
        spread = [each + more for each, more in zip(spread, expected, strict=True)]
    rates = tuple(
        (each_prior * known + count) / (each_prior + each)
        for known, count, each in zip(prior, counts, spread, strict=True)
    )
    focus = focus_of(model.width)
    weights = tuple(each_prior + each / focus for each in spread)
    return Rhythm(rates, weights, check_ins(attention), attention.opened)


def population(model: AttentionModel) -> tuple[float, ...]:
    """How often users check in by slot, all together."""
    return _mixed(model, [each.share for each in model.archetypes])


def noticed(rates: Sequence[float], delays: Sequence[float]) -> tuple[float, ...]:
    """For a send in each slot how much it would be noticed: the rates of the hours after it, as ready as ``delays``.

    Its mean over the week is 1.
    """
    total = sum(delays) or 1.0
    twice = [*rates, *rates]
    return tuple(sum(twice[slot + step] * part for step, part in enumerate(delays)) / total for slot in range(SLOTS))


def spread_between(rhythm: Rhythm, delays: Sequence[float], first: int, second: int) -> float:
    """The variance of the difference in ``noticed`` between sends in two slots."""
    parts: dict[int, float] = {}
    total = sum(delays) or 1.0
    for step, part in enumerate(delays):
        for start, sign in ((first, 1), (second, -1)):
            slot = (start + step) % SLOTS
            parts[slot] = parts.get(slot, 0.0) + sign * part / total
    return sum(part * part * rhythm.rates[slot] / rhythm.weights[slot] for slot, part in sorted(parts.items()))


@cache
def kernel_of(width: float) -> tuple[float, ...]:
    """Weights of the hours around one, which sum to 1; an odd number of them."""
    reach = min(round(_REACH * width), 11)
    parts = [exp(-0.5 * (step / width) ** 2) if width else 1.0 for step in range(-reach, reach + 1)]
    return tuple(part / sum(parts) for part in parts)


def focus_of(width: float) -> float:
    """By what a count is more certain for being smoothed: the variance of a smoothed count, in units of the mean."""
    return sum(part * part for part in kernel_of(width))


def _smoothed_day(hours: Sequence[float], kernel: Sequence[float]) -> list[float]:
    reach = len(kernel) // 2
    smooth = [0.0] * 24
    for hour, count in enumerate(hours):
        for step, part in enumerate(kernel) if count else ():
            smooth[(hour + step - reach) % 24] += count * part
    return smooth


def kind_of(slot: int) -> int:
    """The place of a slot's hour among the 24 of weekdays and the 24 of weekends."""
    return slot % 24 + 24 * (slot >= 120)


@cache
def readiness_of(delays: tuple[float, ...]) -> tuple[float, ...]:
    """How ready one is to open by age in hours up to ``LATEST``; beyond the end of a curve as at its end."""
    return (*delays, *(delays[-1],) * (LATEST - len(delays)))


@cache
def waiting_of(model_unopened: tuple[float, ...], delays: tuple[float, ...]) -> tuple[float, ...]:
    """How a message that nobody opens lies there, by hour of weekdays and of weekends; if not known alike in all."""
    each = sum(readiness_of(delays)) / SLOTS
    return model_unopened or ((5 * each,) * 24 + (2 * each,) * 24)


def _hours_at_risk(attention: Attention, opens: Sequence[tuple[int, int]], model: AttentionModel) -> list[float]:
    """By hour of weekdays and of weekends, how long messages lay unopened in it, as ready as one was to open them."""
    ready = readiness_of(model.delays[""])
    unopened = max(0, attention.sent - attention.opened) * len(opens) / max(1, attention.opened)
    risks = [unopened * each for each in waiting_of(model.unopened, model.delays[""])]
    for sent, delay in opens:
        for age in range(delay + 1):
            risks[kind_of(slot_of(sent + age))] += ready[age]
    return risks


def _opened(
    opens: Sequence[tuple[int, int]], risks: Sequence[float], prior: Sequence[float], kernel: Sequence[float]
) -> tuple[list[float], list[float]]:
    """By hour of weekdays and of weekends the opens, and those that were to be expected if all hours were alike."""
    counts = [0.0] * 48
    for sent, delay in opens:
        counts[kind_of(slot_of(sent + delay))] += 1
    ready = sum(risk * rate for risk, rate in zip(risks, _by_kind(prior), strict=True))
    scale = len(opens) / max(ready, LEAST_RISK)
    expected = [risk * scale for risk in risks]
    smooth = [[*_smoothed_day(each[:24], kernel), *_smoothed_day(each[24:], kernel)] for each in (counts, expected)]
    return smooth[0], smooth[1]


def _of_week(kinds: Sequence[float], rare: float) -> list[float]:
    """What hours of weekdays and of weekends say of each slot."""
    busy = [mine + rare * other for mine, other in zip(kinds[:24], kinds[24:], strict=True)]
    free = [mine + rare * other for mine, other in zip(kinds[24:], kinds[:24], strict=True)]
    return [*busy * 5, *free * 2]


def _by_kind(curve: Sequence[float]) -> list[float]:
    """The mean of a curve by hour of weekdays and of weekends."""
    return [sum(curve[hour:120:24]) / 5 for hour in range(24)] + [
        sum(curve[120 + hour :: 24]) / 2 for hour in range(24)
    ]


def _likelihoods(
    model: AttentionModel,
    recent: Sequence[tuple[int, int]],
    older: Sequence[float],
    looked: tuple[Sequence[tuple[int, int]], Sequence[float]],
) -> list[float]:
    """The share of each archetype after what the user did."""
    if len(model.archetypes) == 1:
        return [1.0]
    opens, risks = looked
    found = []
    for archetype in model.archetypes:
        logs, days, means = _logs(archetype.curve)
        word = log(max(archetype.share, 1e-9)) + sum(count * logs[slot] for slot, count in recent)
        word += model.older * sum(count * days[hour] for hour, count in enumerate(older))
        if opens:
            at_risk = sum(risk * mean for risk, mean in zip(risks, means, strict=True))
            word += sum(logs[slot_of(sent + delay)] for sent, delay in opens)
            word -= len(opens) * log(max(at_risk, LEAST_RISK) / max(sum(risks), LEAST_RISK))
        found.append(word)
    best = max(found)
    parts = [exp(each - best) for each in found]
    return [part / sum(parts) for part in parts]


@cache
def _logs(curve: tuple[float, ...]) -> tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]:
    """The logarithms of a curve by slot, and of its mean day by hour; and its means by hour of both kinds of days."""
    days = tuple(log(sum(curve[hour::24]) / 7) for hour in range(24))
    return tuple(map(log, curve)), days, tuple(_by_kind(curve))


def _mixed(model: AttentionModel, shares: Sequence[float]) -> tuple[float, ...]:
    if len(shares) == 1:
        return model.archetypes[0].curve
    curves = [each.curve for each in model.archetypes]
    return tuple(sum(share * curve[slot] for share, curve in zip(shares, curves, strict=True)) for slot in range(SLOTS))
