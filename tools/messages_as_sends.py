"""Messages between people as sends with opens, to try ``opportune heatmap`` on real data.

    python tools/messages_as_sends.py collegemsg.txt.gz sends.csv [HOURS]

The file has a line for each message: from, to, and seconds since 1970, as the set CollegeMsg of SNAP has. A message is
taken to be a send to whom it went, and to be opened when that user writes next, to anybody, if that is within HOURS
(24). So the table shows when people who are written to are there. Its columns have names that the command knows.
"""

import csv
import gzip
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

HOUR = 60 * 60
"""Seconds."""
Message: TypeAlias = tuple[str, str, int]
"""From, to, and seconds since 1970."""


def messages_in(path: Path) -> Iterator[Message]:
    """The messages of the file, in its order."""
    with gzip.open(path, "rt", encoding="ascii") as lines:
        for line in lines:
            sender, to, second = line.split()
            yield sender, to, int(second)


def sends_of(messages: Sequence[Message], hours: float = 24) -> Iterator[tuple[str, str, str, str]]:
    """Of each message: to whom, when it was sent, when it was opened (empty if it was not), and which one it was."""
    wrote: dict[str, list[int]] = {}
    for sender, _, second in sorted(messages, key=lambda message: message[2]):
        wrote.setdefault(sender, []).append(second)
    for place, (_, to, second) in enumerate(messages, 1):
        own = wrote.get(to, [])
        after = bisect_right(own, second)
        is_opened = after < len(own) and own[after] - second <= hours * HOUR
        yield to, _written(second), _written(own[after]) if is_opened else "", str(place)


def write(sends: Iterable[tuple[str, str, str, str]], path: Path) -> None:
    """Writes the table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["user_id", "send_time_utc", "open_time_utc", "message_id"])
        out.writerows(sends)


def _written(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def main(arguments: Sequence[str]) -> int:
    """From the one file into the other; 2 if they are not named."""
    if len(arguments) not in (2, 3):
        print(__doc__, file=sys.stderr)
        return 2
    source, target = map(Path, arguments[:2])
    write(sends_of(list(messages_in(source)), float(arguments[2]) if arguments[2:] else 24), target)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
