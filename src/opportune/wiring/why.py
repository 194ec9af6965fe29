"""Why a user got a message, or did not: what a store holds about it, first in sentences, then with every verdict."""

from collections.abc import Sequence

from msgspec import Struct

from opportune.events.event import Event
from opportune.playbook.problems import meant
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision
from opportune.ports import History
from opportune.units import Instant
from opportune.wiring.lives import Lives
from opportune.wiring.looking import MOST_LOOKED_THROUGH, Looking
from opportune.wiring.one_user import shard_of
from opportune.wiring.replay import day_of
from opportune.wiring.sentences import sentences_of as sentences_of
from opportune.wiring.told import Told as Told
from opportune.wiring.told import told_of
from opportune.wiring.unheard import unheard_of
from opportune.wiring.waiting import Waiting, waiting_of


class Where(Struct, frozen=True):
    """Which decisions are asked for; None: any. Instants are those at which they were made, in [since, until)."""

    journey: str | None = None
    code: str | None = None
    """Under which it is told: with which it ended, or was made; of a silence of the channel that came nearest."""
    since: Instant | None = None
    until: Instant | None = None
    most: int = 5
    """How many are told, the newest first."""

    @property
    def is_any(self) -> bool:
        """Whether nothing narrows them down."""
        return (self.journey, self.code, self.since, self.until) == (None,) * 4

    def holds(self, decision: Decision, code: str) -> bool:
        """Whether this decision, told under this code, is asked for."""
        return (
            self.journey in (None, decision.journey)
            and self.code in (None, code)
            and (self.since or 0) <= decision.due
            and (self.until is None or decision.due < self.until)
        )


ANY = Where()


class Account(Struct, frozen=True):
    """All there is to say: newest decision first; where nothing was decided, what is being waited for."""

    user: str | None
    """None where decisions about anybody were asked for."""
    names: list[str]
    """All ids of which something is theirs, sorted."""
    message: str | None
    sentence: str
    decisions: list[Told]
    waiting: list[Waiting]


def why(
    history: History,
    user: str,
    message: str | None = None,
    *,
    where: Where = ANY,
    looking: Looking | None = None,
) -> Account:
    """The user's newest decisions, about this message and of this kind if that is named.

    Of ids that others had before, or have since, only what is this user's is told.
    """
    looking, lives = looking or Looking(), Lives(history, user)
    near = looking.near(history, lives)
    about = [
        each for each in near.decisions
        if message in (None, each.message) and (where.is_any or where.holds(each, near.code(each)))
    ]  # fmt: skip
    newest = sorted(about, key=lambda each: (each.seq, each.due), reverse=True)[: where.most]
    told = [told_of(history, each, near.around(each)) for each in newest]
    summary = _summary(history, lives, message, told, where)
    if not told:
        summary += unheard_of(history, where.journey, where.code, looking)
    if told or not where.is_any:
        return Account(user, lives.names, message, summary, told, [])
    shard = shard_of(history, user, policies=looking.policies)
    return Account(user, lives.names, message, summary + _unknown(message, shard.playbook), [], waiting_of(shard, user))


def why_decision(history: History, decision_id: str, *, looking: Looking | None = None) -> Told | None:
    """Everything about one decision; None if the store has none with this id."""
    decision = history.decision(decision_id)
    if decision is None:
        return None
    near = (looking or Looking()).near(history, Lives(history, decision.user, decision.seq))
    return told_of(history, decision, near.around(decision))


def about(told: Told) -> Account:
    """One decision as an account of its own."""
    return Account(told.decision.user, [told.decision.user], None, "1 decision.", [told], [])


def found(
    history: History,
    where: Where = ANY,
    message: str | None = None,
    *,
    most: int = 50,
    looking: Looking | None = None,
) -> Account:
    """The newest decisions of this kind, about whomever; each alone, without what is around it.

    Those about one message are looked for among the newest thousand of the kind.
    """
    limit = most if message is None else max(most, MOST_LOOKED_THROUGH)
    newest = history.decisions_where(where.journey, where.code, where.since, where.until, limit)
    told = [told_of(history, each) for each in newest if message in (None, each.message)][:most]
    summary = f"{_counted(told)}, newest first.{_gone(history)}"
    if not told:
        summary += unheard_of(history, where.journey, where.code, looking or Looking())
    return Account(None, [], message, summary, told, [])


def _summary(history: History, lives: Lives, message: str | None, told: list[Told], where: Where) -> str:
    user, what = " = ".join(lives.names), f" about {message}" if message else ""
    nothing = "nothing" if where.is_any else "nothing of this kind"
    if told:
        return f"{user}: {_counted(told)}{what}, newest first.{_gone(history)}"
    heard = (entry for name in lives.names for entry in history.events_of(name) if isinstance(entry, Event))
    events = [event for event in heard if lives.holds(event.user, event.seq)]
    gone, ever = _gone(history), "" if _gone(history) else "ever "
    if not events:
        return f"{user}: {nothing} was {ever}decided{what}, and this store holds no event of this user.{gone}"
    newest = max(events, key=lambda event: event.seq)
    counted = f"{len(events):,} event{'' if len(events) == 1 else 's'}"
    return f"{user}: {nothing} was {ever}decided{what}. The store holds {counted}, the newest is {newest.name!r}.{gone}"


def _counted(told: Sequence[Told]) -> str:
    return f"{len(told):,} decision{'' if len(told) == 1 else 's'}"


def _gone(history: History) -> str:
    """That not everything is here any more; empty if it is."""
    cut = history.base(()).now
    return f" What was over by {day_of(cut)} has left this file." if cut else ""


def _unknown(message: str | None, playbook: Compiled) -> str:
    """What a mistyped name was probably meant to be; empty if there is such a message, or none was named."""
    if message is None or message in playbook.messages:
        return ""
    return f" The playbook has no message {message!r}; {meant(message, playbook.messages)}"
