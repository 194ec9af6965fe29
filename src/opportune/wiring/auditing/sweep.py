"""One user's record gone through in time: before each send, all that was known of the user by then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from opportune.events.event import Merged
from opportune.journeys.memory import Memory
from opportune.policies.decision import Decision, Ending
from opportune.sending.outbox import Row
from opportune.wiring.auditing.apart import Record
from opportune.wiring.auditing.facts import ALL, Fact, Told, Word, heard_at
from opportune.wiring.auditing.person import Person, Standing
from opportune.wiring.auditing.ruling import Ruling
from opportune.wiring.auditing.sends import Moment, Send


def sends_of(record: Record, rows: Mapping[str, Sequence[Row]], ruling: Ruling) -> list[Send]:
    """What went out, or may have, in the order in which it was let go."""
    endings: dict[str, Ending] = {each.decision: each for each in record.endings}
    found = (_send(each, endings.get(each.id), rows.get(each.id, ()), ruling) for each in record.decisions)
    return sorted((each for each in found if each is not None), key=lambda each: each.order)


def _send(decision: Decision, ending: Ending | None, rows: Sequence[Row], ruling: Ruling) -> Send | None:
    if decision.chosen is None or ending is None or ending.outcome not in ("sent", "unknown"):
        return None
    row = max(rows, key=lambda each: each.claim.nth, default=None)
    claim = decision.chosen.at if row is None else row.claim.attempt.at
    playbook = ruling.of(decision, row, claim)
    message = ruling.message_of(decision, playbook)
    if message is None or message.kind == "internal":
        return None
    return Send(decision, ending, row, message, playbook, claim, decision.chosen.channel)


class Sweep:
    """The ids of one record, as they were joined and left again; each with the sends of whoever has it."""

    def __init__(self, told: Iterable[Told], memories: Mapping[str, Memory]) -> None:
        """``memories``: of each id at the place where the log was cut."""
        self._told: Sequence[Told] = sorted(told, key=lambda each: each.seq)
        self._place = 0
        persons = {memory.user: _person_of(memory) for memory in memories.values()}
        self._persons = {name: persons[memory.user] for name, memory in memories.items()}
        self._sent: dict[int, list[Send]] = {}

    def moments(self, sends: Sequence[Send], ruling: Ruling) -> Iterator[Moment]:
        """Each send of which it can be told which playbook let it go, with what was known by then."""
        for send in sends:
            self._hear_until(send)
            person = self._person(send.decision.user)
            earlier = self._sent.setdefault(id(person), [])
            if send.playbook is not None:
                persons = [person, *self._otherwise(person, send)]
                yield Moment(send, send.playbook, earlier, persons, ruling.remembered(send.claim))
            earlier.append(send)

    def _hear_until(self, send: Send) -> None:
        while self._place < len(self._told):
            told = self._told[self._place]
            if heard_at(told) >= send.claim and told.seq > send.decision.seq:
                return
            self._hear(told)
            self._place += 1

    def _hear(self, told: Told) -> None:
        if isinstance(told, Fact):
            self._person(told.user).hear(told)
        elif told.user == told.absorbed:
            self._persons[told.user] = Person()
        else:
            self._join(told)

    def _join(self, said: Merged) -> None:
        kept, absorbed = self._person(said.user), self._person(said.absorbed)
        if kept is absorbed:
            return
        kept.join(absorbed, said.seq)
        both = [*self._sent.get(id(kept), ()), *self._sent.pop(id(absorbed), ())]
        self._sent[id(kept)] = sorted(both, key=lambda each: each.order)
        for name, person in self._persons.items():
            if person is absorbed:
                self._persons[name] = kept

    def _person(self, name: str) -> Person:
        return self._persons.setdefault(name, Person())

    def _otherwise(self, person: Person, send: Send) -> list[Person]:
        """The user as of the same millisecond, if what was heard in it was heard before the send was let go."""
        same = []
        for told in self._told[self._place :]:
            if heard_at(told) != send.claim:
                break
            if isinstance(told, Fact) and self._persons.get(told.user) is person:
                same.append(told)
        if not same:
            return []
        other = person.copied()
        for fact in same:
            other.hear(fact)
        return [other]


def _person_of(memory: Memory) -> Person:
    """What a memory says of consent, suppression and traits, where the log that said so has left."""
    person = Person()
    person.seen = memory.seq
    for consent in memory.ledger.consents:
        word = Word(consent.channel, consent.topic, consent.is_given, consent.source == "context")
        person.words[word.channel, word.topic, word.is_context] = Standing(word, consent.seq, consent.at)
    for suppression in memory.ledger.suppressions:
        person.suppressed[suppression.channel or ALL] = suppression.at
    for name, known in memory.profile.traits.items():
        for stated in known:
            last = stated.at + sum(stated.again[::2]), stated.seq + sum(stated.again[1::2])
            person.traits.setdefault(name, []).extend(((stated.at, stated.seq, stated.value), (*last, stated.value)))
    return person
