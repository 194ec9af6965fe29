"""A channel needs somewhere to send to."""

from typing import ClassVar

from opportune.messages.address import usable_email
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.messages.phone import usable_phone
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View

ADDRESS_TRAITS = {"email": "email", "sms": "phone", "push": "push_token"}
"""The trait that holds the address of a channel; other channels reach the user by id."""


class AddressGate(Gate, frozen=True, tag="address"):
    """Drops a channel on which the user has no address."""

    reads: ClassVar[tuple[str, ...]] = ("channel",)
    codes: ClassVar[tuple[str, ...]] = ("no_address",)

    def binds(self, message: Message, channel: str) -> bool:
        """Channels that need an address, whatever the message."""
        return channel in ADDRESS_TRAITS

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``no_address``, until a trait states one."""
        return None if address_on(candidate.channel, view) else Reason("no_address")


def address_on(channel: str, view: View) -> str:
    """Where this user is reached on a channel that needs an address; the empty text if nowhere."""
    address = view.trait(ADDRESS_TRAITS[channel])
    return usable_on(channel, address) if isinstance(address, str) else ""


def usable_on(channel: str, address: str) -> str:
    """The address as a channel is handed it; the empty text if nothing must be sent there."""
    match channel:
        case "email":
            return usable_email(address) or ""
        case "sms":
            return usable_phone(address) or ""
    return address.strip()
