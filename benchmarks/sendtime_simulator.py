"""How much of what can be gained send time gains, where the truth is known: worlds of simulated users.

    python -m benchmarks sendtime_simulator

Every figure is a share. ``attainable_share`` is what lies between the best fixed slot of the week (0) and the Bayes
ceiling (1): the policy of one who knows how the world's users were drawn and all that they did, but not who they are.
Learned from each world's own logs with nothing told. The spread is over seeds.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from benchmarks.figure import Figure, Size, figure_of
from opportune.features.attention_model import AttentionModel
from opportune.testing.attention import AttentionWorld
from opportune.testing.attention_habits import HABITS
from opportune.testing.attention_movers import after_moving
from opportune.testing.attention_policies import at_random, learned, modal_hour, smoothed_counts
from opportune.testing.attention_rounds import Exploring, rounds
from opportune.training.attention_fit import fit
from opportune.training.histories import Histories

SIMPLE = {"at_random": at_random, "modal_hour": modal_hour, "smoothed_counts": smoothed_counts}
OTHERS = ("two_peaks", "uniform_phases", "sparse", "heavy_tails")


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is simulated."""

    users: int
    seeds: range
    others: int
    """Users of the worlds that differ, and of those of rounds."""
    rounds: int


def measured(size: Size) -> Iterator[Figure]:
    """The promised figures first."""
    extent = Extent(10_000, range(1, 4), 4_000, 20) if size.repeats >= 3 else Extent(150, range(1, 2), 120, 2)
    yield from _named(extent, "", has_visits=True)
    yield from _named(extent, ".opens_only", has_visits=False)
    yield _machines(extent)
    yield _movers(extent)
    for name in OTHERS if len(extent.seeds) > 1 else OTHERS[:1]:
        for has_visits in (True, False):
            worlds = [_world(extent.others, seed, name, has_visits=has_visits) for seed in extent.seeds[:2]]
            yield _share(f"sendtime.simulator.{name}{'' if has_visits else '.opens_only'}", worlds)
    yield from _rounds(extent)


def _named(extent: Extent, suffix: str, *, has_visits: bool) -> Iterator[Figure]:
    """The attainable share, gated and not, by week and by day; with what stands around it."""
    worlds = [_world(extent.users, seed, "families", has_visits=has_visits) for seed in extent.seeds]
    models = [fitted(world) for world in worlds]
    seen = "visits and opens" if has_visits else "opens only"
    told = f"{extent.users:,} users, 10 weeks, {seen}, 12 % machine openers, 8 % movers, {len(worlds)} seeds"
    for by_day, is_gated, name in (
        (False, False, "attainable_share"),
        (True, False, "attainable_share_by_day"),
        (False, True, "attainable_share_gated"),
        (True, True, "attainable_share_by_day_gated"),
    ):
        pairs = list(zip(worlds, models, strict=True))
        shares = [
            world.score(learned(world, model, by_day=by_day, is_gated=is_gated)).of_gain or 0.0
            for world, model in pairs
        ]
        yield figure_of(f"sendtime.simulator.{name}{suffix}", shares, unit="share", conditions=told)
    around = {
        "ours": [world.score(learned(world, model)).of_oracle for world, model in zip(worlds, models, strict=True)],
        "ceiling": [world.score(world.ceiling()).of_oracle for world in worlds],
        "fixed": [world.score(world.fixed()).of_oracle for world in worlds],
        **{name: [world.score(policy(world)).of_oracle for world in worlds] for name, policy in SIMPLE.items()},
    }
    for name, shares in around.items():
        told = "of the opens of an oracle that knows each user's best slot of the week"
        yield figure_of(f"sendtime.simulator.of_oracle.{name}{suffix}", shares, unit="share", conditions=told)


def _share(name: str, worlds: list[AttentionWorld]) -> Figure:
    shares = [world.score(learned(world, fitted(world))).of_gain or 0.0 for world in worlds]
    told = f"{worlds[0].users:,} users of a world that is built otherwise, {len(worlds)} seeds"
    return figure_of(name, shares, unit="share", conditions=told)


def _machines(extent: Extent) -> Figure:
    """What is reached where machines open the mail of 30 % of the users, in units of what is without machines."""
    kept = []
    for seed in extent.seeds:
        worlds = [_world(extent.users, seed, "families", machines=machines) for machines in (0.0, 0.3)]
        few, many = (world.expected(learned(world, fitted(world))) / world.expected(world.oracle()) for world in worlds)
        kept.append(many / few)
    told = (
        "opens with 30 % machine openers in units of opens without, the same users; a fifth of the machines look human"
    )
    return figure_of("sendtime.simulator.kept_with_machines", kept, unit="ratio", conditions=told)


def _movers(extent: Extent) -> Figure:
    """What is reached of the oracle's opens of those who moved, five events later."""
    shares, many = [], 0
    for seed in extent.seeds:
        world = _world(extent.users, seed, "families")
        share, several = after_moving(world, fitted(world), 5)
        shares, many = [*shares, share], many + several
    told = f"of the oracle's opens, five events of their own after a move; {many:,} movers"
    return figure_of("sendtime.simulator.movers_of_oracle", shares, unit="share", conditions=told)


def _rounds(extent: Extent) -> Iterator[Figure]:
    """The last round on the policy's own logs beside the second."""
    for has_visits in (True, False):
        changes, hours = [], []
        for seed in extent.seeds[:2]:
            world = replace(_world(extent.others // 4, seed, "families", has_visits=has_visits), weeks=1, movers=0.0)
            lives = list(rounds(world, _learner, Exploring(is_gated=True), many=extent.rounds))
            changes.append(lives[-1].opened / lives[1].opened)
            hours.append(float(lives[-1].hours))
        suffix = "" if has_visits else ".opens_only"
        told = f"opens of round {extent.rounds} in units of round 2; {min(hours):.0f} of 48 hours are still chosen"
        yield figure_of(f"sendtime.simulator.last_round{suffix}", changes, unit="ratio", conditions=told)


def fitted(world: AttentionWorld) -> AttentionModel:
    """What is learned from a world's own logs."""
    return _learner(world.histories, world.end)


def _learner(histories: Histories, until: int) -> AttentionModel:
    return fit(histories, name="simulated", until=until)


def _world(users: int, seed: int, name: str, *, has_visits: bool = True, machines: float = 0.12) -> AttentionWorld:
    return AttentionWorld(users=users, seed=seed, habits=HABITS[name], has_visits=has_visits, machines=machines)
