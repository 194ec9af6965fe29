"""Everything that the engine keeps about one user, as one document that can be handed over to whoever it is about.

What each field means is written in docs/reference/user-export.md.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, Literal, TypeAlias

from msgspec import Raw, Struct

from opportune.adapters.stores.letters import stated_ids
from opportune.events.event import Event, Merged, Published
from opportune.features.feature import keys_read
from opportune.features.scope import Scope
from opportune.journeys.memory import Memory
from opportune.playbook.definition import Playbook
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision
from opportune.ports import DeadLetter, History
from opportune.units import Instant, Scalar
from opportune.wiring.lives import Lives
from opportune.wiring.looking import Looking
from opportune.wiring.naming import named
from opportune.wiring.one_user import shard_of
from opportune.wiring.presence import presence_of
from opportune.wiring.replay import day_of
from opportune.wiring.restoring import clock_of
from opportune.wiring.told import told_of
from opportune.wiring.user_view import UserView, user_view

FORM: Final = "opportune.user/1"
WHAT = ("event", "decision")
MOST = 1_000_000_000
"""More decisions and dead letters than a file has."""
Shown: TypeAlias = dict[str, Any]
Calculated: TypeAlias = Scalar | tuple[str | int, ...]
"""The value of a feature."""


class Heard(Struct, frozen=True, rename="camel"):
    """An event of the user, with all that came with it."""

    seq: int
    id: str
    user: str
    """Under which of the user's ids it stands."""
    name: str
    at: Instant
    received_at: Instant
    stated_at: Instant | None
    sent_at: Instant | None
    properties: Raw
    context: Raw
    is_history: bool
    is_anonymous: bool


class Join(Struct, frozen=True, rename="camel"):
    """Two ids turned out to be one user; where both are the same, the id was its own again."""

    seq: int
    at: Instant
    user: str
    absorbed: str


class Portable(Struct, frozen=True, rename="camel"):
    """All there is about one user; instants in milliseconds since 1970 UTC, lists oldest first."""

    form: Literal["opportune.user/1"]
    user: str
    """The id that was asked for."""
    sentence: str
    """What this holds, or why it holds nothing."""
    as_of: Instant
    """The newest instant in the log."""
    is_erased: bool
    """The user was erased, and what comes of this id is refused."""
    ids: list[str]
    """Every id of which something is this user's."""
    known: UserView | None
    """What is known now: traits, consent with source and proof, suppressions, zones, journeys under way, what is open.

    Null where nothing is.
    """
    features: dict[str, Calculated]
    """By name: what the playbook calculates of the user, as of then; those by property are in ``remembered``."""
    events: list[Heard]
    joins: list[Join]
    decisions: list[Shown]
    """Each with its sentences, every verdict, its ending and what was handed to a channel."""
    goals: list[Shown]
    inbox: list[Shown]
    """In-app messages that are kept, with their words."""
    refused: list[Shown]
    """What came in for this user and could not be used; only what names nobody else."""
    remembered: Shown | None
    """The memory itself, field by field."""


def portable(
    history: History,
    user: str,
    *,
    looking: Looking | None = None,
    is_erased: Callable[[str], bool] = lambda user: False,
) -> Portable:
    """The document about whoever has this id now; empty, and saying so, if there is nothing.

    ``is_erased`` says whether an id was erased and is still refused.
    """
    looking = looking or Looking()
    lives, now = Lives(history, user), clock_of(history)
    shard = shard_of(history, user, policies=looking.policies) if _decides(history) else None
    memory = shard.memory(lives.user) if shard and lives.user in shard.memories else None
    events, joins = list(_events(history, lives)), list(_joins(history, lives))
    decisions = list(_decisions(history, lives, looking))
    refused = [each for each in reversed(history.dead_letters(MOST)) if _is_about(each, lives)]
    inbox = [each for name in lives.names for each in history.inbox_of(name) if lives.held(name, each.at)]
    is_empty = not (memory or events or joins or decisions or refused or inbox)
    return Portable(
        form=FORM,
        user=user,
        sentence=_sentence(history, user, (len(events), len(decisions)), is_empty=is_empty, is_erased=is_erased(user)),
        as_of=now,
        is_erased=is_erased(user),
        ids=[] if is_empty else lives.names,
        known=user_view(shard, user, now, presence=presence_of(history, user)) if shard and memory else None,
        features=_features(shard.playbook_of(memory), memory, looking.playbook(history, shard.playbook.hash), now)
        if shard and memory
        else {},
        events=events,
        joins=joins,
        decisions=decisions,
        goals=[_shown(each) for each in history.goals() if each.user in lives.names],
        inbox=[_shown(each) for each in inbox],
        refused=[_shown(each) for each in refused],
        remembered=_shown(memory) if memory else None,
    )


