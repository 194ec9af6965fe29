"""What a turn leaves as dead letters: entries of the log that had no effect, or not all of it, and why."""

from collections.abc import Iterator

from opportune.ports import DeadLetter
from opportune.units import Instant
from opportune.wiring.turn import Turn


def letters_of(turn: Turn, now: Instant) -> Iterator[DeadLetter]:
    """One for each entry that failed, came too late, met too many runs, or would have gone round for ever."""
    for poison in turn.poison:
        yield _letter(now, "not_taken", poison.reason, poison.seq)
    for _, seq in turn.late:
        yield _letter(now, "late", "it happened longer ago than lateness: it changed features only", seq)
    for _, seq in turn.crowded:
        yield _letter(now, "too_many_runs", "the user has too many runs under way: none was started", seq)
    for _, seq, name in turn.looped:
        text = (
            f"{name!r} was not emitted: 8 emitted events had led to it, one from the other; 'opportune check' names "
            "journeys that start each other, and 'reentry: once' in one of them ends it"
        )
        yield _letter(now, "looped", text, seq)


def _letter(now: Instant, code: str, reason: str, seq: int) -> DeadLetter:
    return DeadLetter(now, code, reason, str(seq).encode())
