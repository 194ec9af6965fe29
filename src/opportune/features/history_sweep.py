"""Values by one pass over the entries and points of each life in order of time.

A pass sees what happened by the instant of a point, also what arrived later. A point that some of it arrived too late
for is *unsettled*: its values are made again, of what had arrived, by joining.
"""

from collections.abc import Sequence

from opportune.features.history_engine import Engine
from opportune.features.history_join import join_steps
from opportune.features.history_made import aggregates, since_column
from opportune.features.history_query import Step, listed
from opportune.features.history_wanted import Wanted
from opportune.features.window import Everything, InSession, Last, SinceEvent, Window


def sweep_steps(wanted: Sequence[Wanted], engine: Engine, *, points: str, name: str, is_hindsight: bool) -> list[Step]:
    """The last step is called ``name``: for each point the columns of all that is wanted."""
    rows, swept, unsettled = (f"{name}_{each}" for each in ("rows", "swept", "unsettled"))
    columns = [
        f"{_in_frame(made, each.window)} AS {column}"
        for each in wanted
        for column, made in _aggregates(each, engine).items()
    ]
    if not is_hindsight:
        columns.append(f"max(e.seen) OVER ({_frame(Everything())}) AS newest")
    text = f"SELECT e.point, e.place, {listed(columns)}\nFROM {rows} e"
    of_points = f"SELECT *\nFROM (\n{text}\n) s\nWHERE point IS NOT NULL"
    steps = [Step(rows, _rows(wanted, points), is_view=True)]
    if is_hindsight:
        return [*steps, Step(name, of_points)]
    late = f"SELECT p.*\nFROM {points} p\nJOIN {swept} s ON s.point = p.point\nWHERE s.newest >= s.place"
    steps += [Step(swept, of_points), Step(unsettled, late)]
    joins, made = join_steps(wanted, engine, points=unsettled, prefix=f"{name}_again")
    names = [column for each in wanted for column in aggregates(each, engine)]
    chosen = [f"CASE WHEN s.newest >= s.place THEN {made[each]}.{each} ELSE s.{each} END AS {each}" for each in names]
    joined = "".join(f"\nLEFT JOIN {each} ON {each}.point = s.point" for each in dict.fromkeys(made.values()))
    last = Step(name, f"SELECT s.point, {listed(chosen)}\nFROM {swept} s{joined}", is_view=True)
    return [*steps, *joins, last]


def _rows(wanted: Sequence[Wanted], points: str) -> str:
    """Entries and points together; where each value is counted once, f<i> says which entry is the first of its own."""
    values = {f"v{each.track}": f"v{each.track}" for each in wanted if each.making != "distinct"}
    for track in sorted({each.track for each in wanted if each.making == "distinct"}):
        is_first = f"row_number() OVER (PARTITION BY life, v{track} ORDER BY n) = 1"
        values[f"f{track}"] = f"CASE WHEN v{track} IS NOT NULL AND {is_first} THEN TRUE END"
    spans = {_back(each.window): _span(each.window) for each in wanted if _back(each.window)}
    of_entries = [f"{value} AS {column}" for column, value in values.items()]
    of_entries += [f"CAST(NULL AS BIGINT) AS {column}" for column in spans]
    of_points = ["NULL" for _ in values] + list(spans.values())
    return (
        f"SELECT life, instant, NULL AS point, NULL AS place, n, seen, {listed(of_entries)}\nFROM entries\nUNION ALL\n"
        f"SELECT life, instant, point, place, NULL, NULL, {listed(of_points)}\nFROM {points}"
    )


def _back(window: Window) -> str:
    """The column that says how far back the window of a point reaches; empty if that is the same for all."""
    match window:
        case InSession():
            return "back_session"
        case SinceEvent(event):
            return f"back_{since_column(event)}"
        case _:
            return ""


def _span(window: Window) -> str:
    """What stands there: from the point back to the first instant that is inside; NULL if none is."""
    if isinstance(window, SinceEvent):
        since = since_column(window.event)
        return f"CASE WHEN instant > {since} THEN instant - {since} - 1 END"
    return "instant - session"


def _aggregates(wanted: Wanted, engine: Engine) -> dict[str, str]:
    if wanted.making == "distinct":
        return {f"a{wanted.number}": f"count(e.f{wanted.track})"}
    return aggregates(wanted, engine)


def _in_frame(made: str, window: Window) -> str:
    back = _back(window)
    over = f"{made} OVER ({_frame(window)})"
    return f"CASE WHEN e.{back} IS NOT NULL THEN {over} END" if back else over


def _frame(window: Window) -> str:
    """The rows of one life within the window of each."""
    begin, end = "UNBOUNDED", "CURRENT ROW"
    if isinstance(window, Last):
        begin = str(window.span + window.offset - 1)
        end = f"{window.offset} PRECEDING" if window.offset else end
    elif back := _back(window):
        begin = f"coalesce(e.{back}, 0)"
    return f"PARTITION BY e.life ORDER BY e.instant RANGE BETWEEN {begin} PRECEDING AND {end}"
