"""What a marketer reads."""

import pytest

from opportune.testing.world import instant
from opportune.units import DAY, HOUR, MINUTE
from opportune.wiring.plain_words import REASONS, clock_of, instant_of, reason_of
from tests.api.source_tree import headings


def test_every_documented_code_has_a_sentence() -> None:
    assert sorted(headings("codes.md") - {"smtp_NNN", "http_NNN"} - set(REASONS)) == []


def test_no_sentence_is_kept_for_a_code_that_is_not_documented() -> None:
    assert sorted(set(REASONS) - headings("codes.md")) == []


def test_an_answer_of_a_mail_server_is_told_by_its_number() -> None:
    assert reason_of("smtp_550") == "the mail server answered 550"


def test_an_answer_of_a_target_is_told_by_its_number() -> None:
    assert reason_of("http_410") == "the target answered 410"


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert reason_of("too_blue") == "of the code too_blue"


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("Europe/Berlin", "Thu 31 Dec 2026, 23:30 (Europe/Berlin)"),
        ("Asia/Tokyo", "Fri 1 Jan 2027, 07:30 (Asia/Tokyo)"),
        ("Mars/Crater", "Thu 31 Dec 2026, 22:30 (UTC)"),
    ],
)
def test_an_instant_is_told_on_the_users_own_clock(zone: str, text: str) -> None:
    assert instant_of(zone, instant("2026-12-31T22:30:00Z")) == text


def test_a_line_of_a_terminal_leaves_year_and_zone_out() -> None:
    assert clock_of("Europe/Berlin", DAY + HOUR + MINUTE) == "Fri 2 Jan 02:01"
