"""What the live view shows at one instant, as lines of styled text that fit a terminal of any size."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.wiring.demo.books import Account
from opportune.wiring.demo.telling import Line, Verb, brief
from opportune.wiring.plain_words import channel_of

Style: TypeAlias = Literal["plain", "bold", "dim", "good", "plan", "bad", "accent"]
Span: TypeAlias = tuple[str, Style]
Row: TypeAlias = tuple[Span, ...]
NARROWEST: Final = 60
LOWEST: Final = 20
"""Columns and rows below which nothing sensible can be shown."""
_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_VERBS: Final[Mapping[Verb, Style]] = {
    "sends": "good",
    "sent": "good",
    "plans": "plan",
    "silent": "dim",
    "drops": "dim",
    "unclear": "bad",
}


class Moment(Struct, frozen=True, kw_only=True):
    """All that the view knows at one instant."""

    clock: str
    """In UTC."""
    place: str
    """Which day of how many."""
    share: float | None
    """How much of the play is over, 0 to 1; None if it has no end."""
    users: int
    events: int
    journeys: Mapping[str, Account]
    held: Mapping[str, int]
    """By code."""
    hours: Sequence[int]
    """Mails and pushes in each hour of the users' own days: 24 counts. In-app does not ring, and has no quiet hours."""
    lanes: Mapping[str, str]
    """How each channel stands, in a few words."""
    inbox: str
    returns: Mapping[str, int]
    newest: Sequence[Line]
    """Newest last."""


def frame(moment: Moment, width: int, height: int) -> list[Row]:
    """At most ``height`` rows of at most ``width`` columns, best of all from 80 by 24 on."""
    is_wide, rows = width >= 110, max(3, min(9, height - 20))
    beside = 36 if is_wide else width - 42 if width >= 76 else width
    journeys, silence = _journeys(moment), _silence(moment, rows if width >= 76 else 3, beside)
    columns = [(journeys, 42), (silence, beside)]
    if is_wide:
        columns.append((_returns(moment, rows, width - 78), width - 78))
    upper = [*_head(moment, width), ()]
    upper += _beside(columns) if width >= 76 else [*journeys, (), *silence]
    upper += [(), *_hours(moment, width), (), *_lanes(moment, width, is_wide=is_wide)]
    left = height - len(upper) - 1
    if left >= 3:
        upper += [(), *_newest(moment, width, left)]
    return [_cut(row, width) for row in upper[:height]]


