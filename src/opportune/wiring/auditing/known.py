"""One user as the events so far tell it: words on consent, what is suppressed, and a few traits."""

from collections.abc import Iterable, Mapping
from typing import Final

from opportune.features.local_time import Zone, zone_named
from opportune.playbook.definition import ConsentGrant
from opportune.units import Instant, Scalar
from opportune.wiring.auditing.facts import ALL, ZONES, Fact, Word

Stated = tuple[Instant, int, Scalar]
"""At, place in the log, value."""
_YES: Final = ("true", "yes", "1")


class Standing:
    """A word that stands, and what it counts as."""

    __slots__ = ("at", "seq", "word")

    def __init__(self, word: Word, seq: int, at: Instant) -> None:
        self.word, self.seq, self.at = word, seq, at

    @property
    def age(self) -> tuple[int, bool]:
        """Of one place a withdrawal is newer."""
        return self.seq, not self.word.is_given


class Known:
    """Whoever has an id now, and all ids that came to be the same user."""

    def __init__(self) -> None:
        self.words: dict[tuple[str, str, bool], Standing] = {}
        self.suppressed: dict[str, Instant] = {}
        self.traits: dict[str, list[Stated]] = {}
        self.seen = 0
        """What a memory had seen when the log was cut; earlier places say nothing new."""

    def copied(self) -> "Known":
        """The same, to try what else might have been known."""
        other = Known()
        other.words = {key: Standing(each.word, each.seq, each.at) for key, each in self.words.items()}
        other.suppressed, other.seen = dict(self.suppressed), self.seen
        other.traits = {name: list(stated) for name, stated in self.traits.items()}
        return other

    def hear(self, fact: Fact) -> None:
        """One fact, in the order of the log."""
        if fact.seq <= self.seen:
            return
        for word in fact.words:
            self._agree(word, fact)
        if fact.suppressed:
            self.suppressed[fact.suppressed] = max(fact.at, self.suppressed.get(fact.suppressed, fact.at))
        if fact.unsuppressed:
            for channel, at in list(self.suppressed.items()):
                if fact.unsuppressed in (channel, ALL) and not (fact.is_history and at >= fact.at):
                    del self.suppressed[channel]
        for name, value in fact.traits.items():
            self.traits.setdefault(name, []).append((fact.at, fact.seq, value))

    def join(self, other: "Known", seq: int) -> None:
        """Both are one from here on: every withdrawal of either speaks after every grant."""
        for key, theirs in other.words.items():
            mine = self.words.get(key)
            if mine is None or (mine.word.is_given and (not theirs.word.is_given or theirs.seq > mine.seq)):
                self.words[key] = theirs
            elif not mine.word.is_given and not theirs.word.is_given:
                mine.at = max(mine.at, theirs.at)
        for word in self.words.values():
            if not word.word.is_given:
                word.seq = seq
        for channel, at in other.suppressed.items():
            self.suppressed[channel] = max(at, self.suppressed.get(channel, at))
        for name, stated in other.traits.items():
            self.traits.setdefault(name, []).extend(stated)

    def trait(self, name: str, at: Instant) -> Scalar:
        """The value stated last by this instant; None if none was."""
        stated = [each for each in self.traits.get(name, ()) if each[0] <= at]
        return max(stated, key=lambda each: each[:2])[2] if stated else None

    def zones(self, at: Instant, otherwise: str) -> list[Zone]:
        """Every zone that the user's clock may be in, the surest first; else that of the playbook."""
        said = [self.trait(name, at) for name in ZONES]
        found = _zones(word for word in said if isinstance(word, str))
        return found or _zones([otherwise])

    def refusal(
        self, channel: str, topic: str, at: Instant, grants: Mapping[str, ConsentGrant]
    ) -> tuple[str, Instant | None] | None:
        """Why marketing about this topic was not allowed on this channel then, and since when; None if it was."""
        word = self._newest(channel, topic)
        if word is not None:
            return None if word.word.is_given else ("consent had been withdrawn", word.at)
        grant = grants.get(channel)
        if grant is not None and grant.always:
            return None
        if grant is not None and grant.trait is not None and {ALL, topic} & set(grant.topics):
            value = self.trait(grant.trait, at)
            if _is_yes(value):
                return None
            return f"nobody had consented, and the trait {grant.trait} did not say yes", None
        return "nobody had consented", None

    def _agree(self, word: Word, fact: Fact) -> None:
        """A grant is older than every withdrawal of a later time that it meets, and than what came after that."""
        key, seq, at = (word.channel, word.topic, word.is_context), fact.seq, fact.at
        standing = self.words.get(key)
        if word.is_given:
            since = at if fact.is_history else at + 1
            later = [each.seq for each in self.words.values() if each.at >= since and _takes_back(each.word, word)]
            seq = min([seq, *later])
            if standing is not None and standing.seq >= seq:
                return
        elif standing is not None and not standing.word.is_given:
            at = max(at, standing.at)
        self.words[key] = Standing(word, seq, at)

    def _newest(self, channel: str, topic: str) -> Standing | None:
        said = [
            each
            for each in self.words.values()
            if each.word.channel in (channel, ALL) and each.word.topic in (topic, ALL)
        ]
        newest = max(said, key=lambda each: each.age, default=None)
        spoken = max((each for each in said if not each.word.is_context), key=lambda each: each.age, default=None)
        if newest is not None and newest.word.is_context and spoken is not None and not spoken.word.is_given:
            return spoken
        return newest


def _takes_back(word: Word, grant: Word) -> bool:
    is_on_channel = word.channel == grant.channel or ALL in (word.channel, grant.channel)
    is_on_topic = word.topic == grant.topic or ALL in (word.topic, grant.topic)
    return not word.is_given and is_on_channel and is_on_topic


def _zones(said: Iterable[str]) -> list[Zone]:
    found = [zone for zone in map(zone_named, said) if zone is not None]
    return list(dict.fromkeys(found))


def _is_yes(value: Scalar) -> bool:
    return value is True or value == 1 or (isinstance(value, str) and value.strip().lower() in _YES)
