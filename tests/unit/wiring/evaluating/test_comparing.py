"""Models set beside each other: what is a gain, what is none, and what a lift that vanishes looks like."""

import sys

import msgspec
import numpy as np
import pytest

from opportune.errors import Unavailable
from opportune.wiring.evaluating.comparing import Settings, compared
from opportune.wiring.evaluating.permuting import permuted
from opportune.wiring.evaluating.report import Line, Report
from opportune.wiring.evaluating.roster import LACKS, ROSTER
from opportune.wiring.evaluating.summary import lines_of
from tests.unit.wiring.evaluating.days_made import crowd

QUICK = Settings(models=("modal_hour", "smoothed_counts", "ours"), resamples=200, seeds=1)
PERMUTED = msgspec.structs.replace(QUICK, is_permuted=True)


@pytest.fixture(scope="module")
def report() -> Report:
    """Users who keep hours of their own seven times in ten."""
    return compared(crowd(), None, QUICK)


def _lines(report: Report) -> dict[str, Line]:
    return {line.name: line for line in report.lines}


def test_where_users_have_hours_of_their_own_every_model_that_knows_them_gains(report: Report) -> None:
    """They are in their own hour 7 times in 10, and by chance in it 1 time in 14 of the rest: 0.72."""
    lines = _lines(report)
    assert list(lines) == ["global_hour", "modal_hour", "smoothed_counts", "ours"]
    assert lines["modal_hour"].right.value == pytest.approx(0.72, abs=0.03)
    for name in ("modal_hour", "smoothed_counts", "ours"):
        assert lines[name].is_gain
        assert lines[name].gain.value == pytest.approx(lines[name].right.value - lines["global_hour"].right.value)


def test_where_hours_have_changed_hands_no_model_gains() -> None:
    found = compared(crowd(), None, PERMUTED)
    assert found.is_permuted
    assert not any(line.is_gain or line.frozen.gain.low > 0 for line in found.lines)


def test_changing_hands_leaves_days_and_the_hours_of_all_together() -> None:
    before, after = crowd(), permuted(crowd(), seed=1)
    assert np.array_equal(before.hour // 24, after.hour // 24) and np.array_equal(before.user, after.user)
    assert np.array_equal(np.sort(before.hour % 24), np.sort(after.hour % 24))
    assert (before.hour != after.hour).mean() > 0.8


def test_the_baseline_gains_nothing_over_itself(report: Report) -> None:
    line = _lines(report)["global_hour"]
    assert (line.gain.low, line.gain.value, line.gain.high) == (0, 0, 0)
    assert not line.is_gain and not line.is_loss


def test_buckets_are_all_decisions_once(report: Report) -> None:
    for line in report.lines:
        assert sum(each.decisions for each in line.buckets) == report.decisions
        mean = sum(each.right.value * each.decisions for each in line.buckets) / report.decisions
        assert mean == pytest.approx(line.right.value)


def test_the_lowest_end_is_that_of_buckets_with_enough_decisions(report: Report) -> None:
    line = _lines(report)["ours"]
    assert line.lowest == min(each.gain.low for each in line.buckets if each.decisions >= 200)


def test_of_too_few_users_nothing_is_called_a_gain_or_a_loss() -> None:
    """One user who keeps an hour for 16 days, and 29 users of whom each has an hour: no interval speaks for others."""
    for users, days in ((1, 60), (29, 60)):
        found = compared(crowd(users, days, own=1.0), None, QUICK)
        assert not any(line.is_enough or line.is_gain or line.is_loss for line in found.lines)
        assert not any(each.is_enough for line in found.lines for each in line.buckets)
        assert all(line.lowest is None for line in found.lines)
        told = list(lines_of(found))
        assert sum(line.endswith("too few users to say") or "too few users to say  " in line for line in told) >= 4


def test_of_enough_users_it_is_said_as_before(report: Report) -> None:
    assert all(line.is_enough for line in report.lines)
    assert "too few users to say" not in " ".join(lines_of(report))


def test_where_users_are_active_less_after_the_cut_chances_are_said_to_be_too_high(report: Report) -> None:
    """What was promised is told beside what was kept, and why it differs."""
    line = _lines(report)["ours"]
    high = msgspec.structs.replace(line, promised=line.right.high + 0.1)
    told = " ".join(" ".join(lines_of(msgspec.structs.replace(report, lines=(high,)))).split())
    assert f"promised {100 * high.promised:.2f}, kept {100 * line.right.value:.2f}. They are too high: " in told
    assert "Chances are relative: " in told
    kept = msgspec.structs.replace(line, promised=line.right.value)
    assert "They are too high" not in " ".join(lines_of(msgspec.structs.replace(report, lines=(kept,))))


def test_models_in_which_chance_plays_a_part_are_shown_with_several_seeds() -> None:
    """Logistic regression itself has none, but users are drawn whom it is calibrated with."""
    found = compared(crowd(20, 30), None, Settings(models=("modal_hour", "logistic"), resamples=20, seeds=3))
    lines = _lines(found)
    assert list(lines["logistic"].seeds) == [1, 2, 3] and lines["logistic"].spread is not None
    assert list(lines["modal_hour"].seeds) == [1] and lines["modal_hour"].spread is None


def test_the_same_settings_give_the_same_report(report: Report) -> None:
    again = compared(crowd(), None, QUICK)
    assert _timeless(again) == _timeless(report)


def test_of_too_many_days_those_of_some_users_are_asked_and_it_is_said(report: Report) -> None:
    some = compared(crowd(), None, msgspec.structs.replace(QUICK, most=300, models=("modal_hour",)))
    assert some.decisions <= 300 < some.decisions_in_all == report.decisions
    assert "drawn from" in " ".join(lines_of(some))


def test_without_its_library_a_model_is_missing_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("opportune.adapters.models.boosting", "opportune.adapters.models.logistic", "lightgbm", "sklearn"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    for name in ("lightgbm", "sklearn", "sklearn.linear_model"):
        monkeypatch.setitem(sys.modules, name, None)
    settings = Settings(models=("modal_hour", "logistic", "boosting"), resamples=20)
    found = compared(crowd(20, 30), None, settings)
    assert [line.name for line in found.lines] == ["global_hour", "modal_hour"]
    assert [(each.name, each.why) for each in found.missing] == [("logistic", LACKS), ("boosting", LACKS)]
    assert "  logistic regression: not installed: pip install 'opportune[learning]'" in list(lines_of(found))


def test_a_model_that_is_none_is_refused_with_those_there_are() -> None:
    with pytest.raises(Unavailable, match="there is no model 'lstm'; it may be global_hour, global_hour_by_weekday"):
        compared(crowd(20, 30), None, Settings(models=("lstm",)))


def test_every_model_has_a_name_of_its_own() -> None:
    assert len({entry.name for entry in ROSTER}) == len(ROSTER) == len({entry.title for entry in ROSTER})


def _timeless(report: Report) -> Report:
    lines = tuple(msgspec.structs.replace(line, seconds=0.0) for line in report.lines)
    return msgspec.structs.replace(report, seconds=0.0, lines=lines)
