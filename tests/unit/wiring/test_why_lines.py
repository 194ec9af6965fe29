"""The lines of an account where send_time chose the moment."""

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.ports import Batch
from opportune.testing.world import World
from opportune.wiring.why import why
from opportune.wiring.why_lines import lines_of
from tests.stories.shop import NIGHT, shop

NEWS = "journey: news\nenter: News\nreentry: always\nsteps:\n  - send: reminder\n"
CAP = "frequency_cap: {at_most: 1, within: 7 days}"


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """What is said of a user who was told once, and asked for again a day later."""
    playbook = shop("send_time: {explore: 0%}", NIGHT, CAP, journeys=NEWS, messages={"reminder": "useful_for: 1 day"})
    world = World(playbook, start="2026-06-01T06:00Z")
    ann = world.user("ann", zone="Europe/Berlin")
    for days in (1, 2):
        ann.does("News")
        world.passes(days=days)
    store = MemoryStore()
    endings, calls = tuple(world.endings.values()), tuple(world.attempts)
    store.commit_now(
        Batch(inputs=tuple(world.log), decisions=tuple(world.decisions), endings=endings, calls=calls)
    )  # fmt: skip
    return list(lines_of(why(store, "ann")))


def test_each_moment_that_was_open_has_a_line_and_the_night_one_for_all(lines: list[str]) -> None:
    start = next(place for place, line in enumerate(lines) if line.startswith("  moment"))
    assert lines[start : start + 2] == [
        "  moment           channel  chance of an open  worth   chance of choice",
        "  Mon 1 Jun 08:00  email    21%                0.534   -                 best",
    ]
    assert [line.split()[-1] for line in lines[start:] if "chosen" in line] == ["baseline"]
    assert lines[-2].startswith("  Not Mon 1 Jun 21:") and lines[-2].endswith(
        " to Tue 2 Jun 07:07 as an email: it is quiet hours on the user's own clock (quiet_hours)."
    )


def test_of_a_silence_verdicts_that_are_the_same_moment_after_moment_are_one_line(lines: list[str]) -> None:
    found = [line.split() for line in lines if line.startswith(("  quiet_hours", "  frequency_cap"))]
    assert [line[:4] for line in found] == [
        ["frequency_cap", "email", "24", "moments,"], ["quiet_hours", "email", "11", "moments,"],
    ]  # fmt: skip
