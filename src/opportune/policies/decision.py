"""What was decided for one proposal of one run, with every verdict, and how a decision ends."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.draws import hash_of
from opportune.journeys.run import GoalReached as GoalReached
from opportune.policies.timing import Timing
from opportune.units import Instant, Micros, Millis, Scalar


class Verdict(Struct, frozen=True, array_like=True, gc=False):
    """What one policy said of one candidate."""

    policy: str
    channel: str
    """Empty where it spoke of the proposal as a whole."""
    at: Instant
    code: str
    until: Instant | None = None
    """The first instant at which it might no longer object."""
    needs: int | None = None
    """The limit with which it would not have objected: the least number of messages that it would have to allow, the
    longest gap that was kept, the age that it would have to bear; None if no limit helps. Not part of the digest."""


class Chosen(Struct, frozen=True, array_like=True, gc=False):
    """What will be said: on which channel, in which wording, when."""

    channel: str
    variant: str
    at: Instant


class Seen(Struct, frozen=True, array_like=True, gc=False):
    """A feature that spoke for or against a decision, as of its instant; later also a score that was published."""

    name: str
    value: Scalar | tuple[str | int, ...]
    """None is NULL; of a text the first 1,024 characters."""
    age: Millis | None
    """Since the newest event that it rests on; None if it knows of none, or rests on traits alone."""
    since: Instant | None = None
    """What happened at or before it may be missing from the value; None: nothing is."""


class Decision(Struct, frozen=True, array_like=True, gc=False):
    """One proposal's decision: something chosen, or silence with a code."""

    id: str
    """32 hex digits: a hash of user, journey, key, entry, step and due; the same on every host."""
    user: str
    journey: str
    key: str
    entry: Instant
    step: int
    due: Instant
    """The instant the slate was decided as of."""
    message: str
    chosen: Chosen | None
    code: str
    """``chosen``, or why silence: the code of the verdict that settled it."""
    until: Instant | None
    """For a silence: the first instant at which the reason might be gone, if it ever is."""
    worth: Micros
    """Of the chosen candidate, or of the best one considered."""
    propensity: Micros
    """The chance with which this, silence included, was the choice: the product of the picks' chances."""
    verdicts: tuple[Verdict, ...]
    playbook: str
    """Content hash of the playbook that decided."""
    zone: str
    seq: int = 0
    """The newest log entry of the user that it knew of: mostly the one that caused it. Not part of the digest, for
    shards number their own logs."""
    features: tuple[Seen, ...] = ()
    """Those that the conditions on its way, its worth, its templates and ``stale`` gates read, by name: what was read
    of them, and how old it was. Not part of the digest: what they came to is."""
    made: int = 0
    """How many events that steps had made behind that entry it knew of, too. Not part of the digest."""
    zone_source: str = ""
    """The trait that said the zone, or ``playbook`` where nothing did; empty where it was not kept yet."""
    zone_age: Millis | None = None
    """How long before ``due`` it was said last; None where nothing said it."""
    timing: Timing | None = None
    """What ``send_time`` chose between, and why it chose so; None where it had no part. Not part of the digest: what it
    came to is."""


Outcome: TypeAlias = Literal["sent", "not_sent", "unknown", "expired"]


class Ending(Struct, frozen=True, array_like=True, gc=False):
    """How and when one decision ended; every decision has exactly one."""

    decision: str
    user: str
    outcome: Outcome
    code: str
    at: Instant
    until: Instant | None = None
    journey: str = ""
    """Of a message that went out, or may have: whose step it was, and on which channel; so is how welcome it was."""
    channel: str = ""


def digest_of(decision: Decision) -> int:
    """The decision's share of a digest (R12): all that was decided and why, without its place in the log."""
    chosen, until = decision.chosen, str(decision.until)
    said = "" if chosen is None else f"{chosen.channel} {chosen.variant} {chosen.at}"
    verdicts = sorted(f"{v.policy} {v.channel} {v.at} {v.code} {v.until}" for v in decision.verdicts)
    weighed = f"{decision.worth} {decision.propensity}"
    return int.from_bytes(hash_of(decision.id, decision.message, said, decision.code, until, weighed, *verdicts), "big")


def digest_of_ending(ending: Ending) -> int:
    """An ending's share of a digest."""
    return int.from_bytes(hash_of("ending", ending.decision, ending.outcome, ending.code, ending.at), "big")
