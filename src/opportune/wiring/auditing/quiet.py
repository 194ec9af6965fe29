"""Nothing is let go in quiet hours, on any clock that may be the user's."""

from collections.abc import Iterator

from opportune.features.local_time import Zone, local
from opportune.policies.quiet_hours import QuietHours
from opportune.wiring.auditing.found import Violation
from opportune.wiring.auditing.sends import Moment
from opportune.wiring.plain_words import clock_of


def violations(moment: Moment) -> Iterator[Violation]:
    """One for each policy in whose hours the send was let go."""
    send = moment.send
    for policy in moment.playbook.policies:
        if not isinstance(policy, QuietHours) or not policy.binds(send.message, send.channel):
            continue
        zones = [_quiet_in(policy, moment, place) for place in range(len(moment.readings))]
        if all(zones):
            zone = next(filter(None, zones))
            hours = f"{policy.start}-{policy.end}"
            told = f"{send.message.name} went out on {send.channel} on {clock_of(zone.name, send.claim)}"
            sentence = f"{told} by the clock of {zone.name}, and quiet hours are {hours}."
            yield Violation("quiet", send.decision.id, send.decision.user, send.claim, sentence)


def _quiet_in(policy: QuietHours, moment: Moment, place: int) -> Zone | None:
    """The first of the user's plausible zones in which it was quiet then; None if it was in none."""
    at = moment.send.claim
    start, end = policy.start.minutes, policy.end.minutes
    for zone in moment.readings[place].zones(at, moment.playbook.zone):
        minute = local(zone, at)[1]
        is_quiet = start <= minute < end if start <= end else minute >= start or minute < end
        if is_quiet:
            return zone
    return None
