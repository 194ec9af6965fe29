"""When the session began that a point lies in, of what had arrived by then."""

from opportune.events.names import PASSIVE
from opportune.features.history_engine import Engine
from opportune.features.history_entries import OF_SOMEBODY_ASKED
from opportune.features.history_query import Step, listed
from opportune.units import Millis


def session_steps(engine: Engine, *, idle: Millis, lateness: Millis, is_hindsight: bool) -> list[Step]:
    """``sessions``: point and ``session``, the instant of the first activity; a point out of session may be missing.

    A gap of ``idle`` or more parts two sessions. Activity that arrived later than ``lateness``, or as history, is none.
    """
    steps = [
        Step("activity", _activity(engine, lateness=lateness)),
        Step("begun", _BEGUN.format(gap=_gap("a", idle)), is_view=True),
        Step("session_rows", _ROWS, is_view=True),
        Step("session_all", _ALL, is_view=True),
        Step("session_hindsight", f"SELECT * FROM session_all WHERE point IS NOT NULL AND instant - newest < {idle}"),
    ]
    if is_hindsight:
        return [*steps, Step("sessions", "SELECT point, began AS session FROM session_hindsight")]
    return [
        *steps,
        Step("session_seen", _SEEN, is_view=True),
        Step("session_begun", _SEEN_BEGUN.format(gap=_gap("s", idle)), is_view=True),
        Step("session_again", f"{_AGAIN}\nHAVING max(point_instant) - max(instant) < {idle}"),
        Step("sessions", _BOTH),
    ]


def _activity(engine: Engine, *, lateness: Millis) -> str:
    passive = listed(engine.literal(name) for name in sorted(PASSIVE))
    return (
        "SELECT coalesce(o.life, e.user) AS life, e.instant, greatest(e.seq, coalesce(o.since, 0)) AS seen\n"
        "FROM events e\n"
        "LEFT JOIN owned_lives o ON o.name = e.user AND o.first <= e.seq AND e.seq < o.until\n"
        f"WHERE e.name NOT IN ({passive}) AND NOT e.is_history AND e.received - e.instant <= {lateness}\n"
        f"AND {OF_SOMEBODY_ASKED}"
    )


def _gap(relation: str, idle: Millis) -> str:
    before = f"{relation}.instant - lag({relation}.instant) OVER w"
    return f"CASE WHEN coalesce({before}, {idle}) >= {idle} THEN {relation}.instant END"


_BEGUN = "SELECT a.*, {gap} AS began\nFROM activity a\nWINDOW w AS (PARTITION BY a.life ORDER BY a.instant)"
_ROWS = (
    "SELECT life, instant, seen, began, instant AS active, NULL AS point, NULL AS place\nFROM begun\nUNION ALL\n"
    "SELECT life, instant, NULL, NULL, NULL, point, place\nFROM asked"
)
_OVER = "OVER (PARTITION BY r.life ORDER BY r.instant RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"
_ALL = (
    f"SELECT r.life, r.point, r.place, r.instant, max(r.active) {_OVER} AS newest, max(r.began) {_OVER} AS began,"
    f" max(r.seen) {_OVER} AS seen\nFROM session_rows r"
)
_SEEN = (
    "SELECT h.point, h.instant AS point_instant, a.instant\nFROM session_hindsight h\n"
    "JOIN activity a ON a.life = h.life AND a.instant >= h.began AND a.instant <= h.instant AND a.seen < h.place\n"
    "WHERE h.seen >= h.place"
)
_SEEN_BEGUN = "SELECT s.*, {gap} AS began\nFROM session_seen s\nWINDOW w AS (PARTITION BY s.point ORDER BY s.instant)"
_AGAIN = "SELECT point, max(began) AS session\nFROM session_begun\nGROUP BY point"
_BOTH = (
    "SELECT point, began AS session FROM session_hindsight WHERE seen < place\n"
    "UNION ALL\nSELECT point, session FROM session_again"
)
