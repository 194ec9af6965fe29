"""One user's record gone through in time: before each send, all that was known of the user by then."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from opportune.events.event import Merged
from opportune.journeys.memory import Memory
from opportune.policies.decision import Decision, Ending
from opportune.sending.outbox import Row
from opportune.wiring.auditing.apart import Record
from opportune.wiring.auditing.facts import ALL, Fact, Told, Word, heard_at
from opportune.wiring.auditing.known import Known, Standing
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
        readings = {memory.user: _known_of(memory) for memory in memories.values()}
        self._by_name = {name: readings[memory.user] for name, memory in memories.items()}
        self._sent: dict[int, list[Send]] = {}

    def moments(self, sends: Sequence[Send], ruling: Ruling) -> Iterator[Moment]:
        """Each send of which it can be told which playbook let it go, with what was known by then."""
        for send in sends:
            self._hear_until(send)
            known = self._known(send.decision.user)
            earlier = self._sent.setdefault(id(known), [])
            if send.playbook is not None:
                readings = [known, *self._otherwise(known, send)]
                yield Moment(send, send.playbook, earlier, readings, ruling.remembered(send.claim))
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
            self._known(told.user).hear(told)
        elif told.user == told.absorbed:
            self._by_name[told.user] = Known()
        else:
            self._join(told)

    def _join(self, said: Merged) -> None:
        kept, absorbed = self._known(said.user), self._known(said.absorbed)
        if kept is absorbed:
            return
        kept.join(absorbed, said.seq)
        both = [*self._sent.get(id(kept), ()), *self._sent.pop(id(absorbed), ())]
        self._sent[id(kept)] = sorted(both, key=lambda each: each.order)
        for name, known in self._by_name.items():
            if known is absorbed:
                self._by_name[name] = kept

    def _known(self, name: str) -> Known:
        return self._by_name.setdefault(name, Known())

    def _otherwise(self, known: Known, send: Send) -> list[Known]:
        """The user as of the same millisecond, if what was heard in it was heard before the send was let go."""
        same = []
        for told in self._told[self._place :]:
            if heard_at(told) != send.claim:
                break
            if isinstance(told, Fact) and self._by_name.get(told.user) is known:
                same.append(told)
        if not same:
            return []
        other = known.copied()
        for fact in same:
            other.hear(fact)
        return [other]


def _known_of(memory: Memory) -> Known:
    """What a memory says of consent, suppression and traits, where the log that said so has left."""
    known = Known()
    known.seen = memory.seq
    for consent in memory.ledger.consents:
        word = Word(consent.channel, consent.topic, consent.is_given, consent.source == "context")
        known.words[word.channel, word.topic, word.is_context] = Standing(word, consent.seq, consent.at)
    for suppression in memory.ledger.suppressions:
        known.suppressed[suppression.channel or ALL] = suppression.at
    for name, every in memory.profile.traits.items():
        for stated in every:
            last = stated.at + sum(stated.again[::2]), stated.seq + sum(stated.again[1::2])
            known.traits.setdefault(name, []).extend(((stated.at, stated.seq, stated.value), (*last, stated.value)))
    return known
