"""Work that is told to stop cleans up after itself, whoever tells it."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

from opportune.wiring.cli.exit_codes import INTERRUPTED, TERMINATED

_CODES: Final = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}


@contextmanager
def ending_cleanly() -> Iterator[None]:
    """SIGTERM ends what is in here as Ctrl-C does: KeyboardInterrupt is raised, once, with the exit code.

    A second one is not heard any more (``timeout`` sends two), so that nothing is left behind. What is ignored on
    purpose stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = [each for each in _CODES if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, _stopped) for each in heard}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _stopped(number: int, _: FrameType | None) -> None:
    for each in _CODES:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt(_CODES[signal.Signals(number)])
