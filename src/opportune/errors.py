"""Every error the package raises, split by who must act and whether trying again helps.

    OpportuneError
    +-- PlaybookError       the author of the playbook: name, place and remedy are in the text
    |   +-- UnitError           a span, share or wall time that cannot be read
    |   +-- ConditionError      SQL text that cannot be used; knows its position
    +-- StoryError          the author of a story in a test: it says what cannot be, and the text says what can
    +-- EventError          the sender of the data: this event is refused, the next one is welcome
    +-- Rejected            a provider said no, for good
    +-- Retryable           a provider said not now
    +-- Overloaded          the sender of data: nothing was taken, send the same again in a moment
    +-- Unavailable         the operator: disk, port, server or file is not usable

Not sending is no error: it is a verdict with a code. Anything that is not in this tree is our own fault and is never
caught.
"""


class OpportuneError(Exception):
    """The root of all errors of this package."""


class PlaybookError(OpportuneError):
    """The playbook cannot be used as written; the text names file, line, what is wrong and what would be right."""


class UnitError(PlaybookError):
    """A span, a share or a wall time cannot be read."""


class ConditionError(PlaybookError):
    """An SQL text cannot be used; ``position`` is the offset of the offending character, counted from 0."""

    def __init__(self, reason: str, *, position: int = 0) -> None:
        super().__init__(reason)
        self.position = position


class StoryError(OpportuneError):
    """A story that a test tells cannot be as it is told: a name nobody knows, or time that goes back."""


class EventError(OpportuneError):
    """One event is refused; ``code`` is stable and documented, the text says what would be right."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Rejected(OpportuneError):
    """The provider refused this message for good; ``code`` names its answer, such as ``smtp_550``.

    ``bounce`` is what that says of the address, as kind and status such as ``hard 5.1.1``; empty if nothing.
    """

    def __init__(self, reason: str, *, code: str = "rejected", bounce: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.bounce = bounce


class Retryable(OpportuneError):
    """The provider could not take this message now; nothing was sent.

    ``is_outage`` says that it takes no message of anybody: unreachable, closing, refusing the login. ``is_doubtful``
    says that it may have taken this one all the same before it failed: like no answer.
    """

    def __init__(
        self, reason: str, *, code: str = "not_now", is_outage: bool = False, is_doubtful: bool = False
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.is_outage = is_outage
        self.is_doubtful = is_doubtful


class Overloaded(OpportuneError):
    """More came in than can be made durable in time; nothing of this request was taken, the same may be sent again."""


class Unavailable(OpportuneError):
    """Something the operator must provide (file, port, server) cannot be used."""
