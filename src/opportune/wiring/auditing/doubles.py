"""At most one message for one cause: the same user, journey, key, entry and step."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from opportune.policies.decision import Decision, Ending
from opportune.sending.outbox import Row
from opportune.wiring.auditing.found import Violation
from opportune.wiring.auditing.sends import Moment, Send
from opportune.wiring.plain_words import clock_of


def violations(moment: Moment, moving: Collection[str]) -> Iterator[Violation]:
    """One if this user had got the same for the same cause before.

    ``moving``: journeys of which some version takes runs to other steps; there a step says less, so that only what one
    playbook decided is compared.
    """
    send = moment.send
    for each in moment.earlier:
        if _cause(each) == _cause(send) and (
            send.decision.journey not in moving or each.decision.playbook == send.decision.playbook
        ):
            zone = send.decision.zone
            told = f"{send.message.name} went out on {clock_of(zone, each.claim)} and on {clock_of(zone, send.claim)}"
            cause = f"step {send.decision.step} of {send.decision.journey}, entered {send.decision.entry}"
            yield _violation(send.decision, send.claim, f"{told}, both for {cause}.", each.decision.id)
            return


def _cause(send: Send) -> tuple[str, str, int, int, str]:
    decision = send.decision
    return decision.journey, decision.key, decision.entry, decision.step, decision.message


def ended_twice(decision: Decision, endings: Sequence[Ending]) -> Iterator[Violation]:
    """One if the decision has several endings."""
    if len(endings) > 1:
        said = ", ".join(f"{each.outcome}/{each.code}" for each in endings)
        sentence = f"{decision.message} ended {len(endings)} times: {said}."
        yield _violation(decision, endings[-1].at, sentence)


def answered_twice(decision: Decision, rows: Sequence[Row]) -> Iterator[Violation]:
    """One if two attempts of the decision went out, or may have, or if one attempt is there twice."""
    gone = [row for row in rows if row.stage in ("sent", "unknown")]
    if len(gone) > 1:
        sentence = f"{decision.message} has {len(gone)} attempts that went out, or may have."
        yield _violation(decision, max(row.claim.attempt.at for row in gone), sentence)
    for nth, count in Counter(row.claim.nth for row in rows).items():
        if count > 1:
            at = max(row.claim.attempt.at for row in rows)
            yield _violation(decision, at, f"attempt {nth} of {decision.message} is in the outbox {count} times.")


def _violation(decision: Decision, at: int, sentence: str, other: str = "") -> Violation:
    return Violation("doubles", decision.id, decision.user, at, sentence, (other,) if other else ())
