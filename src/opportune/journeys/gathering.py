"""Digests: what would have entered again while a run stands there is gathered, and told as one."""

from collections.abc import Mapping

from opportune.features.lasts import text_of
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plans
from opportune.journeys.run import Collected, Entry, Run
from opportune.journeys.step import Digest
from opportune.units import Instant, Scalar

COLLECTED = "collected."
"""Before the names of what a digest has gathered, among what the run keeps."""
COUNT = COLLECTED + "count"


def collect(plans: Plans, memory: Memory, journey: str, entry: Entry) -> None:
    """What would begin a run of this journey: gathered by the run of its key that stands at a digest by then.

    Where each entry has a run of its own, none is gathered.
    In whichever order they come, the same is gathered: by instant, and of one instant by their texts.
    """
    for run in memory.runs:
        if run.due is None or run.journey != journey or run.key != entry.key or entry.at < run.since:
            continue
        plan = plans.of(run)
        step = None if plan is None else plan.step(run)
        if isinstance(step, Digest) and plan is not None and plan.journey.reentry.kind != "always":
            run.due = max(run.due, _put(step, run, entry))


def gather(step: Digest, run: Run) -> Instant:
    """The run comes to the digest, where what has come since then already is gathered; when it ends."""
    run.collected, run.kept[COUNT] = [], 1
    ends = [_end(step, run, run.since)]
    ends += [_put(step, run, Entry(run.key, each.at, each.kept)) for each in run.again if each.at >= run.since]
    return max(ends)


def close(step: Digest, run: Run) -> None:
    """The digest is over: what it has gathered can be read from here on, the run's own entry first."""
    listed = [_collected(step, run.entry, run.kept), *run.collected]
    for place, name in enumerate(step.collects):
        run.kept[COLLECTED + name] = ", ".join(text for each in listed if (text := each.texts[place]))
    run.collected = []


def _put(step: Digest, run: Run, entry: Entry) -> Instant:
    """Gathers one; when the digest ends with it. Beyond ``most`` only the first are told, the others counted."""
    count = run.kept[COUNT]
    run.kept[COUNT] = 1 + (count if isinstance(count, int) else 1)
    run.collected.append(_collected(step, entry.at, entry.kept))
    run.collected.sort(key=lambda each: (each.at, each.texts))
    del run.collected[step.most - 1 :]
    return _end(step, run, entry.at)


def _collected(step: Digest, at: Instant, kept: Mapping[str, Scalar]) -> Collected:
    return Collected(at, [text_of(kept.get(name)) or "" for name in step.collects])


def _end(step: Digest, run: Run, newest: Instant) -> Instant:
    last = run.since + step.span
    return min(last, newest + step.quiet) if step.quiet else last
