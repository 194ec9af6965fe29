"""Every row of the shared hostile inputs about addresses and delivery: what becomes of it, or where that is tested."""

import json
import os
from importlib import import_module
from pathlib import Path

import pytest

from opportune.messages.address import usable_email

SHARED = Path(os.environ.get("OPPORTUNE_SHARED") or Path(__file__).resolve().parents[5] / "shared") / "bad_inputs.jsonl"

SMTP = "tests.unit.adapters.channels.test_smtp"
DISPATCHER = "tests.unit.wiring.test_dispatcher"
LAW = "tests.laws.test_delivery"
STORY = "tests.stories.test_delivery"
TRIMMED = {"email_address-014": "ann@example.com"}
TWO_ADDRESSES = "email_address-013"
COVERED = {
    "delivery-001": [(DISPATCHER, "test_no_answer_after_the_data_is_unknown_and_not_sent_again")],
    "delivery-002": [
        (DISPATCHER, "test_not_now_is_tried_again_after_growing_pauses"),
        (DISPATCHER, "test_not_now_until_it_expires_lapses_with_the_providers_code"),
    ],
    "delivery-004": [(SMTP, "test_each_address_has_its_own_outcome")],
    "delivery-005": [
        (SMTP, "test_a_server_that_never_greets_is_an_outage_after_our_patience"),
        (SMTP, "test_a_certificate_nobody_vouches_for_gets_no_mail"),
        (SMTP, "test_a_server_that_does_not_protect_what_was_to_be_protected_gets_no_mail"),
        (DISPATCHER, "test_a_provider_that_is_out_is_left_alone_and_others_are_not_delayed"),
    ],
    "delivery-006": [
        (SMTP, "test_a_server_without_any_extension_takes_our_mail"),
        (SMTP, "test_a_mail_that_is_too_large_is_not_begun"),
    ],
    "delivery-007": [(SMTP, "test_lines_of_dots_and_bare_line_feeds_stay_one_mail")],
    "delivery-008": [
        (STORY, "test_delivered_before_accepted_is_no_contradiction"),
        (STORY, "test_a_bounce_three_days_after_acceptance_says_whether_the_address_is_written_to_again"),
    ],
    "delivery-009": [(LAW, "test_a_provider_sees_the_same_words_at_every_try")],
    "delivery-010": [(LAW, "test_no_try_begins_after_its_bound_or_after_a_recall_that_was_durable")],
}


def rows(surface: str) -> list[dict[str, str]]:
    if not SHARED.is_file():
        pytest.skip("needs shared_data: OPPORTUNE_SHARED names no folder with bad_inputs.jsonl in it")
    return [row for row in map(json.loads, SHARED.read_text().splitlines()) if row["surface"] == surface]


def test_an_address_is_refused_or_used_exactly() -> None:
    for row in rows("email.address"):
        if row["id"] == TWO_ADDRESSES:
            assert [usable_email(each) for each in row["input"].split(" vs ")] == row["input"].split(" vs ")
        else:
            assert usable_email(row["input"]) == TRIMMED.get(row["id"]), row


def test_every_row_about_delivery_has_its_tests() -> None:
    for row in rows("delivery"):
        for module, name in COVERED[row["id"]]:
            assert callable(getattr(import_module(module), name))
