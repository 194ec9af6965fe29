"""Values by one pass over the entries and points of each life in order of time: windows that begin at fixed spans.

A pass sees what happened by the instant of a point, also what arrived later. A point that some of it arrived too late
for is *unsettled*: its values are made again, of what had arrived, by joining.
"""

from collections.abc import Sequence

from opportune.features.history_engine import Engine
from opportune.features.history_join import join_steps
from opportune.features.history_made import aggregates
from opportune.features.history_query import Step, listed
from opportune.features.history_wanted import Wanted
from opportune.features.window import Last, Window


def sweep_steps(wanted: Sequence[Wanted], engine: Engine, *, is_hindsight: bool) -> list[Step]:
    """``early``: for each point the columns of all that is wanted, which window functions can make."""
    columns = [
        f"{made} OVER ({_frame(each.window)}) AS {name}"
        for each in wanted
        for name, made in _aggregates(each, engine).items()
    ]
    if not is_hindsight:
        columns.append(f"max(e.seen) OVER ({_frame(None)}) AS newest")
    swept = f"SELECT e.point, e.place, {listed(columns)}\nFROM swept_rows e"
    steps = [Step("swept_rows", _rows(wanted), is_view=True), Step("swept_all", swept, is_view=True)]
    of_points = "SELECT *\nFROM swept_all\nWHERE point IS NOT NULL"
    if is_hindsight:
        return [*steps, Step("early", of_points)]
    steps.append(Step("swept", of_points))
    late = "SELECT a.*\nFROM asked a\nJOIN swept s ON s.point = a.point\nWHERE s.newest >= s.place"
    steps.append(Step("unsettled", late))
    joins, made = join_steps(wanted, engine, points="unsettled", prefix="again")
    names = [name for each in wanted for name in aggregates(each, engine)]
    chosen = [f"CASE WHEN s.newest >= s.place THEN {made[name]}.{name} ELSE s.{name} END AS {name}" for name in names]
    joined = "".join(
        f"\nLEFT JOIN {step.name} ON {step.name}.point = s.point" for step in joins if step.name in made.values()
    )
    early = Step("early", f"SELECT s.point, {listed(chosen)}\nFROM swept s{joined}", is_view=True)
    return [*steps, *joins, early]


def _rows(wanted: Sequence[Wanted]) -> str:
    """Entries and points together; where each value is counted once, f<i> says which entry is the first of its own."""
    values = {f"v{each.track}": f"v{each.track}" for each in wanted if each.making != "distinct"}
    for track in sorted({each.track for each in wanted if each.making == "distinct"}):
        is_first = f"row_number() OVER (PARTITION BY life, v{track} ORDER BY n) = 1"
        values[f"f{track}"] = f"CASE WHEN v{track} IS NOT NULL AND {is_first} THEN TRUE END"
    entries = listed(f"{value} AS {name}" for name, value in values.items())
    return (
        f"SELECT life, instant, NULL AS point, NULL AS place, n, seen, {entries}\nFROM entries\nUNION ALL\n"
        f"SELECT life, instant, point, place, NULL, NULL, {listed('NULL' for _ in values)}\nFROM asked"
    )


def _aggregates(wanted: Wanted, engine: Engine) -> dict[str, str]:
    if wanted.making == "distinct":
        return {f"a{wanted.number}": f"count(e.f{wanted.track})"}
    return aggregates(wanted, engine)


def _frame(window: Window | None) -> str:
    """The rows of one life within the window of each; ``None``: all up to it."""
    begin, end = "UNBOUNDED PRECEDING", "CURRENT ROW"
    if isinstance(window, Last):
        begin = f"{window.span + window.offset - 1} PRECEDING"
        end = f"{window.offset} PRECEDING" if window.offset else end
    return f"PARTITION BY e.life ORDER BY e.instant RANGE BETWEEN {begin} AND {end}"
