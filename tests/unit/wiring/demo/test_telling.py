"""What the terminal shows of decisions and of the report."""

import msgspec

from opportune.policies.decision import Chosen, Decision, Ending, Verdict
from opportune.units import HOUR
from opportune.wiring.demo.books import Figures, Report
from opportune.wiring.demo.telling import Teller, closing
from opportune.wiring.shard import Turn
from tests.contracts.made import NOW, decision

LATER = NOW + 9 * HOUR


def told(*turns: Turn, has_colour: bool = False) -> list[str]:
    lines: list[str] = []
    teller = Teller(lines.append, has_colour=has_colour)
    for turn in turns:
        teller.watch((), turn)
    return lines


def chosen(at: int, *verdicts: Verdict) -> Decision:
    return msgspec.structs.replace(decision(), chosen=Chosen("email", "warm", at), code="chosen", verdicts=verdicts)


def test_a_message_that_goes_out_at_once_is_one_line() -> None:
    sent = Ending("d1", "ann", "sent", "sent", NOW)
    assert told(Turn(decisions=[chosen(NOW)]), Turn(endings=[sent])) == [
        "Mon 21 Sep 16:13  ann       cart      sends   cart_reminder by email, wording 'warm'"
    ]


def test_a_planned_message_says_for_when_and_why_and_that_it_went_out() -> None:
    quiet = Verdict("quiet_hours", "email", NOW, "quiet_hours", LATER)
    sent = Ending("d1", "ann", "sent", "sent", LATER)
    assert told(Turn(decisions=[chosen(LATER, quiet)]), Turn(endings=[sent])) == [
        "Mon 21 Sep 16:13  ann       cart      plans   cart_reminder by email, wording 'warm', "
        "for Tue 22 Sep 01:13: quiet hours",
        "Tue 22 Sep 01:13  ann       cart      sent    cart_reminder, as planned",
    ]


def test_a_planned_message_that_is_called_off_says_why() -> None:
    off = Ending("d1", "ann", "not_sent", "exited", NOW + HOUR)
    assert told(Turn(decisions=[chosen(LATER)]), Turn(endings=[off]))[-1] == (
        "Mon 21 Sep 17:13  ann       cart      drops   cart_reminder: came back or bought by themselves"
    )


def test_a_silence_names_the_reason_and_the_next_instant() -> None:
    cap = Verdict("frequency_cap", "email", NOW, "frequency_cap", LATER)
    silence = msgspec.structs.replace(decision(), code="frequency_cap", verdicts=(cap,))
    assert told(Turn(decisions=[silence])) == [
        "Mon 21 Sep 16:13  ann       cart      silent  no cart_reminder: frequency cap reached, "
        "not before Tue 22 Sep 01:13"
    ]


def test_colour_is_for_terminals_only() -> None:
    assert "\033" not in told(Turn(decisions=[chosen(NOW)]))[0]
    assert "\033[32msends" in told(Turn(decisions=[chosen(NOW)]), has_colour=True)[0]


def report(**changes: int) -> Report:
    figures = Figures(
        events=10, users=2, decisions=5, sent=2, held={"held_out": 3}, mails_received=2, decide_p99_ms=0.5, seconds=1.0
    )
    whole = Report(figures, {"email": 2}, unknown=0, pending=0, differences=0, days=1, seed=1)
    return msgspec.structs.replace(whole, **changes)


def test_the_report_says_that_the_books_balance() -> None:
    assert list(closing(report()))[-1] == "The books balance, and the log decided again gives the same decisions."


def test_the_report_names_every_imbalance() -> None:
    wrong = msgspec.structs.replace(report(pending=1, differences=4), by_channel={"email": 1})
    assert [line for line in closing(wrong) if line.startswith("PROBLEM")] == [
        "PROBLEM: 5 decisions, but 5 ended and 1 pending",
        "PROBLEM: 1 sent by email, but 2 received",
        "PROBLEM: 4 decisions or endings differ when the log is decided again",
    ]
