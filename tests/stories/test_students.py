"""A win-back tried on what real students wrote to each other, against a script that works it out from the raw file."""

import os
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.report import Report
from opportune.wiring.backtest.reporting import tried
from opportune.wiring.backtest.running import Work
from tests.conftest import SHARED_DATA
from tests.stories.students import WIN_BACK, write_events
from tests.stories.win_back_by_hand import CAP, DAY, WITHIN, by_hand

pytestmark = pytest.mark.needs("shared_data")
MESSAGES = SHARED_DATA / "collegemsg.txt.gz"


@pytest.fixture(scope="module")
def told() -> dict:
    """The figures of the script."""
    return by_hand(MESSAGES)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The figures of a backtest over the same messages as a file of events."""
    file = write_events(MESSAGES, tmp_path_factory.mktemp("students") / "messages.ndjson")
    past = Past(now=2_000_000_000_000, files=(file,))
    found = tried({"win_back": WIN_BACK}, past)
    assert found.refused == {}
    return found.reports[0]


def test_as_many_go_out_each_day(report: Report, told: dict) -> None:
    assert {day: sum(counts.values()) for day, counts in report.by_day.items()} == told["days"]
    assert report.sent == len(told["sends"]) > 4_000


def test_as_many_go_out_at_each_hour_and_none_at_night(report: Report, told: dict) -> None:
    assert report.by_hour == [told["hours"][hour] for hour in range(24)]
    assert not any(report.by_hour[hour] for hour in (*range(9), *range(21, 24)))


def test_the_same_journeys_say_the_same_messages(report: Report, told: dict) -> None:
    messages = {name: count for each in report.journeys.values() for name, count in each.messages.items()}
    assert messages == Counter(message for _, _, message, _ in told["sends"])
    users = {name: len({user for user, journey, *_ in told["sends"] if journey == name}) for name in report.journeys}
    assert {name: each.users for name, each in report.journeys.items()} == users


def test_the_same_users_are_reached_as_often(report: Report, told: dict) -> None:
    each = Counter(user for user, *_ in told["sends"])
    assert (report.users, report.users_reached) == (told["users"], told["users_reached"])
    often = Counter(each.values())
    assert report.sends_per_user == dict(sorted((often | {0: told["users"] - len(each)}).items()))
    assert {one.user: one.sent for one in report.most}.items() <= each.items()


def test_silence_has_the_same_reasons_as_often(report: Report, told: dict) -> None:
    codes = {(name, code): count for name, each in report.journeys.items() for code, count in each.codes.items()}
    assert codes == told["codes"]
    assert (report.decisions, report.open) == (told["decisions"], told["open"])
    assert report.decisions == report.sent + sum(codes.values()) + report.open


def test_the_cap_was_as_full(report: Report, told: dict) -> None:
    sends: dict[str, list[int]] = {}
    for user, _, _, at in told["sends"]:
        sends.setdefault(user, []).append(at)
    fullest = Counter(
        max(sum(start <= each < start + WITHIN for each in theirs) for start in theirs) for theirs in sends.values()
    )
    (cap,) = report.caps
    assert (cap.policy, cap.fullest) == (f"frequency_cap {CAP} in {WITHIN // DAY} days", dict(sorted(fullest.items())))
    assert cap.users_at_limit == fullest[CAP]
    assert cap.silenced == sum(count for (_, code), count in told["codes"].items() if code == "frequency_cap")


def test_the_same_journeys_collide_as_often(report: Report, told: dict) -> None:
    assert {each.code for each in report.collisions} == {"frequency_cap"}
    assert {(each.loser, each.winner): each.count for each in report.collisions} == told["collisions"]


def test_every_code_has_an_example_that_why_could_have_told(report: Report) -> None:
    assert {each.code for each in report.examples} == {*report.codes, "sent", "planned"}
    for each in report.examples:
        assert each.sentences[0].startswith(each.message)
        assert f"({each.code})" in each.sentences[0] or each.code in ("sent", "planned")


def test_any_number_of_workers_and_parts_comes_to_the_same(report: Report, tmp_path: Path) -> None:
    file = write_events(MESSAGES, tmp_path / "messages.ndjson")
    work = Work(workers=min(2, os.cpu_count() or 1), partitions=7, piece=1_000_000)
    other = tried({"win_back": WIN_BACK}, Past(now=2_000_000_000_000, files=(file,)), work).reports[0]
    for each in (report, other):
        each.seconds = each.events_per_second = each.peak_mb = 0
    assert msgspec.json.encode(other) == msgspec.json.encode(report)
