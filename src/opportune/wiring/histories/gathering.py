"""Check-ins, sends and opens as they come, entry by entry, in columns that stay small."""

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping
from typing import Final, get_args

import numpy as np
from msgspec import Struct

from opportune.events.names import ENGAGEMENTS, MESSAGE_SENT, PASSIVE
from opportune.features.attention import LATEST, OPENS, after_of, hour_of, is_look, is_observed
from opportune.playbook.read_message import MessageKind
from opportune.training.histories import Histories, Whole, histories_of
from opportune.units import HOUR, Instant, Millis

UNSAID: Final = "marketing"
"""The kind of messages of which nothing says it."""
_KINDS: Final = get_args(MessageKind)


class Happened(Struct, frozen=True, gc=False):
    """One event, on the clock of its user."""

    user: str
    name: str
    at: Instant
    local: Instant
    properties: Mapping[str, object]


class _Look(Struct, frozen=True, gc=False):
    user: int
    at: Instant
    local: Instant
    after: Millis | None
    """How long before its message went out, as far as it says."""
    decision: str
    message: str
    channel: str


class Gathering:
    """Takes events in any order; whose open a message was is found once all are known.

    An open belongs to the send that its decision names, else to the one that went out in the hour that ``after`` says,
    else to the newest of its message or, if it names none, of its channel, within two days. One that
    says ``after`` of a send that nothing tells of stands for that send.
    """

    def __init__(self, kinds: Mapping[str, str] | None = None) -> None:
        """``kinds``: of messages by name, such as a playbook's; what it does not name is marketing."""
        self._kinds = kinds or {}
        self._users: dict[str, int] = {}
        self._active = (array("q"), array("q"))
        self._sent = (array("q"), array("q"), array("q"), array("q"))
        """User, instant, local hour and group."""
        self._groups: dict[str, int] = {}
        self._decided: dict[str, int] = {}
        self._named: dict[tuple[int, str], list[int]] = defaultdict(list)
        self._looks: list[_Look] = []
        self._supposals: dict[tuple[int, int], int] = {}

    def user(self, name: str) -> int:
        """The place of this user; a new one if it was not known."""
        return self._users.setdefault(name, len(self._users))

    def take(self, event: Happened) -> bool:
        """Takes one event; whether it says when the user was active."""
        user, said = self.user(event.user), event.properties
        if event.name == MESSAGE_SENT:
            self._send(user, event)
        elif event.name in OPENS:
            if is_look(event.name, said):
                names = (str(said.get("decision") or ""), str(said.get("message") or ""), ENGAGEMENTS[event.name])
                self._looks.append(_Look(user, event.at, event.local, after_of(said), *names))
        elif event.name not in PASSIVE:
            self._active[0].append(user)
            self._active[1].append(hour_of(event.local))
            return True
        return False

    def hours(self) -> Whole:
        """Local hours of activity, as they came: several in one hour count as several."""
        return np.array(self._active[1], np.int64)

    def histories(self, users: Mapping[str, str] | None = None) -> Histories:
        """All of it; ``users``: the ids that stand for ids that turned out to be the same user's."""
        delay = self._matched()
        names = [(users or {}).get(name, name) for name in self._users]
        ids = tuple(dict.fromkeys(names))
        places = {name: place for place, name in enumerate(ids)}
        who = np.array([places[name] for name in names], np.int64)
        looks = np.array([(look.user, hour_of(look.local)) for look in self._looks], np.int64).reshape(-1, 2)
        user, hour = (np.array(each, np.int64) for each in self._active)
        if who.size:
            user, looks[:, 0] = who[user], who[looks[:, 0]]
        own = ~np.isin(user << 32 | hour, looks[:, 0] << 32 | looks[:, 1])
        sender, _, sent, group = (np.array(each, np.int64) for each in self._sent)
        sender = who[sender] if who.size else sender
        groups = tuple(self._groups) or ("",)
        return histories_of(ids, (user[own], hour[own]), (sender, sent, group, delay), groups)

    def _send(self, user: int, event: Happened) -> None:
        said = event.properties
        if not is_observed(said):
            return
        decision, message = str(said.get("decision") or ""), str(said.get("message") or "")
        channel = str(said.get("channel") or "email")
        told = said.get("kind")
        kind = told if told in _KINDS else self._kinds.get(message) or UNSAID
        place = len(self._sent[0])
        for column, value in zip(self._sent, (user, event.at, hour_of(event.local)), strict=False):
            column.append(value)
        self._sent[3].append(self._groups.setdefault(f"{channel} {kind}", len(self._groups)))
        if decision:
            self._decided[decision] = place
        self._named[user, f"message {message}"].append(place)
        self._named[user, f"channel {channel}"].append(place)

    def _matched(self) -> Whole:
        """Of each send the whole hours until it was first opened, -1 where it was not."""
        for places in self._named.values():
            places.sort(key=self._sent[1].__getitem__)
        sends = [self._send_of(look) for look in self._looks]
        for nth, look in enumerate(self._looks):
            if sends[nth] is None and look.after is not None and _is_usable(look, look.after):
                sends[nth] = self._supposed(look, look.after)
        delay = np.full(len(self._sent[0]), -1, np.int64)
        for look, place in zip(self._looks, sends, strict=True):
            took = -1 if place is None else hour_of(look.local) - self._sent[2][place]
            if place is not None and took >= 0 and (delay[place] < 0 or took < delay[place]):
                delay[place] = took
        return delay

    def _supposed(self, look: _Look, after: Millis) -> int:
        """The place of the send that an open speaks of and nothing else does."""
        hour = hour_of(look.local - after)
        place = self._supposals.setdefault((look.user, hour), len(self._sent[0]))
        if place == len(self._sent[0]):
            kind = self._kinds.get(look.message) or UNSAID
            group = self._groups.setdefault(f"{look.channel} {kind}", len(self._groups))
            for column, value in zip(self._sent, (look.user, look.at - after, hour, group), strict=True):
                column.append(value)
        return place

    def _send_of(self, look: _Look) -> int | None:
        if look.decision:
            return self._decided.get(look.decision)
        told = f"message {look.message}" if look.message else f"channel {look.channel}"
        places = self._named.get((look.user, told), [])
        if look.after is not None:
            hour = (look.at - look.after) // HOUR
            return next((place for place in reversed(places) if self._sent[1][place] // HOUR == hour), None)
        nth = bisect_right(places, look.at, key=self._sent[1].__getitem__) - 1
        if nth < 0 or look.at - self._sent[1][places[nth]] >= LATEST * HOUR:
            return None
        return places[nth]


def _is_usable(look: _Look, after: Millis) -> bool:
    """Whether a send so long before is one that could have been, in time."""
    return 0 <= after < LATEST * HOUR and look.local >= after
