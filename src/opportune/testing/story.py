"""What became of one message to one user, as a test asks for it, and in words where the test fails."""

from collections.abc import Sequence

from opportune.errors import StoryError
from opportune.policies.decision import Chosen, Decision, Ending
from opportune.units import Instant

MOST_SHOWN = 230
"""Characters that pytest shows of a value before it cuts it in the middle, and a few less."""


class Story:
    """One decision and how it ended; true or false as what was asked. ``print`` tells it in plain words.

    Where nothing was ever decided its sentences say what is being waited for.
    """

    def __init__(
        self,
        decision: Decision | None,
        ending: Ending | None,
        sentences: Sequence[str],
        *,
        is_true: bool,
        lead: str = "",
    ) -> None:
        """``lead``: a sentence that goes before the others, or nothing."""
        self._decision = decision
        self._is_true = is_true
        self.ending = ending
        """None while it is open, or where nothing was decided."""
        self.sentences = [lead, *sentences] if lead else list(sentences)
        """What ``opportune why`` says of it."""
        self._gist = [*([lead] if lead else []), *gist_of(decision, ending, sentences)]

    @property
    def decision(self) -> Decision:
        """All that was decided, with every verdict; raises StoryError where nothing was."""
        if self._decision is None:
            raise StoryError(" ".join(self.sentences))
        return self._decision

    @property
    def was_decided(self) -> bool:
        """Whether anything was decided about the message at all."""
        return self._decision is not None

    @property
    def was_sent(self) -> bool:
        """Whether it was accepted on its way to the user; in the app: whether it was shown."""
        return self.ending is not None and self.ending.outcome == "sent"

    @property
    def code(self) -> str:
        """How it ended; while it is open ``planned``."""
        if self.ending is not None:
            return self.ending.code
        return self.decision.code if self.decision.chosen is None else "planned"

    @property
    def until(self) -> Instant | None:
        """When it will go out, or when the reason for silence might be gone."""
        chosen = self.decision.chosen
        return self.decision.until if chosen is None else chosen.at

    @property
    def chosen(self) -> Chosen | None:
        """The channel, the wording and the instant that were chosen; None for a silence."""
        return self.decision.chosen

    def __bool__(self) -> bool:
        return self._is_true

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    def __repr__(self) -> str:
        """As many sentences as a failed assertion has room for, the first in any case."""
        shown = self._gist[0]
        for each in self._gist[1:]:
            if len(shown) + 1 + len(each.strip()) > MOST_SHOWN:
                break
            shown += f" {each.strip()}"
        return shown


def gist_of(decision: Decision | None, ending: Ending | None, sentences: Sequence[str]) -> Sequence[str]:
    """The sentences with the most important first: of what was put off, until when and why."""
    if decision is None or ending is not None or decision.chosen is None or decision.chosen.at <= decision.due:
        return sentences
    _, put_off, *rest = sentences
    return [f"{decision.message} is not sent yet: {put_off[0].lower()}{put_off[1:]}", *rest]
