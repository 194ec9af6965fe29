"""The command ``opportune``: which commands there are, and what becomes of what they raise.

Each command is a module of its own, imported when it is called, so that ``opportune --help`` answers at once.
"""

import errno
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from typing import TYPE_CHECKING

from opportune.wiring.cli.exit_codes import INTERRUPTED, OK, UNAVAILABLE, USAGE

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

COMMANDS = {
    "init": "write a sample playbook into a new folder",
    "run": "run the engine: take events, decide, send",
    "publish": "put a playbook in force while the engine runs, for all users or a share",
    "rollback": "go back to an earlier playbook",
    "pause": "let nobody enter a journey, and say nothing in it",
    "resume": "let a paused journey go on",
    "publications": "list what was published, and what is in force",
    "check": "say everything that is wrong with a playbook, with file and line",
    "backtest": "try playbooks on the past: whom they would have written to, and when",
    "diff": "try a changed playbook on the past: who gets more, less, something else, later",
    "simulate": "try a playbook on users who are made up, on a virtual clock",
    "plan": "spread a message to many users over the hours, none fuller than you can send",
    "shadow": "let a playbook live beside a running engine, without sending",
    "audit": "count again what was sent: caps, consent, quiet hours, doubles, books",
    "heatmap": "show at which hours of the week mail is opened, from a file of sends",
    "prioritise": "say which journeys to take up first: impact on the past, times feasibility",
    "train": "learn from what users did: when they look",
    "evaluate": "say what choosing the moment is worth, on a past or in what was sent",
    "diagram": "draw a journey: where runs may be, and what takes them on",
    "why": "say why a user got a message, or why not",
    "timeline": "tell what is known of a user in order: events, decisions, sends, silences",
    "import": "bring events in from files, once each",
    "items": "feed the catalogue from files: prices, stock, what is new",
    "outbox": "list attempts whose outcome nobody knows, or that are still open",
    "replay": "decide the whole log again and compare",
    "export": "write events, decisions, endings or merges day by day, or all about one user",
    "features": "write what features were at points of history, to learn from",
    "erase": "forget a user, or take a forgotten one again",
    "backup": "copy the file while the engine runs",
    "restore": "put a backup back in place",
    "confirm": "say that a copied file is the one that goes on",
    "doctor": "look whether machine, file and mail server are fit to run",
    "key": "make, list and revoke the keys by which the engine is spoken to",
    "schema": "tell editors what playbook files may say, and say what events do",
    "demo": "watch a shop and a news desk for three days in a minute",
}
"""Every command, and what it does in one line; its module has ``add_options`` and ``run``."""

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
"""What writing fails with where no file can be named: it was the output."""
_HELP = """usage: opportune COMMAND ...

Decides whether, when, where and what to say to each user, and can say why.

{commands}

Each command says more: opportune COMMAND --help
Exit codes: 0 all is well, 1 something wrong was found, 2 used wrongly, 3 a file, port or server cannot be used."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; errors of this package are printed as plain lines."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _answered(given)
    except BrokenPipeError:  # whoever reads has seen enough
        sys.stderr.close()
        return OK
    except OSError as fault:
        if fault.filename is not None or fault.errno not in _FULL:
            raise
        return _unwritten(fault)


def _unwritten(fault: OSError) -> int:
    """What cannot be printed is given up, so that nobody tries once more at the end."""
    print(f"opportune: the output cannot be written: {fault.strerror}; make room, and try again", file=sys.stderr)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return UNAVAILABLE


def _answered(given: Sequence[str]) -> int:
    if not given or given[0] in ("-h", "--help", "help"):
        print(_HELP.format(commands="\n".join(f"  {name:12} {text}" for name, text in COMMANDS.items())), flush=True)
        return OK if given else USAGE
    if given[0] == "--version":
        from opportune import __version__

        print(f"opportune {__version__}")
        return OK
    if given[0] not in COMMANDS:
        print(f"opportune: there is no command {given[0]!r}; it may be {', '.join(COMMANDS)}", file=sys.stderr)
        return USAGE
    return _called(given[0], given[1:])


def _called(name: str, arguments: Sequence[str]) -> int:
    import argparse

    from opportune.errors import OpportuneError
    from opportune.wiring.cli.complaining import complain

    module = import_module(f"opportune.wiring.cli.{name}_" if iskeyword(name) else f"opportune.wiring.cli.{name}")
    parser = argparse.ArgumentParser(
        prog=f"opportune {name}", description=module.__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.add_options(parser)
    options = _parsed(parser, arguments)
    try:
        code: int = module.run(options)
        sys.stdout.flush()
        return code
    except argparse.ArgumentTypeError as misuse:
        print(f"opportune: {misuse}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt as end:
        ended: int = end.args[0] if end.args else INTERRUPTED
        return ended
    except (OpportuneError, BaseExceptionGroup) as error:
        return complain(error)


def _parsed(parser: "ArgumentParser", arguments: Sequence[str]) -> "Namespace":
    """The options, which may stand between files too."""
    if "--" not in arguments:
        with suppress(TypeError):  # a command that has commands of its own takes them in their places
            return parser.parse_intermixed_args(arguments)
    return parser.parse_args(arguments)
