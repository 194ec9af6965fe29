"""What a marketer reads."""

import pytest

from opportune.policies.decision import Seen
from opportune.testing.world import instant
from opportune.units import DAY, HOUR, MINUTE
from opportune.wiring.plain_words import REASONS, clock_of, instant_of, looked_at, reason_of
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


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (Seen("logins_7d", 1, 3 * DAY + 5 * HOUR), "logins_7d = 1; its newest event was 3 days old"),
        (Seen("logins_7d", 0, 8 * DAY), "logins_7d = 0; its newest event was 8 days old"),
        (Seen("plan", "it's", 90_061), "plan = 'it''s'; its newest event was 1 minute old"),
        (Seen("is_new", True, 2_500), "is_new = TRUE; its newest event was 2 seconds old"),
        (Seen("fall", None, 0), "fall = NULL; its newest event was less than a second old"),
        (Seen("interests", ("ferns", "moss"), HOUR), "interests = ferns, moss; its newest event was 1 hour old"),
        (Seen("is_pro", False, None), "is_pro = FALSE; no event is known"),
        (
            Seen("logins", 7, DAY, 0),
            "logins = 7; its newest event was 1 day old, and events up to Thu 1 Jan 1970, 00:00 (UTC) may be missing",
        ),
    ],
)
def test_a_feature_is_told_with_its_age(seen: Seen, said: str) -> None:
    assert looked_at(seen, "UTC") == said
