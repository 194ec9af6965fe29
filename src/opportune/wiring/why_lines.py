"""What ``why`` prints: an account in sentences with every verdict, or as a table."""

from collections.abc import Iterator, Sequence

from opportune.adapters.sources.when import written
from opportune.policies.decision import Verdict
from opportune.wiring.plain_words import clock_of
from opportune.wiring.why import Account, Told


def lines_of(account: Account) -> Iterator[str]:
    """The account for a terminal, in sentences."""
    yield account.sentence
    for told in account.decisions:
        yield ""
        yield from told.sentences
        yield from _verdicts(told)
        yield f"  Decision {told.decision.id}."
    if account.waiting:
        yield ""
    for waiting in account.waiting:
        yield waiting.sentence


def table_of(account: Account) -> Iterator[str]:
    """The account as a table: a line for each decision, then the waits."""
    yield account.sentence
    if account.decisions:
        head = ("decided (UTC)", "user", "message", "journey", "channel", "state", "code", "decision")
        yield from _columns([head, *map(_line, account.decisions)])
    for waiting in account.waiting:
        yield waiting.sentence


def _line(told: Told) -> tuple[str, ...]:
    decision = told.decision
    state = told.state if told.state != "pending" or told.channel is None else "planned"
    return (
        *(written(decision.due), decision.user, told.message, told.journey),
        *(told.channel or "-", state, told.code, decision.id),
    )


def _verdicts(told: Told) -> Iterator[str]:
    """Each verdict once: which policy, on which channel, judged for when, what it said and until when."""
    verdicts = list(dict.fromkeys(told.decision.verdicts))
    if not verdicts:
        yield "  No policy objected."
        return
    yield from _columns(
        [("policy", "channel", "judged for", "said", "until"), *(_row(each, told.zone) for each in verdicts)]
    )


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(verdict: Verdict, zone: str) -> tuple[str, str, str, str, str]:
    until = clock_of(zone, verdict.until) if verdict.until is not None else "-"
    return (verdict.policy, verdict.channel or "all", clock_of(zone, verdict.at), verdict.code, until)
