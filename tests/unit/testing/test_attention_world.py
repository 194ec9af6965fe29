"""The simulated world itself: the same for a seed, its truth what really happens, its events what its columns say."""

from collections.abc import Iterable
from pathlib import Path
from re import DOTALL, findall

import numpy as np
import pytest

from opportune.events.event import Event
from opportune.features.evolve import decoded
from opportune.features.fold import Fold, new_profile
from opportune.features.local_time import UTC, local, zone_named
from opportune.features.profile import Profile
from opportune.testing import AttentionWorld
from opportune.testing.attention import best
from opportune.testing.attention_habits import HABITS
from opportune.testing.attention_lives import EVENLY, NEVER, ONLY_AT_TEN, Past, lived
from opportune.testing.attention_policies import at_random, modal_hour, smoothed_counts
from opportune.testing.attention_zones import FIRST_MONDAY, ZONES, clock_of
from opportune.training.attention_batch import evidence_at, evidence_of
from opportune.units import DAY, HOUR
from opportune.wiring.histories.gathering import Gathering, Happened
from opportune.wiring.histories.of_store import _Clocks


def test_a_world_is_the_same_for_its_seed_and_another_for_another() -> None:
    first, again, other = (list(AttentionWorld(users=20, weeks=3, seed=seed).calls()) for seed in (4, 4, 5))
    assert first == again != other


@pytest.mark.parametrize("name", HABITS)
def test_every_week_has_a_mean_of_one_and_every_chance_is_one(name: str) -> None:
    world = AttentionWorld(users=200, weeks=2, habits=HABITS[name])
    assert np.allclose(world.looks.mean(axis=1), 1) and (world.looks > 0).all()
    assert ((world.opened > 0) & (world.opened < 1)).all()


