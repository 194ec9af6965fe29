"""What the fetches of one moment come to: events that say what was noticed, and by whom."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from opportune.adapters.sources.fetches import Fetch, Kind
from opportune.adapters.sources.machines import By, Sign, Signs
from opportune.draws import hash_of
from opportune.events import names
from opportune.events.event import Event
from opportune.ports import History
from opportune.units import Instant, Millis

_RANKS: Final[dict[By, int]] = {"human": 0, "unsure": 1, "machine": 2}
_NAMES: Final = {
    ("open", True): names.EMAIL_OPENED_BY_MACHINE, ("open", False): names.EMAIL_OPENED,
    ("click", True): names.EMAIL_CLICKED_BY_MACHINE, ("click", False): names.EMAIL_CLICKED,
}  # fmt: skip


class Sent(msgspec.Struct, frozen=True):
    """The mail of one decision: to whom, which message, and when it went out, or is going out now."""

    user: str
    message: str
    channel: str
    at: Instant | None


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """The properties of an open or a click."""

    decision: str
    message: str
    channel: str
    by: By
    sign: str = msgspec.field(name="rule")
    url: str = ""
    after: Millis | None = None
    """How long after the mail went out."""


def sent_by(store: History) -> Callable[[str], Sent | None]:
    """Finds the mail of a decision in a store; None if there is none, or its user was erased."""

    def sent(decision_id: str) -> Sent | None:
        decision = store.decision(decision_id)
        if decision is None or decision.chosen is None:
            return None
        ending = store.ending(decision_id)
        return Sent(decision.user, decision.message, decision.chosen.channel, None if ending is None else ending.at)

    return sent


def told(decision: str, sent: Sent, moment: list[Fetch], signs: Signs) -> Iterator[Event]:
    """One event for the opening and for each link that was fetched in this moment, by the most human of its fetches."""
    by_what: dict[tuple[Kind, str], list[Fetch]] = {}
    for fetch in moment:
        if not fetch.is_head and not fetch.is_trap:
            by_what.setdefault((fetch.kind, fetch.url), []).append(fetch)
    for (kind, url), fetches in by_what.items():
        verdicts = [signs.judged(each, moment, each.at - (each.at if sent.at is None else sent.at)) for each in fetches]
        best: Sign = min(verdicts, key=lambda each: _RANKS[each.says])
        at = fetches[0].at
        after = None if sent.at is None else max(0, at - sent.at)
        yield Event(
            id=f"{names.TRACK_ID}{hash_of(kind, decision, url, at).hex()}",
            user=sent.user,
            name=_NAMES[kind, best.says == "machine"],
            at=at,
            received_at=at,
            properties=msgspec.json.encode(
                Told(decision, sent.message, sent.channel, best.says, best.name, url, after)
            ),
        )
