"""A policy of another team that fails where it is told to, and says in its failure all that it knows of the user."""

from typing import ClassVar

from opportune.messages.candidate import Candidate
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View


class Indiscreet(Gate, frozen=True, tag="indiscreet"):
    """Fails for users whose trait ``wish`` is ``fail``."""

    codes: ClassVar[tuple[str, ...]] = ("never",)

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """Nothing, or a fault that tells everything."""
        if view.trait("wish") == "fail":
            said = [view.trait(name) for name in ("email", "phone", "first_name", "wish")]
            raise RuntimeError(f"cannot judge {said} of {view}")
        return None