def _decides(history: History) -> bool:
    """Whether a playbook was ever in force, so that there are memories."""
    first = next(iter(history.log()), None)  # the file of an earlier release may not list its publications
    return bool(history.published() or history.base(()).playbook) or isinstance(first, Published)


def _events(history: History, lives: Lives) -> Iterator[Heard]:
    """In the order of the log."""
    found = {entry.seq: entry for name in lives.names for entry in history.events_of(name)}
    for _, each in sorted(found.items()):
        if isinstance(each, Event) and lives.holds(each.user, each.seq):
            yield Heard(
                *(each.seq, each.id, each.user, each.name, each.at, each.received_at, each.stated_at, each.sent_at),
                *(Raw(each.properties), Raw(each.context), each.is_history, each.is_anonymous),
            )


def _joins(history: History, lives: Lives) -> Iterator[Join]:
    """Those that made the ids one; which other user has taken a device over is not said."""
    found = {entry.seq: entry for name in lives.names for entry in history.events_of(name)}
    for _, each in sorted(found.items()):
        if isinstance(each, Merged) and lives.joins(each):
            yield Join(each.seq, each.now, each.user, each.absorbed)


def _decisions(history: History, lives: Lives, looking: Looking) -> Iterator[Shown]:
    """Oldest first, each as ``why`` tells it, with what was handed over."""
    about: list[tuple[int, Instant, Decision]] = []
    near = looking.near(history, lives)
    for name in lives.names:
        about += [(each.seq, each.due, each) for each in history.decisions_of(name, MOST)]
    for _, _, each in sorted(about, key=lambda found: (found[0], found[1], found[2].id)):
        if not lives.holds(each.user, each.seq):
            continue
        told = told_of(history, each, near.around(each))
        yield {
            "sentences": told.sentences,
            **_shown(each),
            "ending": named(history.ending(each.id)),
            "attempts": [named(row) for row in history.outbox(each.id)],
        }


def _features(decides: Compiled, memory: Memory, playbook: Playbook | None, now: Instant) -> dict[str, Calculated]:
    """Values now, of those that are read without a property of an event."""
    known = {} if playbook is None else playbook.features
    scope = Scope(memory.profile, now)
    return {name: decides.readers[name](scope) for name in sorted(decides.ages) if not keys_read([name], known)}


def _is_about(letter: DeadLetter, lives: Lives) -> bool:
    """Whether it names this user and nobody else."""
    said = set(stated_ids(letter))
    return bool(said) and all(lives.held(name, letter.at) for name in said)


def _shown(value: object) -> Shown:
    found = named(value)
    assert isinstance(found, Mapping)
    return dict(found)


def _sentence(history: History, user: str, counts: tuple[int, int], *, is_empty: bool, is_erased: bool) -> str:
    if is_erased:
        refused = "all that is left is a keyed hash of the id, by which what comes of it later is refused"
        return f"{user} was erased; {refused}."
    if is_empty:
        return f"Nothing is kept about {user}."
    said = " and ".join(
        f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in zip(counts, WHAT, strict=True)
    )
    cut = history.base(()).now
    gone = f" Events and decisions that were over by {day_of(cut)} have left; what was remembered of them is here."
    return f"All that is kept about {user}: {said}.{gone if cut else ''}"
