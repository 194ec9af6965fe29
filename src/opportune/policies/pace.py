"""No more than so many a week: the pace the user has asked for, beside whatever caps the playbook has."""

from typing import ClassVar, Final

from opportune.features.traits import PACE_TRAIT
from opportune.messages.candidate import Candidate
from opportune.policies.spacing import least_limit, next_change, next_objection, objection_to
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import WEEK, Instant, Millis, Scalar

MOST_A_WEEK: Final = 1_000
"""A trait that says more states no limit."""


class PaceGate(Gate, frozen=True, tag="pace"):
    """At most as many counted messages in any seven days as the trait ``messages_per_week`` says (R7)."""

    reads: ClassVar[tuple[str, ...]] = ("at",)
    codes: ClassVar[tuple[str, ...]] = ("pace",)

    @property
    def looks_back(self) -> Millis:
        """A week, whatever the playbook names: a user may ask at any time."""
        return WEEK

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``pace``, until one more fits; for good if the user wants none at all."""
        most = most_a_week(view.trait(PACE_TRAIT))
        if most is None:
            return None
        held = view.reservations(counted_only=True)
        if most == 0:
            earliest, latest = sorted(each.earliest for each in held), [each.at for each in held]
            return Reason("pace", needs=least_limit(earliest, latest, candidate.at, span=WEEK))
        return objection_to(candidate.at, held, most=most, span=WEEK, code="pace")

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """As long as just as many are in the weeks around it."""
        if reason is not None:
            return next_change(candidate.at, view.reservations(counted_only=True), span=WEEK)
        most = most_a_week(view.trait(PACE_TRAIT))
        if not most:
            return None
        return next_objection(candidate.at, view.reservations(counted_only=True), most=most, span=WEEK)


def most_a_week(stated: Scalar) -> int | None:
    """The limit that a trait states: a whole number, or a text that is one; None if it states none."""
    match stated:
        case bool():
            return None
        case int():
            most = stated
        case float() if stated.is_integer():
            most = int(stated)
        case str() if stated.strip().isascii() and stated.strip().isdigit():
            most = int(stated.strip().lstrip("0")[:9] or 0)
        case _:
            return None
    return most if 0 <= most <= MOST_A_WEEK else None
