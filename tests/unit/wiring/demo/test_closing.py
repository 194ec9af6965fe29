"""The report: whether the books balance, what came back, and what to try next."""

import msgspec

from opportune.wiring.demo.books import Account, Figures, Report
from opportune.wiring.demo.closing import closing, next_steps


def report(**changes: int) -> Report:
    figures = Figures(
        events=10, users=2, decisions=5, sent=2, held={"held_out": 3}, mails_received=2, decide_p99_ms=0.5, seconds=1.0
    )
    whole = Report(figures=figures, by_channel={"email": 2}, unknown=0, pending=0, differences=0, days=1, seed=1)
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


def test_pushes_are_counted_on_both_sides() -> None:
    wrong = msgspec.structs.replace(report(), by_channel={"email": 2, "push": 3}, pushes=2)
    assert "PROBLEM: 3 sent by push, but 2 received" in list(closing(wrong))


def test_the_report_tells_of_each_journey_and_of_what_came_back() -> None:
    cart = Account(sent={"email": 2}, held=3, unknown=0, pending=0, goals=1)
    whole = msgspec.structs.replace(report(), by_journey={"cart": cart}, returns={"merged": 4, "clicks": 1})
    lines = list(closing(whole))
    assert "journey         email   silent  unknown  pending    goals" in lines
    assert "cart                2        3        0        0        1" in lines
    at = lines.index("what came back")
    assert [line.split() for line in lines[at + 1 : at + 3]] == [["clicks", "1"], ["merged", "4"]]


def test_what_to_try_next_names_the_file_that_was_kept() -> None:
    whole = msgspec.structs.replace(report(), examples={"ann-0001": "who was spared"})
    kept = list(next_steps(whole, "my demo.db"))
    assert "  opportune why ann-0001 --store 'my demo.db'" in kept
    assert "  opportune replay --store 'my demo.db'" in kept
    assert not any("why" in line for line in next_steps(whole, None))
