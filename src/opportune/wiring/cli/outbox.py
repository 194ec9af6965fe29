"""List attempts of which nobody knows whether they went out, or that are still open.

The key is the one the provider was given: look there for what became of it. Works while the engine runs.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from opportune.sending.outbox import OPEN, Row, Stage
from opportune.units import Instant
from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.printing import print_json
from opportune.wiring.cli.store import read
from opportune.wiring.plain_words import instant_of, reason_of

STAGES: Final[dict[str, tuple[Stage, ...]]] = {"unknown": ("unknown",), "open": OPEN, "failed": ("failed",)}


class Listed(Struct, frozen=True):
    """One attempt, as it is told."""

    key: str
    user: str
    message: str
    channel: str
    stage: Stage
    code: str
    at: Instant
    """When it was answered; of one that is open, when it was claimed."""
    delivery: str


def add_options(parser: ArgumentParser) -> None:
    """Which attempts, how many, the store, and whether to answer in JSON."""
    which = "unknown: nobody knows whether it went out; open: not answered yet; failed: refused for good (%(default)s)"
    parser.add_argument("--stage", choices=tuple(STAGES), default="unknown", help=which)
    parser.add_argument("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    parser.add_argument("--last", type=count, default=50, metavar="N", help="how many at most, newest (%(default)s)")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints the list."""
    with read(options.store) as history:
        listed = [_listed(row) for row in history.attempts(STAGES[options.stage], options.last)]
    if options.json:
        print_json({"stage": options.stage, "attempts": listed})
    else:
        print("\n".join(_lines(listed, options.stage)))
    return OK


def _listed(row: Row) -> Listed:
    attempt = row.claim.attempt
    return Listed(
        key=attempt.decision,
        user=attempt.user,
        message=attempt.message,
        channel=attempt.channel,
        stage=row.stage,
        code=row.code or row.recalled,
        at=attempt.at if row.at is None else row.at,
        delivery=attempt.delivery,
    )


def _lines(listed: Sequence[Listed], stage: str) -> Iterator[str]:
    if not listed:
        yield f"No attempt is {stage}."
    for each in listed:
        yield f"{instant_of('UTC', each.at)}  {each.channel}  {each.message} to {each.user}  key {each.key}"
        yield f"    {_told(each)}"


def _told(each: Listed) -> str:
    match each.stage:
        case "claimed":
            return "waits for its turn, or for the provider: nothing has been sent"
        case "data_sent":
            return "is being handed over, or is asked for again because no answer came"
        case _:
            return f"{each.code}: {reason_of(each.code)}"
