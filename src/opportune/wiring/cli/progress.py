"""A small bar on standard error while something takes long, if somebody is looking."""

import sys

WIDTH = 30


class Progress:
    """Is told how many are done, of how many; draws only on a terminal."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._drawn = -1

    def __call__(self, done: int, of: int) -> None:
        """Draws where the share has changed by a hundredth, and ends the line with the last one."""
        share = 100 * done // of if of else 100
        if not sys.stderr.isatty() or share == self._drawn:
            return
        self._drawn = share
        bar = "#" * (share * WIDTH // 100)
        print(f"\r{self._what} [{bar:{WIDTH}}] {share:3}%", end="\n" if done >= of else "", file=sys.stderr, flush=True)
