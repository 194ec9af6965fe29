"""When a user looks: in which local hours of the week they check in, and how soon they open what was sent.

A fold over events in at most 256 bytes. What was done in one local hour counts once, whatever was done; bursts do not
count more than visits. Opens and clicks are kept with the hour in which their message went out, for an open says when
one looks only beside when one could have looked: hours at risk are those from the send to the open.

Habits change: what was done in earlier eras fades, and counts half after two of them.

Counts add up, so two memories merge by the law of all folds, with three limits: an hour that both were active in counts
twice where it lies more than ``WINDOW`` hours before the newest of either, opens are those of the newest sends, and
what has faded is rounded in each memory by itself.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping
from typing import Final

from msgspec import Struct

from opportune.events.names import EMAIL_CLICKED, EMAIL_OPENED, PUSH_OPENED, SMS_CLICKED
from opportune.units import HOUR, Millis

SLOTS: Final = 168
"""Local hours of a week; slot 0 is Monday from 00:00 to 01:00."""
ERA: Final = 13 * SLOTS
"""Hours of an era. Check-ins of the newest era are kept by slot, those before it, faded, by hour of the day."""
WINDOW: Final = 80
"""So many hours back it is known which have been counted: more than lateness is by default."""
MOST_OPENS: Final = 20
"""Opens that are kept: those of the newest sends."""
LATEST: Final = 48
"""What is opened so many hours after it went out, or later, tells nothing about the hour it went out in."""
_FURTHEST: Final = 1 << 26
"""The hours since 1970 that a send can be kept of: up to the year 9625."""
OPENS: Final = frozenset({EMAIL_OPENED, EMAIL_CLICKED, PUSH_OPENED, SMS_CLICKED})
"""What says that somebody looked at what we sent."""
OBSERVED: Final = frozenset({"email", "push", "sms"})
"""Channels on which that can be seen."""
_MONDAY: Final = 72
"""1970 began on a Thursday: so many hours lie between its week's Monday and it."""
_DENSE: Final = SLOTS // 2
_MOST = 15
_MOST_OLDER = 0xFFFF
WHOLE: Final = 64
"""Earlier check-ins are kept in parts of one, so that they can fade."""
FADING: Final = 181
"""Of 256 parts so many are left after an era: the square root of a half."""


class Attention(Struct, array_like=True, gc=False):
    """Check-ins and opens of one user; hours are local, counted from the start of 1970 on the user's clock."""

    first: int
    """The earliest hour of a check-in."""
    newest: int
    """The latest hour that was counted."""
    window: bytes
    """Which of the ``WINDOW`` hours up to ``newest`` were counted; the last bit is ``newest``."""
    stray: int
    """The last hour before the window that was counted; 0 if none was."""
    recent: bytes
    """Check-ins of the era of ``newest`` by slot: pairs of slot and count, or if these take no less room four bits a
    slot; at most 15 each."""
    older: bytes
    """Those of earlier eras by hour of the day, faded: 24 counts of two bytes, in 64ths; empty if there are none."""
    sent: int = 0
    """Messages that went out where an open can be seen."""
    opened: int = 0
    """Those of them that were opened within ``LATEST`` hours."""
    opens: bytes = b""
    """Of the newest that were opened, by send: 26 bits of the hour they went out in, six of the hours until then."""


def hour_of(local: int) -> int:
    """The hour of these local milliseconds."""
    return local // HOUR


def slot_of(hour: int) -> int:
    """The slot of the week that a local hour is."""
    return (hour + _MONDAY) % SLOTS


def new_attention() -> Attention:
    """That of a user who has done nothing yet."""
    return Attention(0, 0, b"", 0, b"", b"")