def test_what_is_opened_in_the_long_run_is_what_the_truth_says() -> None:
    world = AttentionWorld(users=40, seed=2)
    past = Past(weeks=1_500, sending=EVENLY, delays=np.array(world.delays), away=np.full(40, 10**6))
    lives = lived(world.crowd, world.looks, past, np.random.default_rng(3))
    truth = world.opened[lives.sent_user, lives.sent % 168]
    surplus, variance = (lives.delay != NEVER) - truth, truth * (1 - truth)
    for group in (lives.sent_user, lives.sent % 24, lives.sent % 168 // 24):
        z = np.bincount(group, weights=surplus) / np.sqrt(np.bincount(group, weights=variance))
        assert abs(z).max() < 4.5, "of at most 40 standard normals; one in 3,600 such tests would fail"


def test_answers_follow_the_truth_too() -> None:
    world = AttentionWorld(users=2_000, seed=2)
    slots = world.oracle()
    delays = world.answers(np.arange(2_000), slots - 72 + 168 * 1_000, 1)
    truth = world.opened[np.arange(2_000), slots]
    assert abs(((delays >= 0) - truth).sum() / np.sqrt((truth * (1 - truth)).sum())) < 4


@pytest.mark.parametrize("has_visits", [True, False])
def test_events_folded_by_the_engine_come_to_what_the_columns_say(has_visits: bool) -> None:
    world = AttentionWorld(users=60, weeks=8, seed=6, machines=0.5, has_visits=has_visits)
    stays = np.flatnonzero(world.homes.before == world.homes.after)
    profiles = _folded(world.events())
    told = evidence_of([profiles[world.record.users[user]].attention for user in stays])
    columns = evidence_at(world.histories, stays, np.full(stays.size, world.end))
    more = told.recent.astype(int) - columns.recent
    assert (more >= 0).all() and more.sum() <= 0.02 * told.recent.sum(), "visits before an open in its own hour"
    assert (told.opened == columns.opened).all()
    assert (told.opens == columns.opens).all()
    assert told.opened.sum() > 200 and (told.recent.sum() > 500) == has_visits


@pytest.mark.parametrize("has_visits", [True, False])
@pytest.mark.parametrize("opens_say_zone", [True, False])
def test_what_training_reads_from_the_events_is_what_the_columns_say(has_visits: bool, opens_say_zone: bool) -> None:
    world = AttentionWorld(
        users=80, weeks=8, seed=7, machines=0.5, movers=0.5, has_visits=has_visits, opens_say_zone=opens_say_zone
    )
    gathering, clocks = Gathering(), _Clocks(UTC)
    for event in world.events():
        properties, context = decoded(event.properties), decoded(event.context)
        local = clocks.local(event, properties, context)
        gathering.take(Happened(event.user, event.name, event.at, local, properties))
    read, told = gathering.histories(), world.histories
    assert (read.users, read.groups) == (told.users, told.groups)
    for name in ("user", "hour", "sent_user", "sent_hour", "sent_group", "delay"):
        assert np.array_equal(getattr(read, name), getattr(told, name)), name


def test_an_event_after_a_move_says_the_new_zone() -> None:
    world = AttentionWorld(users=40, weeks=6, movers=1.0, seed=1)
    seen = {each.user: each.context for each in world.events() if each.name == "Product Viewed"}
    for user, context in seen.items():
        place = world.record.users.index(user)
        names = {world.homes.names[homes[place]] for homes in (world.homes.before, world.homes.after)}
        assert decoded(context)["timezone"] in names


@pytest.mark.parametrize("name", ZONES)
def test_columns_of_clocks_read_what_the_engine_reads(name: str) -> None:
    zone, clock = zone_named(name), clock_of(name)
    assert zone is not None
    at = FIRST_MONDAY + np.arange(0, 400 * DAY, 5 * HOUR + 17 * 60_000)
    read = clock.local(at)
    assert [local(zone, int(each))[:2] for each in at] == [
        (int(each) // DAY, int(each) % DAY // 60_000) for each in read
    ]
    again = clock.instants(read)
    assert (clock.local(again) == read).all() and (again <= at).all() and (at - again <= 2 * HOUR).all()


def test_where_clocks_change_local_slots_stay_right() -> None:
    for zone in ("America/New_York", "Europe/Berlin", "Australia/Sydney", "Australia/Lord_Howe"):
        world = AttentionWorld(users=150, weeks=10, zone=zone, machines=0.0, movers=0.0, seed=3)
        lived_in, read = world.lives.visited + FIRST_MONDAY // HOUR, world.record.visit_at
        shown = clock_of(zone).local(read) // HOUR
        moved = shown != lived_in
        assert set(shown[moved] - lived_in[moved]) <= {1}, "only what never was on the clock is read an hour later"
        assert len(set(lived_in[moved])) <= 1
        sent = clock_of(zone).local(world.record.sent_at)
        assert (sent % HOUR == 0).mean() > 0.999


def test_simple_policies_stand_in_their_order_below_the_ceiling_and_the_oracle() -> None:
    world = AttentionWorld(users=400, seed=1)
    for by_day in (False, True):
        policies = (at_random, modal_hour, smoothed_counts)
        scores = [world.score(each(world, by_day=by_day)).of_oracle for each in policies]
        ceiling = world.score(world.ceiling(by_day=by_day)).of_oracle
        assert [*scores, ceiling, 1.0] == sorted([*scores, ceiling, 1.0])
        assert world.score(world.oracle(by_day=by_day)).of_oracle == 1


def test_the_ceiling_has_converged_and_believes_what_is_true_on_the_average() -> None:
    world = AttentionWorld(users=300, seed=8)
    few, many = (world.belief(particles) for particles in (5_000, 20_000))
    low, high = (world.expected(best(each.opened)) / world.expected(world.oracle()) for each in (few, many))
    assert abs(low - high) < 0.01
    believed, true = many.opened.max(axis=1).mean(), world.expected(best(many.opened))
    assert believed == pytest.approx(true, rel=0.09), "300 users: the mean of true chances has an error of 3 %"
    assert many.support > 20


def test_nothing_lies_between_the_fixed_hour_and_the_ceiling_where_attention_is_flat() -> None:
    world = AttentionWorld(users=50, habits=HABITS["flat"], sending=ONLY_AT_TEN)
    assert world.score(at_random(world)).of_gain is None
    assert world.score(at_random(world)).of_oracle == pytest.approx(1)


def _folded(events: Iterable[Event]) -> dict[str, Profile]:
    fold = Fold([], watches=[], lateness=3 * DAY, idle=HOUR // 2).attending(True)
    profiles: dict[str, Profile] = {}
    for event in events:
        profile = profiles.setdefault(event.user, new_profile())
        fold.apply(profile, event, decoded(event.properties), decoded(event.context), event.at)
    return profiles


def test_the_page_about_it_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (Path(__file__).parents[3] / "docs" / "howto" / "try-send-time-on-simulated-users.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    blocks = findall(r"```python\n(.*?)```", page, DOTALL)
    exec("\n".join(blocks).replace("users=2_000", "users=40"), {})
    names = [line[:33] for line in capsys.readouterr().out.splitlines()]
    assert names == [line[:33] for line in page.split("```\n")[2].splitlines() if line][: len(names)]
    assert (tmp_path / "past.ndjson").stat().st_size > 10_000
