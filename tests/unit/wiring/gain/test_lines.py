"""The gain in words: what is claimed, what is not, and why."""

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from opportune.adapters.stores.reading import SqliteHistory
from opportune.training.gain import Send
from opportune.units import ONE
from opportune.wiring.gain.lines import lines_of
from opportune.wiring.gain.record import Record
from opportune.wiring.gain.report import Report, report_of
from tests.unit.training.confounded import World, confounded
from tests.unit.wiring.gain.recorded import HASH, decided, filed, opened, world_filed


def report(path: Path) -> Report:
    history = SqliteHistory(path)
    try:
        return report_of(Record(history), "db")
    finally:
        history.close()


def text(found: Report) -> str:
    lines = list(lines_of(found))
    assert all(len(line) <= 100 for line in lines)
    return " ".join(" ".join(lines).split())


def test_a_gain_is_told_with_its_interval_and_the_matched_figure_with_a_warning(tmp_path: Path) -> None:
    world = confounded(1, 6_000, control=0.4)
    told = text(report(world_filed(tmp_path / "db", world.users, worth=30)))
    assert "A GAIN: choosing the moment brings more opens: +" in told
    assert "A GAIN: choosing the moment brings more value: +" in told
    assert "WARNING: matched so, you would have claimed +" in told
    assert "That compares users, not hours" in told
    assert "doubly robust" in told and "without exploring" in told and "always the baseline" in told


def test_arms_that_are_not_as_they_were_drawn_are_said_first(tmp_path: Path) -> None:
    """The playbook says 10 %, and 40 % were kept at the baseline."""
    world = confounded(1, 2_000, control=0.4)
    found = report(world_filed(tmp_path / "db", world.users))
    assert found.sample_ratio.verdict == "wrong"
    assert "WRONG: " in text(found) and "where 10 % were meant to be" in text(found)


def test_arms_as_they_were_drawn_are_said_to_be(tmp_path: Path) -> None:
    found = report(world_filed(tmp_path / "db", confounded(2, 2_000).users))
    assert found.sample_ratio.verdict == "as_drawn"
    assert "10 % were meant to be: as it should be." in text(found)


def test_without_the_playbook_the_arms_cannot_be_checked(tmp_path: Path) -> None:
    decisions = [replace(decided(f"u{user}", 0, send), playbook="lost") for user, send in enumerate(_sends())]
    found = report(filed(tmp_path / "db", decisions))
    assert found.sample_ratio.verdict == "unknown"
    assert "so that cannot be checked" in text(found)


def test_where_nothing_can_be_told_it_is_said_why(tmp_path: Path) -> None:
    told = text(report(filed(tmp_path / "db", [decided(f"u{user}", 0, send) for user, send in enumerate(_sends())])))
    assert "Nothing can be said yet of the difference: of 1 user nothing can be told; 50 are needed." in told
    assert "From the chances" not in told
    assert "No gain" not in told and "WARNING" not in told


def test_what_is_no_gain_is_not_called_one(tmp_path: Path) -> None:
    world = confounded(102, 2_000, gain=0.0, explore=0.0)
    told = text(report(world_filed(tmp_path / "db", world.users)))
    assert "No gain can be claimed: the interval of the difference holds zero; it may be anything between -" in told
    assert "the control shows no gain that can be claimed" in told
    assert "had no chance of being made" in told


def test_a_loss_is_told_with_what_to_do(tmp_path: Path) -> None:
    world = confounded(5, 6_000, gain=-0.9, control=0.4)
    told = text(report(world_filed(tmp_path / "db", world.users)))
    assert "A LOSS: choosing the moment brings fewer opens: -" in told
    assert "Take send_time out until you know why." in told


def test_what_may_have_been_machines_is_a_table_of_its_own(tmp_path: Path) -> None:
    decisions = [decided(f"u{user}", 0, send) for user, send in enumerate(_sends())]
    events = [opened(decisions[0], by="unsure")]
    told = text(report(filed(tmp_path / "db", decisions, events=events)))
    assert "Opens, counting also those that may have been a machine's" in told


def test_who_is_left_out_is_said(tmp_path: Path) -> None:
    first, second = (decided("ann", place, send) for place, send in enumerate(_sends()))
    young = decided("ben", 99, _sends()[0])
    told = text(report(filed(tmp_path / "db", [first, second, young, decided("cleo", 0, _sends()[1])])))
    assert "1 user changed sides, as ids turned out to be one user or other shares were published: left out." in told
    assert "1 message too young to tell what comes of them: not counted yet." in told


def test_more_than_a_few_left_out_are_warned_of(tmp_path: Path) -> None:
    """A merge may put a user on the other side: of 20 users one is let pass, two are not."""
    first, second = _sends()
    found = {}
    for changed in (1, 2):
        decisions = [decided(f"u{user}", 0, first) for user in range(20)]
        decisions += [decided(f"u{user}", 1, second) for user in range(changed)]
        found[changed] = report(filed(tmp_path / f"db{changed}", decisions))
    assert [found[changed].left_out for changed in (1, 2)] == [0.05, 0.1]
    assert "WARNING: that is" not in text(found[1])
    assert "2 users changed sides" in text(found[2])
    assert "WARNING: that is 10.0 % of the users." in text(found[2])


def test_the_newest_playbook_says_what_value_is_counted_in(tmp_path: Path) -> None:
    world = World(confounded(1, 200).users, 0, 0, 0)
    path = world_filed(tmp_path / "db", world.users, worth=1)
    assert "Value of goals, for each message " in text(report(path))
    assert report(path).unit == ""
    assert HASH


def _sends() -> Sequence[Send]:
    return (
        Send("treated", True, True, False, 900_000, 900_000, 50_000, 300_000, 300_000, 200_000, None),
        Send("control", False, True, True, ONE, ONE, ONE, 200_000, 200_000, 200_000, None),
    )
