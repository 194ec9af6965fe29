"""No marketing without consent, nothing after a stop, and nothing at all where the user must never be written to."""

from collections.abc import Iterator

from opportune.wiring.auditing.facts import ALL
from opportune.wiring.auditing.found import Violation
from opportune.wiring.auditing.known import Known
from opportune.wiring.auditing.sends import Moment
from opportune.wiring.plain_words import clock_of


def violations(moment: Moment) -> Iterator[Violation]:
    """One if the send was suppressed, one if nobody had said yes, as the events told it when it was let go."""
    for asked in (_suppressed, _refused):
        reasons = [asked(moment, known) for known in moment.readings]
        if all(reasons):
            why, since = next(filter(None, reasons))
            yield _violation(moment, why, since)


def _suppressed(moment: Moment, known: Known) -> tuple[str, int | None] | None:
    for channel in (moment.send.channel, ALL):
        if channel in known.suppressed:
            return "this user must not be written to there", known.suppressed[channel]
    return None


def _refused(moment: Moment, known: Known) -> tuple[str, int | None] | None:
    send = moment.send
    if send.message.kind != "marketing":
        return None
    return known.refusal(send.channel, send.message.topic, send.claim, moment.playbook.consents)


def _violation(moment: Moment, why: str, since: int | None) -> Violation:
    send, zone = moment.send, moment.send.decision.zone
    told = f"{send.message.name} went out on {send.channel} on {clock_of(zone, send.claim)}, though {why}"
    told += f" since {clock_of(zone, since)}" if since is not None else ""
    return Violation("consent", send.decision.id, send.decision.user, send.claim, f"{told}.", (), since)
