"""Values by joining each point with the entries in its window: right for any window and any function."""

from collections.abc import Callable, Mapping, Sequence

from opportune.features.emit import tagged
from opportune.features.history_engine import Engine
from opportune.features.history_made import aggregates, faded, in_window, key_column, stretch_of
from opportune.features.history_query import Step, every, listed
from opportune.features.history_wanted import Making, Wanted
from opportune.units import Millis


def join_steps(
    wanted: Sequence[Wanted], engine: Engine, *, points: str, prefix: str
) -> tuple[list[Step], dict[str, str]]:
    """The steps, and by column the relation (point, columns) that has it; a point without entries is in none."""
    groups: dict[str, list[Wanted]] = {}
    for each in wanted:
        alone = (each.by, each.number) if each.making in _STEPWISE else (each.by, each.track if each.by else -1)
        groups.setdefault(repr((in_window(each), alone)), []).append(each)
    steps: list[Step] = []
    made: dict[str, str] = {}
    for place, group in enumerate(groups.values()):
        name = f"{prefix}_{place}"
        if group[0].making in _STEPWISE:
            steps += _STEPWISE[group[0].making](group[0], engine, points, name)
            made.update(dict.fromkeys(aggregates(group[0], engine), name))
            continue
        columns = {column: sql for each in group for column, sql in aggregates(each, engine).items()}
        said = [f"{sql} AS {column}" for column, sql in columns.items()]
        steps.append(Step(name, _joined(group, said, engine, points=points)))
        made.update(dict.fromkeys(columns, name))
    return steps, made


def _joined(group: Sequence[Wanted], columns: Sequence[str], engine: Engine, *, points: str, besides: str = "") -> str:
    """The aggregates of all entries in the window of each point; the window is the same for the whole group."""
    first = group[0]
    conditions = ["e.life = p.life", *in_window(first), "e.seen < p.place"]
    if first.by is not None:
        conditions.append(f"e.k{first.track} = p.{key_column(first.by)}")
    tracks = sorted({each.track for each in group})
    if len(tracks) == 1:
        conditions.append(f"e.v{tracks[0]} IS NOT NULL")
    grouped = f"p.point, {besides}" if besides else "p.point"
    entries = "entries"
    stretch = stretch_of(first)
    if stretch is not None:
        points, entries = _in_boxes(points, *stretch, engine)
        conditions.insert(1, "e.box = p.box")
    joined = f"FROM {points} p\nJOIN {entries} e ON {every(conditions)}"
    return f"SELECT p.point, {listed(columns)}\n{joined}\nGROUP BY {grouped}"


def _in_boxes(points: str, offset: Millis, span: Millis, engine: Engine) -> tuple[str, str]:
    """Points and entries in boxes as long as the window: it lies in two of them, and no other needs to be looked at."""
    both = "(SELECT 0 AS back UNION ALL SELECT 1 AS back)"
    of_point = engine.whole_part(f"(p.instant - {offset})", span)
    boxed = f"(SELECT p.*, {of_point} - b.back AS box FROM {points} p CROSS JOIN {both} b)"
    return boxed, f"(SELECT e.*, {engine.whole_part('e.instant', span)} AS box FROM entries e)"


def _top_steps(wanted: Wanted, engine: Engine, points: str, name: str) -> list[Step]:
    """The sums of each text, those that are great enough, and these as a list."""
    weight = f"e.w{wanted.track}" if wanted.is_weighted else "1e0"
    total = f"sum({engine.whole_micros(faded(weight, wanted, engine))})"
    ranked = "row_number() OVER (PARTITION BY point ORDER BY total DESC, v) AS rank"
    best = (
        f"SELECT point, {engine.in_order('v', 'rank')} AS a{wanted.number}\nFROM {name}_ranked\n"
        f"WHERE rank <= {wanted.k} AND total > 0\nGROUP BY point"
    )
    return [
        _sums(wanted, total, engine, points, name),
        Step(f"{name}_ranked", f"SELECT point, v, total, {ranked}\nFROM {name}_sums"),
        Step(name, best),
    ]


def _hours_steps(wanted: Wanted, engine: Engine, points: str, name: str) -> list[Step]:
    """The count of each hour, and all 24 as a list."""
    counts = [f"CAST(coalesce(sum(CASE WHEN v = {hour} THEN total END), 0) AS {engine.number})" for hour in range(24)]
    hours = engine.as_list([tagged(count, "number", engine) for count in counts])
    return [
        _sums(wanted, "count(*)", engine, points, name),
        Step(name, f"SELECT point, {hours} AS a{wanted.number}\nFROM {name}_sums\nGROUP BY point"),
    ]


def _sums(wanted: Wanted, total: str, engine: Engine, points: str, name: str) -> Step:
    """The total for each point and value."""
    value = f"e.v{wanted.track}"
    text = _joined([wanted], [f"{value} AS v", f"{total} AS total"], engine, points=points, besides=value)
    return Step(f"{name}_sums", text)


_STEPWISE: Mapping[Making, Callable[[Wanted, Engine, str, str], list[Step]]] = {
    "top": _top_steps,
    "hours": _hours_steps,
}
"""What is made in more than one step."""
