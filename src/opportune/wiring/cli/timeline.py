"""Tell what is known of a user in order: what they did, what was decided, sent, kept silent and opened.

Works while the engine runs, on the user's own clock. 'opportune why USER' says why.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json

LINES = 50


def add_options(parser: ArgumentParser) -> None:
    """Of whom, where, and how much of it."""
    add = parser.add_argument
    add("user", metavar="USER", help="any id of the user")
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    add("--last", type=count, default=LINES, metavar="N", help="how many of the newest entries (%(default)s)")
    add("--json", action="store_true", help="answer with one JSON object, newest first")


def run(options: Namespace) -> int:
    """Prints the lines; 1 if the file holds nothing of this user."""
    from opportune.wiring.cli.store import read
    from opportune.wiring.installed import installed
    from opportune.wiring.one_user import shard_of
    from opportune.wiring.presence import presence_of
    from opportune.wiring.timeline import Page, timeline
    from opportune.wiring.timeline_lines import lines_of
    from opportune.wiring.user_view import presence_said, user_view

    with read(options.store) as history:
        page = timeline(history, options.user, None, options.last)
        if options.json:
            print_json(page or Page([], [], None))
            return OK if page else WRONG
        if page is None:
            print(f"{options.user}: this file holds nothing of this user")
            return WRONG
        shard = shard_of(history, options.user, policies=installed())
        memory = shard.memory(shard.resolved(options.user))
        zone = shard.playbook_of(memory).zones(memory.profile, memory.clock)[0].name
        view = user_view(shard, options.user, memory.clock, presence=presence_of(history, options.user))
    print(f"{' = '.join(page.names)}: {_counted(len(page.entries))}{', there are older ones' if page.before else ''}.")
    print("\n".join([*(presence_said(view, zone) if view else ()), *lines_of(page, zone)]))
    return OK


def _counted(entries: int) -> str:
    return f"{entries:,} {'entry' if entries == 1 else 'entries'}"
