"""The entries that features look at, one row for each event that any of them takes, with what each takes of it."""

from collections.abc import Iterator, Sequence

from opportune.events.names import PASSIVE
from opportune.features.emit import Looked, emitted, extracted, tagged
from opportune.features.expression import Expression, LocalPart, Node, Read, walk
from opportune.features.history_engine import Engine
from opportune.features.history_query import Step, listed
from opportune.features.history_reads import key_text, local_part, statement, stating
from opportune.features.history_wanted import Track
from opportune.features.series import MOST_NUMBER

OF_SOMEBODY_ASKED = (
    "coalesce(o.life, e.user) IN (SELECT life FROM asked) AND e.instant <= (SELECT max(instant) FROM asked)"
)
"""What else an event must be that any point could see."""
CLOCKED = (
    "SELECT s.*, s.instant + z.ahead AS clock\nFROM scanned s\n"
    "JOIN zone_offsets z ON z.zone = s.zone AND z.since <= s.instant AND s.instant < z.until"
)


def entry_steps(tracks: Sequence[Track], engine: Engine, *, zone: str) -> list[Step]:
    """``entries``: life, instant, seq, seen, n, and for each track i its value v<i>, weight w<i> and key k<i>.

    ``n`` orders the entries of a life by (instant, seq). A value that is NULL is no entry. ``zone`` is that of events
    which tell none.
    """
    scan = _Scan(tracks, engine, zone)
    steps = [Step("scanned", scan.text(), is_view=True)]
    if scan.has_clock:
        steps.append(Step("clocked", CLOCKED, is_view=True))
    columns = [column for place, track in enumerate(tracks) for column in scan.columns(place, track)]
    steps.append(
        Step("taken", f"SELECT life, instant, seq, seen, {listed(columns)}\nFROM {steps[-1].name}", is_view=True)
    )
    is_entry = " OR ".join(f"v{place} IS NOT NULL" for place in range(len(tracks)))
    order = "row_number() OVER (PARTITION BY life ORDER BY instant, seq)"
    steps.append(Step("entries", f"SELECT *, {order} AS n\nFROM taken\nWHERE {is_entry}"))
    return steps


class _Scan:
    """The events that concern any track, with everything that is read of them in columns of its own."""

    def __init__(self, tracks: Sequence[Track], engine: Engine, zone: str) -> None:
        self._tracks, self._engine, self._zone = tracks, engine, zone
        nodes = [node for track in tracks for node in _nodes(track)]
        self.has_clock = any(track.form == "hour" for track in tracks) or any(
            isinstance(each, LocalPart) for each in nodes
        )
        self._reads: dict[str, str] = {}
        for node in nodes:
            if isinstance(node, Read) and node.source != "event":
                self._reads.setdefault(repr(node), f"r{len(self._reads)}")
        self._extracts = {
            repr(node): extracted(node, engine, properties="e.properties", context="e.context")
            for node in nodes
            if isinstance(node, Read) and node.source != "event"
        }

    def text(self) -> str:
        """The SELECT that reads events."""
        columns = ["coalesce(o.life, e.user) AS life", "e.instant", "e.seq", "e.name"]
        columns.append("greatest(e.seq, coalesce(o.since, 0)) AS seen")
        columns += [f"{self._extracts[key]} AS {column}" for key, column in self._reads.items()]
        columns += [f"{statement(t.trait, self._engine)} AS s{i}" for i, t in enumerate(self._tracks) if t.trait]
        columns += [f"{key_text(t.by, self._engine)} AS k{i}" for i, t in enumerate(self._tracks) if t.by is not None]
        if self.has_clock:
            columns.append(f"coalesce(z.name, {self._engine.literal(self._zone)}) AS zone")
        joined = "LEFT JOIN owned_lives o ON o.name = e.user AND o.first <= e.seq AND e.seq < o.until"
        if self.has_clock:
            stated = self._engine.json_text(self._engine.json_at("e.context", ("timezone",)))
            joined += f"\nLEFT JOIN zone_names z ON z.name = {stated}"
        return f"SELECT {listed(columns)}\nFROM events e\n{joined}\nWHERE ({self._concerns()})\nAND {OF_SOMEBODY_ASKED}"

    def _concerns(self) -> str:
        names: set[str] = set()
        others: list[str] = []
        for track in self._tracks:
            if track.form == "stated":
                others.append(stating(self._engine))
            elif track.chosen.names is None:
                others.append(_is_active("e.name", self._engine))
            else:
                names |= set(track.chosen.names)
        if names:
            others.append(_is_named("e.name", sorted(names), self._engine))
        return " OR ".join(f"({each})" for each in dict.fromkeys(others))

    def columns(self, place: int, track: Track) -> Iterator[str]:
        """The value of the track, and its weight and key if it has them; NULL of events that it does not take."""
        taken = [] if track.form == "stated" else [self._taken(track)]
        if track.by is not None:
            taken.append(f"k{place} IS NOT NULL")
            yield f"k{place}"
        if track.form == "stated":
            yield f"s{place} AS v{place}"
            return
        value = self._value(track)
        if track.weight is not None:
            weight = self._emitted(track.weight.node)
            taken.append(_is_amount(weight))
            yield f"CASE WHEN {_is_amount(weight)} THEN {weight} END AS w{place}"
        yield f"CASE WHEN {' AND '.join(taken)} THEN {value} END AS v{place}"

    def _taken(self, track: Track) -> str:
        names = track.chosen.names
        is_named = _is_active("name", self._engine) if names is None else _is_named("name", names, self._engine)
        where = track.chosen.where
        return is_named if where is None else f"{is_named} AND {self._emitted(where.node)}"

    def _value(self, track: Track) -> str:
        engine = self._engine
        if track.form == "hour":
            return local_part("hour", "clock", engine)
        if track.argument is None:
            return "TRUE"
        value, kind = self._emitted(track.argument.node), track.argument.kind
        match track.form:
            case "micros":
                return f"CASE WHEN {_is_amount(value)} THEN {engine.whole_micros(value)} END"
            case "size":
                return f"CASE WHEN {_is_amount(value)} THEN {value} END"
            case "distinct" | "weighed":
                return f"CASE WHEN {engine.is_kept(value, kind)} THEN {tagged(value, kind, engine)} END"
            case _:
                return f"CASE WHEN {engine.is_kept(value, kind)} THEN {value} END"

    def _emitted(self, node: Node) -> str:
        def name_of(looked: Looked) -> str:
            if isinstance(looked, LocalPart):
                return local_part(looked.part, "clock", self._engine)
            return self._reads[repr(looked)] if repr(looked) in self._reads else "name"

        return f"({emitted(node, name_of, self._engine)})"


def _nodes(track: Track) -> Iterator[Node]:
    expressions: tuple[Expression | None, ...] = (track.chosen.where, track.argument, track.weight)
    for expression in expressions:
        if expression is not None:
            yield from walk(expression.node)


def _is_amount(number: str) -> str:
    return f"{number} BETWEEN -{MOST_NUMBER} AND {MOST_NUMBER}"


def _is_named(name: str, names: Sequence[str], engine: Engine) -> str:
    return f"{name} IN ({listed(engine.literal(each) for each in names)})" if names else "FALSE"


def _is_active(name: str, engine: Engine) -> str:
    return f"{name} NOT IN ({listed(engine.literal(each) for each in sorted(PASSIVE))})"