def _head(moment: Moment, width: int) -> list[Row]:
    sent = sum(sum(each.sent.values()) for each in moment.journeys.values())
    held, pending = sum(moment.held.values()), sum(each.pending for each in moment.journeys.values())
    left: Row = ((" opportune ", "bold"), (f" {moment.clock}", "accent"), (f"  {moment.place}", "dim"))
    right: Row = ((f"{moment.users:,} users  {moment.events:,} events ", "dim"),)
    totals: Row = (
        (f" {sent:,}", "good"), (" sent   ", "plain"), (f"{held:,}", "bold"), (" silent   ", "plain"),
        (f"{pending:,}", "plan"), (" planned  ", "plain"),
    )  # fmt: skip
    room = width - _length(totals) - 1
    whole = max(1, sent + held + pending)
    parts = (room * sent // whole, room * held // whole, room * pending // whole)
    bar: Row = (("━" * parts[0], "good"), ("━" * parts[1], "dim"), ("━" * parts[2], "plan")) if room >= 10 else ()
    return [_apart(left, right, width), _progress(moment.share, width), (*totals, *bar)]


def _progress(share: float | None, width: int) -> Row:
    done = 0 if share is None else int((width - 2) * min(1.0, share))
    return ((" ", "plain"), ("━" * done, "accent"), ("─" * (width - 2 - done), "dim"))


def _journeys(moment: Moment) -> list[Row]:
    rows: list[Row] = [((f" {'journey':10}{'sent':>7}{'silent':>8}{'planned':>8}{'goals':>7}", "dim"),)]
    for journey, each in moment.journeys.items():
        sent = sum(each.sent.values())
        rows.append(
            (
                (f" {journey:10}", "plain"), (f"{sent:7,}", "good"), (f"{each.held:8,}", "plain"),
                (f"{each.pending:8,}", "plan" if each.pending else "dim"), (f"{each.goals:7,}", "plain"),
            )
        )  # fmt: skip
    return rows


def _silence(moment: Moment, most: int, width: int) -> list[Row]:
    named = {code: brief(code).partition(",")[0] for code in moment.held}
    return [
        ((" why silent", "dim"),),
        *_bars({named[code]: n for code, n in _largest(moment.held, most)}, "dim", width),
    ]


def _returns(moment: Moment, most: int, width: int) -> list[Row]:
    return [((" what came back", "dim"),), *_bars(dict(_largest(moment.returns, most)), "accent", width)]


def _bars(counts: Mapping[str, int], style: Style, width: int) -> Iterable[Row]:
    most, room = max(counts.values(), default=1), max(6, min(24, width - 30))
    for name, count in counts.items():
        filled = max(1, round(room * count / most))
        bar: Span = ("━" * filled + " " * (room - filled), style)
        yield ((f" {name[:21]:21} ", "plain"), bar, (f"{count:6,}", "plain"))


def _hours(moment: Moment, width: int) -> list[Row]:
    """A column for each hour of the users' own day, midnight to midnight, of two rows."""
    step = max(2, min(4, (width - 4) // 24))
    most, rows = max((*moment.hours, 1)), list[Row]()
    heights = [0 if not count else max(1, round(16 * count / most)) for count in moment.hours]
    rows.append(((" mails and pushes by hour of the users' own day", "dim"), (f"   at most {most:,}", "dim")))
    for floor in (8, 0):
        cells = "".join(_BLOCKS[max(0, min(8, each - floor))] * (step - 1) + " " for each in heights)
        rows.append(((" ", "plain"), (cells, "good")))
    rows.append(((" " + "".join(f"{hour:<{step * 3}}" for hour in range(0, 24, 3)), "dim"),))
    return rows


def _lanes(moment: Moment, width: int, *, is_wide: bool) -> list[Row]:
    lanes: Row = tuple(
        span
        for name, state in moment.lanes.items()
        for span in ((f" {channel_of(name).removesuffix(' message')}", "bold"), (f" {state} ", "plain"))
    )
    rows: list[Row] = [(*lanes, (f"  {moment.inbox}", "dim"))]
    if not is_wide:
        told = [f"{name} {count:,}" for name, count in _largest(moment.returns, 4)]
        text = " came back: " + ", ".join(told)
        while len(text) > width and len(told) > 1:
            told.pop()
            text = " came back: " + ", ".join(told)
        rows.append(((text if told else " came back: nothing yet", "dim"),))
    return rows


def _newest(moment: Moment, width: int, most: int) -> list[Row]:
    is_narrow = width < 76
    rows: list[Row] = [((" newest, at each user's own clock", "dim"),)]
    for each in moment.newest[-(most - 1) :]:
        when = each.wall if is_narrow else f"{each.date[:3]} {each.wall}"
        user = "" if is_narrow else f"{each.user[:10]:11}"
        rows.append(
            (
                (f" {when} ", "dim"), (f"{user}{each.journey[:9]:9} ", "plain"),
                (f"{each.verb:7} ", _VERBS[each.verb]), (each.what, "dim" if each.verb == "silent" else "plain"),
            )
        )  # fmt: skip
    return rows


def _beside(columns: Sequence[tuple[Sequence[Row], int]]) -> list[Row]:
    """Blocks of rows side by side, each filled up to its width."""
    found: list[Row] = []
    for number in range(max(len(rows) for rows, _ in columns)):
        line: Row = ()
        for rows, width in columns:
            cut = _cut(rows[number] if number < len(rows) else (), width)
            line = (*line, *cut, (" " * (width - _length(cut)), "plain"))
        found.append(line)
    return found


def _apart(left: Row, right: Row, width: int) -> Row:
    room = width - _length(left) - _length(right)
    return left if room < 1 else (*left, (" " * room, "plain"), *right)


def _cut(row: Row, width: int) -> Row:
    """The row without what would not fit; the last word that is cut ends with a mark."""
    found, room = list[Span](), width
    for text, style in row:
        if len(text) > room:
            kept = text[: max(0, room - 1)]
            found += [(f"{kept}…" if text.strip() and room else kept, style)]
            break
        found.append((text, style))
        room -= len(text)
    return tuple(each for each in found if each[0])


def _length(row: Row) -> int:
    return sum(len(text) for text, _ in row)


def _largest(counts: Mapping[str, int], most: int) -> list[tuple[str, int]]:
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda each: (-each[1], each[0]))[
        :most
    ]
