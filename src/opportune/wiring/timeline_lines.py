"""A timeline as plain lines on the user's own clock, oldest first, for somebody who never saw the engine."""

from collections.abc import Iterator, Mapping

from msgspec import Raw, json

from opportune.events import names
from opportune.units import Instant
from opportune.wiring.plain_words import channel_of, clock_of, reason_of, year_of
from opportune.wiring.timeline import Decided, Happened, Joined, Page

MOST_SAID = 80
"""Characters of an event's properties that are shown."""
RECEIPTS: Mapping[str, str] = {
    names.MESSAGE_SENT: "sent",
    names.MESSAGE_FAILED: "failed",
    names.MESSAGE_UNKNOWN: "unknown",
    names.ATTEMPT_LAPSED: "lapsed",
}
"""What a channel reports of our own messages, in one word."""
Line = tuple[Instant, bool, int, int, str]
"""When, whether it is an end, its place in the log, its place among what stands there, and what is said."""


def lines_of(page: Page, zone: str) -> list[str]:
    """Each with its day and time in this zone; where both stand at one instant, what led to it first."""
    about = {each.id: each for each in page.entries if isinstance(each, Decided)}
    said = sorted(line for entry in page.entries for line in _lines(entry, about, zone))
    shown, year = list[str](), 0
    for at, *_, text in said:
        if year_of(zone, at) != year:
            year = year_of(zone, at)
            shown.append(f"{year} ({zone})")
        shown.append(f"  {clock_of(zone, at):16}  {text}")
    return shown


def _lines(entry: Happened | Joined | Decided, about: Mapping[str, Decided], zone: str) -> Iterator[Line]:
    match entry:
        case Happened():
            yield entry.at, False, entry.seq, 0, _happened(entry, about, zone)
        case Joined():
            own = entry.user == entry.absorbed
            said = f"{entry.user} is its own again" if own else f"{entry.absorbed} turned out to be {entry.user}"
            yield entry.at, False, entry.seq, 1, f"joined    {said}"
        case Decided():
            yield entry.at, False, entry.seq, 2, _decided(entry, zone)
            if entry.outcome is not None and entry.channel is not None and entry.ended_at is not None:
                yield entry.ended_at, True, entry.seq, 3, _ended(entry)


def _happened(event: Happened, about: Mapping[str, Decided], zone: str) -> str:
    said = _properties(event.properties)
    decision = said.get("decision")
    known = about.get(decision) if isinstance(decision, str) else None
    late = "" if event.received_at - event.at < 60_000 else f" (heard of on {clock_of(zone, event.received_at)})"
    history = " (imported)" if event.is_history else ""
    if event.name in RECEIPTS and isinstance(decision, str):
        message = known.message if known else f"decision {decision}"
        channel = f" on {channel_of(known.channel)}" if known and known.channel else ""
        return f"channel   {message}: {RECEIPTS[event.name]}{channel}"
    what = f"{event.name}: {known.message}" if known else f"{event.name}{_shown(event.properties)}"
    return f"event     {what}{late}{history}"


def _decided(decision: Decided, zone: str) -> str:
    run = decision.journey + (f" ({decision.key})" if decision.key else "")
    if decision.channel is None or decision.planned_at is None:
        return f"silence   {decision.message} of {run}: {reason_of(decision.code)} ({decision.code})"
    later = decision.planned_at > decision.at
    when = f", planned for {clock_of(zone, decision.planned_at)}" if later else ""
    return f"decision  {decision.message} of {run}: {channel_of(decision.channel)}, wording {decision.variant!r}{when}"


def _ended(decision: Decided) -> str:
    code = decision.ended_as or ""
    if decision.outcome == "sent":
        return f"ending    {decision.message}: sent"
    if decision.outcome == "unknown":
        return f"ending    {decision.message}: may have been sent, {reason_of(code)} ({code})"
    return f"ending    {decision.message}: not sent, {reason_of(code)} ({code})"


def _properties(raw: Raw) -> Mapping[str, object]:
    found = json.decode(bytes(raw))
    return found if isinstance(found, dict) else {}


def _shown(raw: Raw) -> str:
    text = ", ".join(f"{name}={_value(value)}" for name, value in _properties(raw).items())
    cut = text if len(text) <= MOST_SAID else f"{text[:MOST_SAID]}..."
    return f"  {cut}" if cut else ""


def _value(value: object) -> str:
    """One line of it, without signs that steer a terminal."""
    text = value if isinstance(value, str) else json.encode(value).decode()
    return "".join(letter if letter.isprintable() else " " for letter in text)
