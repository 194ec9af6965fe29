"""Features over history as SQL: the value that each had at given points, exactly as it is live (R4, R5, R11).

What is asked of an engine are relations with these columns; instants are milliseconds since 1970 UTC:

- ``events``: user, name, instant, seq, received, is_history, properties, context (JSON); what a step has emitted is
  no sign of activity either, and says ``is_history`` as well;
- ``owned_lives``: name, first, until, life, since, and ``asked_lives``: name, after, upto, life (``history_lives``);
- ``zone_names``: name, and ``zone_offsets``: zone, since, until, ahead: zones, and the milliseconds they are ahead of
  UTC at instants in [since, until);
- ``points``: point (a number of its own), user, instant, place, and a column ``key_column(path)`` for each property
  that a feature is BY. Entries count that stand in the log before ``place``.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from opportune.features.expression import Read, walk
from opportune.features.feature import Feature, kinds
from opportune.features.history_engine import ENGINE, Engine
from opportune.features.history_entries import entry_steps
from opportune.features.history_formulas import Looks, clock_steps, formula_steps
from opportune.features.history_join import join_steps
from opportune.features.history_made import aggregates, key_column, read_out, since_column
from opportune.features.history_query import Query, Step, listed, own, quoted
from opportune.features.history_sessions import session_steps
from opportune.features.history_sweep import sweep_steps
from opportune.features.history_wanted import Wanted, Wishes
from opportune.features.window import InSession, SinceEvent
from opportune.units import Millis

POINT: Final = quoted("@point")
"""The column of the answer that says which point a row is of; no feature can be called so."""


class Setting(Struct, frozen=True):
    """What a playbook says besides its features, and how points are read."""

    idle: Millis
    lateness: Millis
    zone: str
    """That of users, and events, of whom no zone is known."""
    is_hindsight: bool = False
    """Every point sees all that ever arrived: its ``place`` is ``FOREVER``."""


def needed(features: Mapping[str, Feature], names: Sequence[str]) -> list[Feature]:
    """These features and all that they read, each after those that it reads."""
    found: dict[str, Feature] = {}

    def add(name: str) -> None:
        formula = features[name].formula
        for node in walk(formula.node) if formula is not None else ():
            if isinstance(node, Read) and node.source == "feature" and node.path not in found:
                add(node.path)
        found[name] = features[name]

    for name in names:
        add(name)
    return list(found.values())


def keys_of(features: Sequence[Feature]) -> list[str]:
    """The properties that these features are BY, as paths."""
    paths = {each.aggregate.by for each in features if each.aggregate is not None and each.aggregate.by is not None}
    return sorted(paths)


def history_query(
    features: Mapping[str, Feature], names: Sequence[str], setting: Setting, *, engine: Engine = ENGINE
) -> Query:
    """The SQL that answers with ``"@point"`` and one column for each of these features, by name.

    Columns are BIGINT for counts, DOUBLE for other numbers, VARCHAR for texts, BOOLEAN, arrays of tagged texts for
    lists, and tagged texts (``emit.tagged``) where the kind is unknown.
    """
    return _Plan(needed(features, names), names, setting, engine).query()


class _Plan:
    """Collects what is wanted, and puts the steps together."""

    def __init__(self, features: Sequence[Feature], names: Sequence[str], setting: Setting, engine: Engine) -> None:
        self._features, self._names, self._setting, self._engine = features, names, setting, engine
        self._wishes = Wishes()
        self._aggregates = {
            each.name: self._wishes.aggregate(each.aggregate) for each in features if each.aggregate is not None
        }
        self._looks = Looks([each.formula for each in features if each.formula is not None], self._wishes)
        windows = [each.window for each in self._wishes.wanted.values()]
        self._since = {
            window.event: self._wishes.newest(window.event) for window in windows if isinstance(window, SinceEvent)
        }
        self._has_sessions = any(isinstance(window, InSession) for window in windows)

    def query(self) -> Query:
        """All steps, and the answer."""
        wanted = list(self._wishes.wanted.values())
        early = [each for each in wanted if each.is_swept]
        later = [each for each in wanted if each.is_swept_later and self._engine.has_moving_frames]
        steps = [Step("asked", self._asked())]
        if wanted:
            tracks = list(self._wishes.tracks.values())
            steps += entry_steps(tracks, self._engine, zone=self._setting.zone)
        made: dict[str, str] = {}
        if early:
            steps += self._swept(early, made, points="asked", name="early")
        steps += self._bounded()
        if later:
            steps += self._swept(later, made, points="bounded", name="later")
        rest = [each for each in wanted if each not in early and each not in later]
        joins, joined = join_steps(rest, self._engine, points="bounded", prefix="joined")
        steps += [*joins, self._made(made | joined)]
        if self._looks.has_clock:
            steps += clock_steps(self._looks, self._engine, points="made", zone=self._setting.zone)
        steps.append(self._valued(steps[-1].name))
        steps += formula_steps(self._features, kinds(self._features), self._looks, self._engine, points="valued")
        columns = listed(f"{own(name)} AS {quoted(name)}" for name in self._names)
        return Query((*steps, Step("answer", f"SELECT point AS {POINT}, {columns}\nFROM {steps[-1].name}")))

    def _asked(self) -> str:
        keys = "".join(f", p.{key_column(path)}" for path in keys_of(self._features))
        return (
            f"SELECT p.point, coalesce(a.life, p.user) AS life, p.instant, p.place{keys}\nFROM points p\n"
            "LEFT JOIN asked_lives a ON a.name = p.user AND a.after < p.place AND p.place <= a.upto"
        )

    def _bounded(self) -> list[Step]:
        """``bounded``: the points with where their windows begin."""
        steps: list[Step] = []
        columns, joined = ["p.*"], ""
        if self._has_sessions:
            setting = self._setting
            steps += session_steps(
                self._engine, idle=setting.idle, lateness=setting.lateness, is_hindsight=setting.is_hindsight
            )
            columns.append("s.session")
            joined += "\nLEFT JOIN sessions s ON s.point = p.point"
        if self._since:
            columns += [f"b.a{each.number} AS {since_column(event)}" for event, each in self._since.items()]
            joined += "\nLEFT JOIN early b ON b.point = p.point"
        return [*steps, Step("bounded", f"SELECT {listed(columns)}\nFROM asked p{joined}")]

    def _swept(self, wanted: Sequence[Wanted], made: dict[str, str], *, points: str, name: str) -> list[Step]:
        """The steps of one pass; ``made`` hears in which relation its columns are."""
        made.update((column, name) for each in wanted for column in aggregates(each, self._engine))
        is_hindsight = self._setting.is_hindsight
        return sweep_steps(wanted, self._engine, points=points, name=name, is_hindsight=is_hindsight)

    def _made(self, made: Mapping[str, str]) -> Step:
        """``made``: the points with all that was made for them, by column in which relation."""
        columns = ["p.*", *(f"{relation}.{name}" for name, relation in made.items())]
        joined = "".join(f"\nLEFT JOIN {name} ON {name}.point = p.point" for name in dict.fromkeys(made.values()))
        return Step("made", f"SELECT {listed(columns)}\nFROM asked p{joined}", is_view=True)

    def _valued(self, points: str) -> Step:
        values = [f"{read_out(each, self._engine)} AS {own(name)}" for name, each in self._aggregates.items()]
        return Step("valued", f"SELECT {listed(['*', *values])}\nFROM {points}", is_view=True)