def check_in(attention: Attention, hour: int) -> None:
    """The user was active in this local hour, in place; the same hour again changes nothing."""
    if hour == attention.newest and attention.window:
        return
    era = attention.newest // ERA
    if not _is_new(attention, hour):
        return
    attention.first = min(attention.first, hour) if attention.first else hour
    if hour // ERA < era:
        attention.older = _with_older(attention.older, hour % 24, _faded(WHOLE, era - hour // ERA - 1))
    else:
        attention.recent = _with_recent(attention.recent, slot_of(hour), 1)


def look(attention: Attention, hour: int) -> None:
    """Our own message made the user look in this local hour: what they do in it is no check-in of theirs."""
    _is_new(attention, hour)


def open_sent(attention: Attention, hour: int, after: Millis, at_local: int) -> None:
    """A human opened, in this local hour, what went out ``after`` ms before; of what one hour sent one open counts."""
    sent = hour_of(at_local - after)
    delay = hour - sent
    if after < 0 or not 0 <= sent < _FURTHEST or delay >= LATEST:
        return
    known = dict(opens_of(attention))
    if sent in known:
        known[sent] = min(known[sent], delay)
    else:
        attention.opened += 1
        known[sent] = delay
    attention.opens = _packed(known)


def opens_of(attention: Attention) -> Iterator[tuple[int, int]]:
    """Of each open that is kept the local hour of the send, and how many hours later it was; earliest send first."""
    raw = attention.opens
    for place in range(0, len(raw), 4):
        word = int.from_bytes(raw[place : place + 4], "big")
        yield word >> 6, word & 63


def recent_of(attention: Attention) -> list[tuple[int, int]]:
    """Slots with check-ins of the newest era, and how many; by slot."""
    raw = attention.recent
    if len(raw) < _DENSE:
        return list(zip(raw[0::2], raw[1::2], strict=True))
    counts = ((place, (raw[place >> 1] >> (4 * (place & 1))) & 15) for place in range(SLOTS))
    return [(place, count) for place, count in counts if count]


def older_of(attention: Attention) -> list[float]:
    """Check-ins of earlier eras by hour of the day, faded; empty if there are none."""
    return [count / WHOLE for count in _older(attention.older)]


def check_ins(attention: Attention) -> int:
    """How many hours with a check-in are counted; those of earlier eras as far as they have not faded."""
    return sum(count for _, count in recent_of(attention)) + sum(_older(attention.older)) // WHOLE


def merge_attention(first: Attention, second: Attention) -> Attention:
    """That of one user who did what both did; a new value."""
    ahead, behind = (first, second) if first.newest >= second.newest else (second, first)
    older, recent = ahead.older, ahead.recent
    behind_recent, behind_older = _aged(behind, ahead.newest // ERA - behind.newest // ERA)
    for place, count in enumerate(_older(behind_older)):
        older = _with_older(older, place, count) if count else older
    for slot, count in behind_recent:
        recent = _with_recent(recent, slot, count)
    gap = min(ahead.newest - behind.newest, WINDOW)
    seen = int.from_bytes(ahead.window, "big") | int.from_bytes(behind.window, "big") << gap
    known = dict(opens_of(behind))
    for sent, delay in opens_of(ahead):
        known[sent] = min(delay, known.get(sent, delay))
    merged = Attention(
        first=min((each.first for each in (first, second) if each.first), default=0),
        newest=ahead.newest,
        window=_bits(seen) if seen else b"",
        stray=max(first.stray, second.stray),
        recent=recent,
        older=older,
        sent=first.sent + second.sent,
        opened=first.opened + second.opened - len(dict(opens_of(first)).keys() & dict(opens_of(second)).keys()),
        opens=_packed(known),
    )
    for hour in _counted_by_both(ahead, behind):
        _take_back(merged, hour)
    return merged


def is_look(name: str, properties: Mapping[str, object]) -> bool:
    """Whether an event of ``OPENS`` was a human's; what may have been a machine's is not learned from.

    No machine opens a push message.
    """
    by = properties.get("by", "human")
    return by == "human" or (name == PUSH_OPENED and by != "machine")


def after_of(properties: Mapping[str, object]) -> Millis | None:
    """How long after it went out an open came, as the event says; None if it does not."""
    after = properties.get("after")
    return after if isinstance(after, int) and not isinstance(after, bool) else None


def is_observed(properties: Mapping[str, object]) -> bool:
    """Whether a message went out on a channel on which an open can be seen."""
    return properties.get("channel", "email") in OBSERVED


def _is_new(attention: Attention, hour: int) -> bool:
    """Whether this hour was not counted before; from now on it was."""
    ahead = hour - attention.newest
    bits = int.from_bytes(attention.window, "big")
    if ahead > 0:
        if hour // ERA > attention.newest // ERA and attention.recent + attention.older:
            _, attention.older = _aged(attention, hour // ERA - attention.newest // ERA)
            attention.recent = b""
        attention.window = _bits((bits << min(ahead, WINDOW)) | 1)
        attention.newest = hour
        return True
    if -ahead < WINDOW:
        if bits >> -ahead & 1:
            return False
        attention.window = _bits(bits | 1 << -ahead)
        return True
    if hour == attention.stray:
        return False
    attention.stray = hour
    return True


def _aged(attention: Attention, eras: int) -> tuple[list[tuple[int, int]], bytes]:
    """Recent and older check-ins so many eras later: then what was counted by slot is counted by hour of the day."""
    if not eras:
        return recent_of(attention), attention.older
    older = b"".join(_faded(count, eras).to_bytes(2, "big") for count in _older(attention.older))
    hours = [0] * 24
    for slot, count in recent_of(attention):
        hours[slot % 24] += count
    for hour, count in enumerate(hours):
        older = _with_older(older, hour, _faded(count * WHOLE, eras - 1)) if count else older
    return [], older


def _faded(count: int, eras: int) -> int:
    """What is left of a count in 64ths after so many eras."""
    for _ in range(min(eras, 40)):
        count = count * FADING >> 8
    return count


def _older(raw: bytes) -> list[int]:
    """Counts in 64ths, by hour of the day."""
    return [int.from_bytes(raw[place : place + 2], "big") for place in range(0, len(raw), 2)]


def _bits(bits: int) -> bytes:
    return (bits & (1 << WINDOW) - 1).to_bytes(WINDOW // 8, "big")


def _with_recent(raw: bytes, slot: int, count: int) -> bytes:
    """With so many more in this slot, up to the most; fewer if ``count`` is negative, down to none."""
    if len(raw) == _DENSE:
        place, shift = slot >> 1, 4 * (slot & 1)
        had = raw[place] >> shift & 15
        now = max(0, min(_MOST, had + count))
        return raw[:place] + bytes((raw[place] & ~(15 << shift) | now << shift,)) + raw[place + 1 :]
    place = 2 * raw[0::2].find(slot)
    if place >= 0:
        now = max(0, min(_MOST, raw[place + 1] + count))
        return raw[: place + 1] + bytes((now,)) + raw[place + 2 :] if now else raw[:place] + raw[place + 2 :]
    if count <= 0:
        return raw
    place = 2 * bisect(raw[0::2], slot)
    longer = raw[:place] + bytes((slot, min(_MOST, count))) + raw[place:]
    if len(longer) < _DENSE:
        return longer
    dense = bytearray(_DENSE)
    for each, had in zip(longer[0::2], longer[1::2], strict=True):
        dense[each >> 1] |= had << 4 * (each & 1)
    return bytes(dense)


def _with_older(raw: bytes, hour: int, count: int) -> bytes:
    """With so many 64ths more in this hour of the day, from none up to what two bytes hold."""
    raw = raw or bytes(48)
    place = 2 * hour
    now = max(0, min(_MOST_OLDER, int.from_bytes(raw[place : place + 2], "big") + count))
    return raw[:place] + now.to_bytes(2, "big") + raw[place + 2 :]


def _packed(known: Mapping[int, int]) -> bytes:
    """The newest of these opens, by send."""
    newest = sorted(known.items())[-MOST_OPENS:]
    return b"".join((sent << 6 | delay).to_bytes(4, "big") for sent, delay in newest)


def _counted_by_both(ahead: Attention, behind: Attention) -> Iterator[int]:
    """The hours of the window that two users were both seen active in."""
    gap = ahead.newest - behind.newest
    both = int.from_bytes(ahead.window, "big") & (int.from_bytes(behind.window, "big") << gap if gap < WINDOW else 0)
    for back in range(WINDOW):
        if both >> back & 1:
            yield ahead.newest - back


def _take_back(attention: Attention, hour: int) -> None:
    """This hour was counted twice."""
    if hour // ERA < attention.newest // ERA:
        attention.older = _with_older(attention.older, hour % 24, -WHOLE)
    else:
        attention.recent = _with_recent(attention.recent, slot_of(hour), -1)
