"""A terminal is drawn on only if it can show it, and is left as it was."""

import io
import os
from pathlib import Path

import pytest

from opportune.wiring.demo.screen import can_show, drawn, screen, size_of


class Terminal(io.StringIO):
    """Something that says it is a terminal, of the size of an old one."""

    def isatty(self) -> bool:
        return True


def test_frames_are_for_terminals_that_can_show_them() -> None:
    assert can_show(Terminal(), "xterm-256color", has_colour=True)
    assert not can_show(Terminal(), "dumb", has_colour=True)
    assert not can_show(Terminal(), None, has_colour=True)
    assert not can_show(Terminal(), "xterm", has_colour=False)
    assert not can_show(io.StringIO(), "xterm", has_colour=True)


def test_a_terminal_that_does_not_say_its_size_is_an_old_one(tmp_path: Path) -> None:
    assert size_of(Terminal()) == os.terminal_size((80, 24))
    with (tmp_path / "file").open("w") as file:
        assert size_of(file) == os.terminal_size((80, 24))


def test_the_screen_is_left_as_it_was_however_it_ends() -> None:
    terminal = Terminal()
    with pytest.raises(KeyboardInterrupt), screen(terminal) as draw:
        draw([(("hello", "good"),)])
        raise KeyboardInterrupt
    said = terminal.getvalue()
    assert said.startswith("\033[?1049h\033[?25l")
    assert said.endswith("\033[?25h\033[?1049l")


def test_a_frame_is_drawn_over_the_one_before() -> None:
    said = drawn([(("a", "plain"), ("b", "good")), (("c", "dim"),)])
    assert said == "\033[?2026h\033[Ha\033[32mb\033[0m\033[K\r\n\033[2mc\033[0m\033[K\033[J\033[?2026l"
