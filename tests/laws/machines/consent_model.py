"""What a user has allowed, from the sentences of the kernel's page alone: all words in order of age, none ever dropped.

A word's age is its place in the list; who asks looks through all of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from opportune.units import Instant

EVERY = "*"


@dataclass(frozen=True)
class Word:
    """Yes or no to a channel and a topic."""

    channel: str
    topic: str
    is_given: bool
    at: Instant
    event: int
    """The number of the event that said it, by arrival."""
    is_context: bool = False
    is_history: bool = False

    def covers(self, channel: str, topic: str) -> bool:
        """Whether it is about this channel and this topic."""
        return self.channel in (channel, EVERY) and self.topic in (topic, EVERY)

    def meets(self, other: "Word") -> bool:
        """Whether both can be about the same."""
        return (self.channel == other.channel or EVERY in (self.channel, other.channel)) and (
            self.topic == other.topic or EVERY in (self.topic, other.topic)
        )

    def is_on_the_same(self, other: "Word") -> bool:
        """Whether one takes the place of the other: explicit words and those of contexts are kept apart."""
        return (self.channel, self.topic, self.is_context) == (other.channel, other.topic, other.is_context)


@dataclass
class Rights:
    """All that was said, and what follows from it."""

    words: list[Word] = field(default_factory=list)
    """Oldest first."""
    heard: list[Word] = field(default_factory=list)
    """The same in order of arrival."""
    suppressed: dict[str, Instant] = field(default_factory=dict)
    """By channel: the newest instant at which it was."""

    def hear(self, words: Iterable[Word]) -> None:
        """The words of one event."""
        for word in sorted(words, key=lambda word: not word.is_context):
            self.heard.append(word)
            place = len(self.words)
            before = [each for each in self.words if each.is_on_the_same(word)][-1:]
            if not word.is_given and before and not before[0].is_given:
                word = replace(word, at=max(word.at, before[0].at))
            if word.is_given:
                newer = [each.event for i, each in enumerate(self.words) if self._is_newer(i, each, word)][:1]
                at_once = [i for i, each in enumerate(self.words) if not each.is_given and each.event in newer]
                place = min([place, *at_once])  # what one event withdraws is withdrawn at once
            self.words.insert(place, word)

    def _is_newer(self, place: int, withdrawal: Word, grant: Word) -> bool:
        """Whether this one counts as newer than a grant that has just come."""
        if withdrawal.is_given:
            return False
        if withdrawal.event == grant.event:
            return True
        is_later = withdrawal.at >= grant.at if grant.is_history else withdrawal.at > grant.at
        stands = not any(each.is_on_the_same(withdrawal) for each in self.words[place + 1 :])
        return is_later and stands and withdrawal.meets(grant)

    def word_on(self, channel: str, topic: str) -> bool | None:
        """Yes, no, or that nothing was said."""
        said = [each for each in self.words if each.covers(channel, topic)]
        explicit = [each for each in said if not each.is_context]
        if not said:
            return None
        if explicit and not explicit[-1].is_given and said[-1].is_context:
            return False
        return said[-1].is_given

    def suppress(self, channel: str, at: Instant) -> None:
        """Nothing goes out on this channel, or on any."""
        self.suppressed[channel] = max(at, self.suppressed.get(channel, at))

    def unsuppress(self, channel: str, at: Instant, *, is_history: bool) -> None:
        """Lifts it on this channel, or on all; what is history lifts nothing that came after it."""
        for each, since in list(self.suppressed.items()):
            if channel in (each, EVERY) and (since < at or not is_history):
                del self.suppressed[each]

    def is_suppressed(self, channel: str) -> bool:
        """Whether nothing may go out here."""
        return channel in self.suppressed or EVERY in self.suppressed

    def unlifted(self, channel: str, topic: str) -> Word | None:
        """A withdrawal after which no grant was heard that was said later, if there is one: then all is refused."""
        for place, word in enumerate(self.heard):
            if not word.is_given and word.covers(channel, topic):
                grants = [each for each in self.heard[place + 1 :] if each.is_given and each.covers(channel, topic)]
                if not any(each.at > word.at or (each.at == word.at and not each.is_history) for each in grants):
                    return word
        return None
