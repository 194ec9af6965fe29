"""What is in force: which playbook decides for whom, and what is paused, as the newest publication says."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from opportune.draws import draw
from opportune.events.event import Published
from opportune.journeys.memory import Memory
from opportune.policies.compiled import Compiled
from opportune.units import ONE


@dataclass(frozen=True, slots=True)
class InForce:
    """A publication, ready to run."""

    said: Published
    playbook: Compiled
    """The one that was published."""
    stable: Compiled
    """The one that decides for those beyond its share: the same if it is for all."""

    def of(self, memory: Memory) -> Compiled:
        """The playbook that decides for this user: the same one for as long as this publication stands."""
        if self.said.share >= ONE:
            return self.playbook
        return self.playbook if is_among(self.playbook, memory.bucket, self.said.share) else self.stable


def is_among(playbook: Compiled, bucket: str, share: int) -> bool:
    """Whether the user who draws under this name is among the share for whom the playbook decides.

    Whoever is among a share is among every larger one.
    """
    return draw(playbook.salt, "canary", playbook.hash, bucket) < share


def in_force(said: Published, compiled: Callable[[str], Compiled]) -> InForce:
    """The publication with its playbooks; both remember what either asks for, so that each can take over."""
    playbook = compiled(said.playbook)
    stable = compiled(said.stable) if said.share < ONE else playbook
    paused = frozenset(said.paused)
    return InForce(said, replace(playbook, paused=paused), replace(stable, paused=paused))


def for_everybody(playbook: Compiled) -> InForce:
    """This playbook and no other, with nothing paused: where nothing more is known of its publication."""
    return InForce(Published(playbook.hash, 0), playbook, playbook)
