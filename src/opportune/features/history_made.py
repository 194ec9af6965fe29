"""What is made of the entries in a window: as an aggregate of SQL, and as the value that features have live."""

from opportune.features.aggregate import MOST_HALF_LIVES
from opportune.features.history_engine import Engine
from opportune.features.history_wanted import Wanted
from opportune.features.window import Everything, InSession, Last, SinceEvent
from opportune.units import ONE, SECOND, Millis


def aggregates(wanted: Wanted, engine: Engine) -> dict[str, str]:
    """By column: the aggregate over entries. They are called e, the point they are made for p."""
    value, made = f"e.v{wanted.track}", f"a{wanted.number}"
    match wanted.making:
        case "count":
            return {made: f"count({value})"}
        case "sum":
            return {made: f"sum({value})"}
        case "avg":
            return {made: f"sum({value})", f"b{wanted.number}": f"count({value})"}
        case "min" | "max":
            return {made: f"{wanted.making}({value})"}
        case "first":
            return {made: engine.oldest(value, "e.n")}
        case "last":
            return {made: engine.newest(value, "e.n")}
        case "since" | "newest":
            return {made: f"max(CASE WHEN {value} IS NOT NULL THEN e.instant END)"}
        case "distinct":
            return {made: f"count(DISTINCT {value})"}
        case "decay":
            return {made: f"sum({engine.whole_micros(faded(value, wanted, engine))})"}
        case "top" | "hours":
            return {made: ""}  # made in several steps, by joining


def faded(number: str, wanted: Wanted, engine: Engine) -> str:
    """The number, less what has faded between the entry and the point."""
    if wanted.half_life is None:
        return number
    half_lives = f"CAST(e.instant - p.instant AS {engine.number}) / {wanted.half_life}e0"
    return f"{number} * {engine.power_of_two(half_lives)}"


def read_out(wanted: Wanted, engine: Engine) -> str:
    """The value of a feature, of what was made; ``instant`` is the point's."""
    made = f"a{wanted.number}"
    match wanted.making:
        case "count" | "distinct":
            return f"coalesce({made}, 0)"
        case "sum" | "decay":
            return engine.from_micros(made)
        case "avg":
            return f"{engine.nearest(made)} / (CAST(b{wanted.number} AS {engine.number}) * {ONE}e0)"
        case "since":
            return f"CAST(instant - {made} AS {engine.number}) / {SECOND}e0"
        case _:
            return made


def in_window(wanted: Wanted) -> list[str]:
    """What an entry e must be to lie in the window of a point p."""
    found = []
    match wanted.window:
        case Everything():
            found.append("e.instant <= p.instant")
        case Last(span, offset):
            found += [f"e.instant > p.instant - {span + offset}", f"e.instant <= p.instant - {offset}"]
        case InSession():
            found += ["e.instant >= p.session", "e.instant <= p.instant"]
        case SinceEvent(event):
            found += [f"e.instant > p.{since_column(event)}", "e.instant <= p.instant"]
    if wanted.half_life is not None:
        found.append(f"e.instant > p.instant - {MOST_HALF_LIVES * wanted.half_life}")
    return found


def stretch_of(wanted: Wanted) -> tuple[Millis, Millis] | None:
    """How far before a point its window ends, and how long it is at most; None if it has no bound."""
    fades = None if wanted.half_life is None else MOST_HALF_LIVES * wanted.half_life
    match wanted.window:
        case Last(span, offset):
            return offset, span if fades is None else min(span, max(1, fades - offset))
        case Everything() if fades is not None:
            return 0, fades
        case _:
            return None


def since_column(event: str) -> str:
    """The column of a point that holds when this event last happened."""
    return f"since_{event.encode().hex()}"


def key_column(path: str) -> str:
    """The column of a point that holds the text of a key property."""
    return f"key_{path.encode().hex()}"
