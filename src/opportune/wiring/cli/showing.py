"""What ``opportune demo`` does once its options are read: play, show it as the terminal can, and report."""

import asyncio
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory

from opportune.errors import Unavailable
from opportune.events.event import Input
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json
from opportune.wiring.demo.books import Report
from opportune.wiring.demo.closing import closing, next_steps
from opportune.wiring.demo.frame import frame
from opportune.wiring.demo.picture import picture
from opportune.wiring.demo.playbook_texts import write_demo
from opportune.wiring.demo.playing import START, Play, Watcher, play
from opportune.wiring.demo.screen import can_show, keep_drawing, screen, size_of
from opportune.wiring.demo.telling import Teller, opening
from opportune.wiring.demo.view import View
from opportune.wiring.shard import Turn

HOURS_A_SECOND = 3.0
"""How fast simulated time runs at most on a terminal, so that it can be followed."""
PICTURED = (100, 32)
"""Columns and rows of a picture."""


def write_out(folder: Path) -> int:
    """Writes the playbook of the demo, and says what to do next."""
    for name in write_demo(folder):
        print(f"  {folder / name}")
    print(f"\nThe playbook of the demo. Next:\n\n  opportune check {folder}")
    print(f"  opportune run {folder} --write-key try-me --mail-folder mails")
    return OK


def show(options: Namespace) -> int:
    """Plays, shows, and returns 1 if the books do not balance."""
    is_silent = options.json or options.quiet
    speed = options.speed or (HOURS_A_SECOND if sys.stdout.isatty() and not is_silent else None)
    what = Play(
        days=None if options.endless else options.days, users=options.users, seed=options.seed, hours_a_second=speed
    )
    with TemporaryDirectory(prefix="opportune-demo-") as folder:
        store: Path = options.store or Path(folder, "demo.db")
        if store.exists():
            raise Unavailable(f"{store}: is there already; the demo begins with a new file")
        report = asyncio.run(_played(what, store, options))
    if options.json:
        print_json(report.figures)
    else:
        print("\n".join(closing(report)))
        print("\n".join(next_steps(report, options.store and str(options.store))))
    return WRONG if report.problems() else OK


async def _played(what: Play, store: Path, options: Namespace) -> Report:
    stop, view, watchers = asyncio.Event(), View(what), list[Watcher]()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    if options.picture is not None:
        watchers.append(_Painter(view, what, options.picture).watch)
    has_colour = "NO_COLOR" not in environ
    if not (options.json or options.quiet or options.lines) and can_show(
        sys.stdout, environ.get("TERM"), has_colour=has_colour
    ):
        with screen(sys.stdout) as draw:

            def redraw() -> None:
                moment, size = view.moment(), size_of(sys.stdout)
                if moment is not None:
                    draw(frame(moment, size.columns, size.lines))

            drawing = asyncio.create_task(keep_drawing(redraw))
            try:
                return await _watched(what, store, stop, view, watchers)
            finally:
                drawing.cancel()
    if not (options.json or options.quiet):
        for line in opening(what.users, what.days, what.seed, START):
            print(line)
        coloured = sys.stdout.isatty() and has_colour and environ.get("TERM") != "dumb"
        teller = Teller(lambda line: print(line.text(has_colour=coloured), flush=True))
        watchers.append(teller.watch)
    return await _watched(what, store, stop, view, watchers)


async def _watched(what: Play, store: Path, stop: asyncio.Event, view: View, watchers: Sequence[Watcher]) -> Report:
    def watch(inputs: Sequence[Input], turn: Turn) -> None:
        view.watch(inputs, turn)
        for each in watchers:
            each(inputs, turn)

    return await play(what, store, watch=watch, stop=stop, raised=view.raised)


class _Painter:
    """Draws one picture, when the play has come half way."""

    def __init__(self, view: View, what: Play, file: Path) -> None:
        self._view, self._file = view, file
        self._share = 0.5 if what.days is not None else None
        self._is_done = False

    def watch(self, inputs: Sequence[Input], turn: Turn) -> None:
        """A batch has become durable."""
        if self._is_done or not turn.decisions:
            return
        moment = self._view.moment()
        if moment is not None and (self._share is None or (moment.share or 0) >= self._share):
            columns, rows = PICTURED
            self._file.write_text(picture(frame(moment, columns, rows), columns), encoding="utf-8")
            self._is_done = True
