"""A terminal that shows one frame after the other, with plain control sequences, and is left as it was found."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from os import get_terminal_size, terminal_size
from typing import Final, TextIO

from opportune.wiring.demo.frame import LOWEST, NARROWEST, Row, Style

REDRAWN: Final = 0.2
"""Real seconds from one frame to the next."""
_ENTER: Final = "\033[?1049h\033[?25l\033[2J"
"""The other screen, without a cursor, cleared."""
_LEAVE: Final = "\033[0m\033[?25h\033[?1049l"
_STYLES: Final[dict[Style, str]] = {
    "plain": "", "bold": "1", "dim": "2", "good": "32", "plan": "33", "bad": "31", "accent": "36",
}  # fmt: skip


def can_show(terminal: TextIO, kind: str | None, *, has_colour: bool) -> bool:
    """Whether this is a terminal, large enough and able to show frames; ``kind`` is what TERM says."""
    if not terminal.isatty() or kind in (None, "", "dumb") or not has_colour:
        return False
    size = size_of(terminal)
    return size.columns >= NARROWEST and size.lines >= LOWEST


def size_of(terminal: TextIO) -> terminal_size:
    """Its columns and rows; those of an old terminal if it does not say."""
    try:
        size = get_terminal_size(terminal.fileno())
    except (OSError, ValueError):
        return terminal_size((80, 24))
    return size if size.columns and size.lines else terminal_size((80, 24))


@contextmanager
def screen(terminal: TextIO) -> Iterator[Callable[[Sequence[Row]], None]]:
    """Draws frames while the block runs; however it ends, the terminal is as it was before."""

    def draw(rows: Sequence[Row]) -> None:
        terminal.write(drawn(rows))
        terminal.flush()

    terminal.write(_ENTER)
    try:
        yield draw
    finally:
        terminal.write(_LEAVE)
        terminal.flush()


async def keep_drawing(draw: Callable[[], None]) -> None:
    """Draws until it is called off."""
    while True:
        draw()
        await asyncio.sleep(REDRAWN)


def drawn(rows: Sequence[Row]) -> str:
    """The frame as control sequences: shown all at once, from the first corner on, without clearing what stays."""
    lines = ("".join(_styled(*span) for span in row) + "\033[K" for row in rows)
    return "\033[?2026h\033[H" + "\r\n".join(lines) + "\033[J\033[?2026l"


def _styled(text: str, style: Style) -> str:
    return f"\033[{_STYLES[style]}m{text}\033[0m" if _STYLES[style] else text
