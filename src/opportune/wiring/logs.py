"""What the engine writes about itself: one line for each thing, as text or JSON, never with a secret or an address."""

import json
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from typing import Final, Literal, TextIO, TypeAlias

Form: TypeAlias = Literal["text", "json"]
LEVELS: Final = ("debug", "info", "warning", "error")
_log: Final = logging.getLogger("opportune.engine")
_MOST_KNOWN: Final = 1_000
_MOST_WORDS: Final = 200
_OPENING: Final = r"(?<![A-Za-z0-9])"
_HIDDEN: Final = (
    (re.compile(r"(?i)\b(basic|bearer)\s+[A-Za-z0-9+/=_.~-]{4,}"), r"\1 [hidden]"),
    (re.compile(rf"{_OPENING}(?:ok_[wa]_|whsec_)[A-Za-z0-9+/=_-]{{6,}}"), "[key]"),
    (
        re.compile(
            r"(?i)\b(password|passwd|secret|token|api[_-]?key|write[_-]?key|admin[_-]?key|authorization)"
            r"(\"?'?\s*[:=]\s*\"?'?)(?!basic|bearer)[^\s\"'&,;}]+"
        ),
        r"\1\2[hidden]",
    ),
    (re.compile(r"/([ucpo])/[A-Za-z0-9_-]{16,}"), r"/\1/[token]"),
    (re.compile(r"[^\s@<>\"'(),;:\[\]=]{1,64}@(?:[\w-]{1,63}\.){1,8}[\w-]{2,63}"), "[address]"),
    (re.compile(r"\+\d[\d ().-]{6,20}\d"), "[phone]"),
)
"""What is never written, and what stands in its place; in this order."""


def hidden(text: str) -> str:
    """The text without addresses, phone numbers, keys and tokens."""
    for pattern, instead in _HIDDEN:
        text = pattern.sub(instead, text)
    return text


class Lines(logging.Formatter):
    """A line a record: time in UTC, level, logger, text, and the traceback of errors; all of it through ``hidden``."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self._form = form

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line of JSON, or as text."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        said = hidden(record.getMessage())
        trace = hidden(self.formatException(record.exc_info)) if record.exc_info else ""
        if self._form == "text":
            head = f"{at} {record.levelname.lower():7} {record.name}: {_in_one_line(said)}"
            return "\n    ".join((head, *map(_in_one_line, trace.splitlines())))
        fields = {"at": at, "level": record.levelname.lower(), "logger": record.name, "text": said}
        return json.dumps(fields | ({"trace": trace} if trace else {}))


def _in_one_line(text: str) -> str:
    """The text with what ends lines, turns them or moves a terminal's cursor written out, so that it forges no line."""
    return text if text.isprintable() else "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


class Seldom(logging.Filter):
    """Of lines with the same words from one logger, one a second: whoever provokes them must not fill the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether this record is written."""
        fault = record.exc_info[0] if record.exc_info else None
        words = f"{fault} {str(record.msg)[:_MOST_WORDS]}"
        if abs(record.created - self._written.get(words, 0)) < 1:
            return False
        if len(self._written) >= _MOST_KNOWN:
            self._written.clear()
        self._written[words] = record.created
        return True


def configure(form: Form, level: str, stream: TextIO | None = None) -> None:
    """From here on everything that is logged in this process is written this way."""
    where = logging.StreamHandler(stream or sys.stderr)
    where.setFormatter(Lines(form))
    root = logging.getLogger()
    root.handlers[:] = [where]
    root.setLevel(level.upper())
    logging.getLogger("opportune.audit").setLevel(logging.INFO)  # who asked and acted is written whatever else is
    for name in ("asyncio", "aiosmtplib", "uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.filters[:] = [] if level == "debug" else [Seldom()]
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, root.level) if level != "debug" else logging.DEBUG)


def take_over() -> None:
    """What nobody in this process catches is logged too, and so hidden, in place of being printed as it is."""
    logging.raiseExceptions = False  # what cannot be written is lost rather than written with nothing hidden
    sys.excepthook = lambda kind, fault, trace: _log.critical("ended by a fault", exc_info=fault)
    threading.excepthook = lambda found: _log.critical("a thread failed", exc_info=found.exc_value)
    sys.unraisablehook = lambda found: _log.critical("a fault that nobody caught", exc_info=found.exc_value)
