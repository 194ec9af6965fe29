"""Somebody in a world: what they do, and what has reached them."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from opportune.errors import StoryError
from opportune.events import names
from opportune.sending.attempt import Attempt
from opportune.testing.instants import instant
from opportune.testing.story import Story
from opportune.testing.words import CLICKED, OPENED, look_at_channel
from opportune.units import Instant, Scalar
from opportune.wiring.plain_words import an, channel_of, instant_of

if TYPE_CHECKING:
    from opportune.testing.world import World


class User:
    """Somebody in a world."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name

    def __repr__(self) -> str:
        return self.name

    def does(
        self, event: str, *, at: str | datetime | Instant | None = None, id: str = "", **properties: object
    ) -> None:
        """The user does this now; ``at`` an earlier instant: it is heard of only now."""
        self.world.look_at_event(event)
        when = None if at is None else instant(at)
        if when is not None and when > self.world.now:
            zone = self.world.playbook.zone
            raise StoryError(
                f"{event}: {instant_of(zone, when)} is yet to come; let time pass first, "
                f"it is {instant_of(zone, self.world.now)}"
            )
        self.world.feed([self.world.event(self.name, event, properties, at=when, id=id)])

    def says(self, **traits: Scalar) -> None:
        """The user's traits are these from now on, beside those that were stated before."""
        self.world.feed([self.world.event(self.name, names.IDENTIFIED, traits)])

    def consents(self, channel: str, *, topic: str = "") -> None:
        """The user agrees to messages on this channel; about one topic, or about all."""
        self._speaks(names.CONSENT_GIVEN, channel, topic)

    def withdraws(self, channel: str, *, topic: str = "") -> None:
        """The user takes the consent back; for one topic, or for all."""
        self._speaks(names.CONSENT_WITHDRAWN, channel, topic)

    def opens(self, message: str | Attempt) -> None:
        """The user sees the newest copy of this message; raises StoryError, with the reason, if there is none."""
        self._engages(message, OPENED, "opened")

    def clicks(self, message: str | Attempt) -> None:
        """The user follows a link in the newest copy; raises StoryError, with the reason, if there is none."""
        self._engages(message, CLICKED, "clicked")

    def got(self, message: str, *, at_least: int = 1) -> Story:
        """True if this message reached the user, at least so often; if not, it says why.

        >>> assert ann.got("cart_reminder")
        """
        return self.world.got(self, message, at_least=at_least)

    @property
    def messages(self) -> list[str]:
        """The names of the messages that reached this user, in order."""
        return [each.message for each in self.received]

    @property
    def received(self) -> list[Attempt]:
        """The messages that reached this user, in order."""
        sent = {each.decision for each in self.world.endings.values() if each.outcome == "sent"}
        return [each for each in self._handed_over() if each.decision in sent]

    def _handed_over(self) -> list[Attempt]:
        """The last attempt of each decision, in order."""
        world, name = self.world, self.world.resolved(self.name)
        newest = {each.decision: each for each in world.attempts if world.resolved(each.user) == name}
        return [each for each in world.attempts if newest.get(each.decision) is each]

    def _speaks(self, event: str, channel: str, topic: str) -> None:
        look_at_channel(self.name, channel)
        said = {"channel": channel, "topic": topic} if topic else {"channel": channel}
        self.world.feed([self.world.event(self.name, event, said)])

    def _engages(self, message: str | Attempt, events: Mapping[str, str], how: str) -> None:
        attempt = message if isinstance(message, Attempt) else self._newest(message, how)
        event = events.get(attempt.channel)
        if event is None:
            raise StoryError(f"nobody hears whether {an(channel_of(attempt.channel))} was {how}: {attempt.message}")
        ending = self.world.endings.get(attempt.decision)
        after = {} if ending is None else {"after": self.world.now - ending.at}
        self.world.feed([self.world.event(self.name, event, {"decision": attempt.decision, **after})])

    def _newest(self, message: str, how: str) -> Attempt:
        """What the user can look at now; in the app it is not shown before somebody does."""
        story, received = self.got(message), {each.decision for each in self.received}
        waiting = {
            each.decision
            for each in self._handed_over()
            if each.channel == "in_app" and each.decision not in self.world.endings
        }
        found = [
            each
            for each in self._handed_over()
            if each.message == message and (each.decision in received or each.decision in waiting)
        ]
        if not found:
            raise StoryError(f"{message} cannot be {how} by {self.name}: {story!r}")
        return found[-1]
