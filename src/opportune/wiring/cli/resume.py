"""Let a paused journey go on: users enter it again, and what its runs want to say is decided again.

What was not said meanwhile is not said later. Asks the engine or the file, as 'opportune publish' does.
"""

from argparse import ArgumentParser, Namespace


def add_options(parser: ArgumentParser) -> None:
    """Which journey."""
    from opportune.wiring.cli import pause

    pause.add_options(parser)


def run(options: Namespace) -> int:
    """Resumes it, durably."""
    from opportune.wiring.cli.pause import turned

    return turned(options, is_on=True)
