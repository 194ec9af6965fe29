"""Scores that a model outside has calculated: events like others, whose properties are traits."""

import re
import time
from pathlib import Path

import pytest

from opportune.testing.world import World
from opportune.units import DAY
from opportune.wiring.cli import main
from tests.stories.shop import shop
from tests.stories.town import Town
from tests.stories.trigger_page import examples

[CHURN] = examples("scores")
HOWTO = (Path(__file__).parents[2] / "docs" / "howto" / "scores-from-outside.md").read_text("utf-8")
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/churn.yaml": CHURN,
    "messages/reminder.yaml": "message: reminder\ntopic: news\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Stay\n---\nWith us. {{ unsubscribe_url }}\n",
}


def test_a_score_above_the_bound_begins_and_only_once_until_it_has_been_low() -> None:
    world = World(shop(journeys=CHURN))
    ann = world.user("ann")
    received = []
    for score in (0.7, 0.85, 0.9, 0.7, 0.85, 0.5, 0.85):
        ann.does("Scored", churn_score=score)
        world.passes(hours=1)
        received.append(len(ann.received))
    assert received == [0, 1, 1, 1, 1, 1, 2]


def test_a_score_is_no_activity() -> None:
    silence = "journey: silent\nenter: {inactive_for: 7 days}\nsteps:\n  - send: reminder\n"
    world = World(shop(journeys=silence))
    ann = world.user("ann")
    ann.does("Page Viewed")
    left = world.now
    for _ in range(10):
        ann.does("Scored", churn_score=0.1)
        world.passes(days=1)
    assert [mail.at for mail in ann.received] == [left + 7 * DAY]


def test_an_old_score_that_comes_late_says_nothing_of_today() -> None:
    world = World(shop(journeys=CHURN))
    ann = world.user("ann")
    before = world.now
    world.passes(hours=5)
    ann.does("Scored", churn_score=0.2)
    ann.does("Scored", at=before, churn_score=0.9)
    assert world.attempts == []


def test_the_file_of_the_page_is_brought_in_and_read_by_the_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    [scores] = re.findall(r"^```csv scores.csv\n(.*?)^```", HOWTO, re.DOTALL | re.MULTILINE)
    for name, text in FILES.items():
        (tmp_path / "shop" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop" / name).write_text(text)
    (tmp_path / "users.csv").write_text(f"user_id,at,email\nann,{now},ann@example.com\nbob,{now},bob@example.com\n")
    (tmp_path / "scores.csv").write_text(scores.replace("2026-06-01T03:00:00Z", now))
    store, where = str(tmp_path / "shop.db"), str(tmp_path / "shop")
    assert (
        main(["import", str(tmp_path / "users.csv"), "--kind", "identify", "--store", store, "--playbook", where]) == 0
    )
    assert main(["import", str(tmp_path / "scores.csv"), "--event", "Scored", "--store", store]) == 0
    assert main(["import", str(tmp_path / "scores.csv"), "--event", "Scored", "--store", store]) == 0
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
    with Town(tmp_path / "shop.db", FILES, later).open() as town:
        town.passes(minutes=5)
        assert [mail.address for mail in town.mails] == ["ann@example.com"]
        assert town.trait("bob", "churn_score") == 0.35
    capsys.readouterr()
