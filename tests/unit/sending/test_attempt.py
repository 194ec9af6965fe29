"""What stands in an attempt, a row or a receipt that nobody said more of: an earlier release may have written it."""

import msgspec

from opportune.journeys.memory import fresh
from opportune.sending.attempt import Attempt
from opportune.sending.outbox import Claim, Row, obstacle
from opportune.sending.rate_limit import RateLimit, after_call, wait_of
from opportune.sending.reaction import reaction_to
from opportune.sending.receipt import Receipt, events_of, receipt_of
from tests.contracts.made import NOW, attempt

CLAIM = Claim(attempt("d1"), 1)


def test_an_attempt_of_an_earlier_release_is_marketing_that_is_sent_once() -> None:
    fields = msgspec.to_builtins(attempt("d1"))
    read = msgspec.convert(fields[:12], Attempt)
    assert (read.is_marketing, read.deadline, read.delivery) == (True, None, "once")
    assert read.values == {"first_name": "Ann"}


def test_a_claim_begins_without_answer_recall_or_words() -> None:
    row = Row(CLAIM)
    assert (row.stage, row.recalled, row.code, row.at, row.is_logged) == ("claimed", "", "", None, False)
    assert (row.body, row.bounce) == (None, "")
    assert obstacle(row, NOW, "once") is None


def test_a_receipt_tells_nothing_of_the_address_unless_it_is_said() -> None:
    receipt = receipt_of(Row(CLAIM), NOW, "once")
    assert receipt == Receipt("lapsed", "restarted", "")
    assert receipt is not None and receipt.bounce == ""
    assert len(events_of(CLAIM, receipt, NOW)) == 1


def test_nothing_follows_until_something_does() -> None:
    memory = fresh("ann")
    out = reaction_to(memory)
    assert out.memory is memory
    assert (out.decisions, out.endings, out.goals, out.emits, out.calls) == ([], [], [], [], [])
    assert (out.is_late, out.is_crowded, out.wake) == (False, False, None)


def test_without_a_burst_one_call_goes_at_a_time() -> None:
    limit = RateLimit(1)
    assert limit.burst == 1
    assert wait_of(limit, after_call(limit, 0, NOW), NOW) == 1_000
