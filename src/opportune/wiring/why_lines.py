"""What ``why`` prints: an account in sentences with every verdict, or as a table."""

from collections.abc import Iterator, Sequence

from opportune.adapters.sources.when import written
from opportune.policies.decision import Verdict
from opportune.policies.timing import Slot, Timing
from opportune.wiring.moment import percent_of
from opportune.wiring.plain_words import an, channel_of, clock_of, reason_of, worth_of
from opportune.wiring.why import Account, Told


def lines_of(account: Account) -> Iterator[str]:
    """The account for a terminal, in sentences."""
    yield account.sentence
    for told in account.decisions:
        yield ""
        yield from told.sentences
        timing = told.decision.timing
        yield from _verdicts(told) if timing is None else _slots(told, timing)
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
    heads = ("policy", "channel", "judged for", "said", "until")
    yield from _columns([heads, *(_row(each, told.zone) for each in _stretches(verdicts))])


def _stretches(verdicts: Sequence[Verdict]) -> list[list[Verdict]]:
    """Verdicts that say the same of one moment after another, from the third such moment on told as one."""
    found: dict[tuple[str, str, str], list[Verdict]] = {}
    for each in verdicts:
        found.setdefault((each.policy, each.channel, each.code), []).append(each)
    alike = {key: some for key, some in found.items() if len({each.at for each in some}) > 2}
    told, seen = list[list[Verdict]](), set[tuple[str, str, str]]()
    for each in verdicts:
        key = (each.policy, each.channel, each.code)
        if key not in alike:
            told.append([each])
        elif key not in seen:
            told.append(alike[key])
            seen.add(key)
    return told


def _slots(told: Told, timing: Timing) -> Iterator[str]:
    """What ``send_time`` chose between, and what it could not choose."""
    head = ("moment", "channel", "chance of an open", "worth", "chance of choice", "")
    rows = [_slot(each, told, timing) for each in timing.slots]
    yield from _columns([head, *rows])
    for each in told.closed:
        reasons = " and ".join(f"{reason_of(code)} ({code})" for code in each.codes)
        first, last = (clock_of(timing.zone, at) for at in (each.first, each.last))
        yield f"  Not {first}{'' if first == last else f' to {last}'} as {an(channel_of(each.channel))}: {reasons}."


def _slot(slot: Slot, told: Told, timing: Timing) -> tuple[str, ...]:
    chosen = told.decision.chosen
    is_chosen = chosen is not None and (slot.channel, slot.at) == (chosen.channel, chosen.at)
    is_there = slot.channel == timing.channel
    marks = [
        *((is_chosen, "chosen"), (is_there and slot.at == timing.best, "best")),
        (is_there and slot.at == timing.baseline, "baseline"),
    ]
    return (
        *(clock_of(timing.zone, slot.at), slot.channel, percent_of(slot.opened), worth_of(slot.worth, "")),
        *(percent_of(slot.chance) if slot.chance else "-", ", ".join(name for is_so, name in marks if is_so)),
    )


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(same: Sequence[Verdict], zone: str) -> tuple[str, str, str, str, str]:
    first, last = same[0], same[-1]
    until = clock_of(zone, last.until) if last.until is not None else "-"
    judged = [clock_of(zone, at) for at in sorted({each.at for each in same})]
    when = judged[0] if len(judged) == 1 else f"{len(judged)} moments, {judged[0]} to {judged[-1]}"
    return (first.policy, first.channel or "all", when, first.code, until)
