"""Made-up users: the same for the same seed, lived by the real engine, and told like a past."""

import io

import pytest
from msgspec import json

from opportune.events import names
from opportune.playbook.folder import load
from opportune.playbook.reading import playbook_from
from opportune.sending.attempt import Attempt
from opportune.units import DAY, HOUR
from opportune.wiring.simulating.habits import deeds_of, habits_of, reactions_to
from opportune.wiring.simulating.running import Stage, calls, simulated
from opportune.wiring.simulating.vocabulary import vocabulary_of
from tests.stories.examples import EXAMPLES
from tests.unit.wiring.simulating.test_vocabulary import FILES

STAGE = Stage(users=60, days=20, seed=7, start=1_780_272_000_000)
BOOK = playbook_from(FILES)


def told(seed: int = 7) -> bytes:
    report = simulated(BOOK, "p", Stage(60, 20, seed, STAGE.start))
    report.seconds = report.events_per_second = report.peak_mb = 0.0
    return json.encode(report)


def test_the_same_seed_gives_the_same_report_and_another_one_another() -> None:
    assert told() == told()
    assert told() != told(8)


def test_users_do_not_hang_on_how_many_others_there_are() -> None:
    vocabulary = vocabulary_of(BOOK)
    habits = [habits_of("user-3", vocabulary, STAGE.span, 7) for _ in range(2)]
    assert habits[0] == habits[1]
    assert deeds_of(habits[0], vocabulary, STAGE.span, 7) == deeds_of(habits[1], vocabulary, STAGE.span, 7)


def test_what_they_do_lies_in_its_span_in_order_and_begins_with_who_they_are() -> None:
    vocabulary, (start, end) = vocabulary_of(BOOK), STAGE.span
    for number in range(40):
        deeds = deeds_of(habits_of(f"u{number}", vocabulary, STAGE.span, 7), vocabulary, STAGE.span, 7)
        assert deeds[0].name == names.IDENTIFIED
        assert [each.at for each in deeds] == sorted(each.at for each in deeds)
        assert all(start <= each.at < end for each in deeds)
        assert len({each.id for each in deeds}) == len(deeds)


@pytest.mark.parametrize(
    "name", sorted(each.name for each in EXAMPLES.iterdir() if (each / "opportune.yaml").is_file())
)
def test_every_example_says_something_to_made_up_users(name: str) -> None:
    playbook = load(EXAMPLES / name)
    report = simulated(playbook, name, Stage(users=120, days=40, seed=1, start=STAGE.start))
    assert report.poison == []
    assert report.decisions > 0
    assert report.decisions == report.silent + report.sent + report.open


def test_books_balance_and_engagement_comes_back() -> None:
    report = simulated(BOOK, "p", STAGE)
    assert report.sent > 0
    assert report.users == 60


def attempt(number: int, channel: str = "email") -> Attempt:
    return Attempt(f"d{number}", "ann", "hello", "hello", channel, "news", "a", 0, DAY, "hash", {})


def test_about_a_third_of_mails_are_opened_after_they_have_come() -> None:
    opened = 0
    for number in range(2_000):
        events = list(reactions_to(attempt(number), HOUR, 7))
        assert all(each.at > HOUR for each in events)
        opened += any(each.name == names.EMAIL_OPENED for each in events)
    assert 0.3 < opened / 2_000 < 0.4


def test_nobody_reacts_on_a_channel_where_that_is_not_seen() -> None:
    assert not any(list(reactions_to(attempt(number, "webhook"), HOUR, 7)) for number in range(200))


def test_what_they_do_can_be_written_down_and_read_as_a_past() -> None:
    lines = io.BytesIO(b"".join(each + b"\n" for each in calls(BOOK, STAGE)))
    read = [json.decode(line) for line in lines]
    assert {each["type"] for each in read} == {"identify", "track"}
    assert all(each["userId"].startswith("user-") and each["messageId"] for each in read)
