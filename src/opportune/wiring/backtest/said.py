"""What went out to one user, with all that figures ask of it."""

from collections.abc import Mapping

from msgspec import Struct

from opportune.features.local_time import UTC, Zone, zone_named
from opportune.messages.message import Message
from opportune.policies.decision import Decision
from opportune.policies.quiet_hours import QuietHours
from opportune.units import Instant
from opportune.wiring.backtest.lived import Lived

GONE_OUT = ("sent", "unknown")
"""Outcomes of what reached the user, or may have."""

QUIET = QuietHours.__struct_config__.tag
"""Of quiet hours, in verdicts."""


class Said(Struct, frozen=True, gc=False):
    """A message that went out, or may have."""

    at: Instant
    """When it ended: what caps count from."""
    decision: Decision
    message: Message

    @property
    def channel(self) -> str:
        """The channel it went out on."""
        return "" if self.decision.chosen is None else self.decision.chosen.channel

    @property
    def zone(self) -> Zone:
        """The user's clock as the decision knew it."""
        return zone_of(self.decision)


def zone_of(decision: Decision) -> Zone:
    """The clock of the user that the decision knew; UTC for a zone that is gone from the zone rules."""
    return zone_named(decision.zone) or UTC


def said_to(lived: Lived, messages: Mapping[str, Message]) -> list[Said]:
    """What users hear of, by instant, then by decision."""
    found = []
    for decision in lived.decisions:
        ending, message = lived.endings.get(decision.id), messages[decision.message]
        if ending is not None and ending.outcome in GONE_OUT and message.kind != "internal":
            found.append(Said(ending.at, decision, message))
    return sorted(found, key=lambda each: (each.at, each.decision.id))


def has_waited(said: Said) -> bool:
    """Whether it went out when it did because quiet hours had to end first; not where ``send_time`` chose to wait."""
    chosen = said.decision.chosen
    return (
        chosen is not None
        and said.decision.timing is None
        and any(
            each.policy == QUIET and each.until == chosen.at and each.channel == chosen.channel
            for each in said.decision.verdicts
        )
    )
