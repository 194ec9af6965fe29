"""Features at points of history as a file to learn from: at any instants, or at those of logged decisions (R5)."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from opportune.adapters.history.answering import Answer, Asked, answer
from opportune.adapters.history.archive import Archive, connected
from opportune.errors import Unavailable
from opportune.events.event import Published
from opportune.features.history import Setting
from opportune.features.history_engine import ENGINE
from opportune.features.history_query import quoted
from opportune.features.sql_words import nearest
from opportune.playbook.compiling import idle_of
from opportune.playbook.definition import Playbook
from opportune.playbook.folder import load
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import History
from opportune.wiring.cli.store import read
from opportune.wiring.exporting import Order, export
from opportune.wiring.publications import Versions
from opportune.wiring.rows_out import What

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

WHAT: Final[tuple[What, ...]] = ("events", "merges", "decisions", "endings")
_READERS: Final = {".parquet": "read_parquet", ".csv": "read_csv", ".ndjson": "read_json", ".jsonl": "read_json"}
_DECISIONS: Final = (
    'SELECT d.id AS decision, d."user", d.due AS "at", d.seq + 1 AS seq, {made} AS "@made", d.journey, '
    'd."key", d.message, d.channel, d.variant, d."at" AS planned_at, d.code, d.worth_millionths, '
    'd.propensity_millionths, d.playbook, e.outcome, e.code AS ended_code, e."at" AS ended_at{keys} '
    "FROM decisions d LEFT JOIN endings e ON e.decision = d.id ORDER BY d.seq, d.id"
)


class Wish(Struct, frozen=True):
    """Which features, where, of which history; without ``at`` the points are the logged decisions."""

    at: Path | None = None
    history: Path | None = None
    """A folder of Parquet files; without one, ``store``."""
    store: Path = Path("opportune.db")
    playbook: Path | None = None
    """A playbook's folder; without one, the newest that ``store`` holds."""
    only: tuple[str, ...] = ()
    """Names of features; empty: all."""


@contextmanager
def training_set(wish: Wish, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> Iterator[tuple[Answer, Asked]]:
    """The table, for as long as the block lasts, and the points that it is of.

    Raises PlaybookError for a playbook that cannot be used, and Unavailable for what cannot be read, lacks a column, or
    names a feature that is none.
    """
    with ExitStack() as stack:
        history = stack.enter_context(read(wish.store)) if wish.history is None or wish.playbook is None else None
        playbook = _playbook(wish, history, policies)
        names = _names(wish.only, playbook)
        folder = wish.history or _exported(Path(stack.enter_context(TemporaryDirectory())), history)
        connection = stack.enter_context(connected())
        archive = Archive(connection, folder)
        asked = _asked(archive, wish, playbook)
        setting = Setting(idle_of(playbook), playbook.lateness, playbook.zone, is_hindsight=asked.is_hindsight)
        yield answer(archive, asked, playbook.features, names, setting), asked


def _playbook(wish: Wish, history: History | None, policies: Mapping[str, type[Policy]]) -> Playbook:
    if wish.playbook is not None:
        return load(wish.playbook, policies=policies)
    assert history is not None
    name = history.base().playbook
    for entry in history.log():
        if isinstance(entry, Published):
            name = entry.playbook
    if not name:
        raise Unavailable(f"{wish.store}: no playbook was ever published in it; --playbook names a folder")
    return Versions(history, policies=policies).playbook(name)


def _names(only: Sequence[str], playbook: Playbook) -> Sequence[str]:
    known = list(playbook.features)
    for name in only:
        if name not in playbook.features:
            there = nearest(name, known) or f"; there are {', '.join(known) or 'none'}"
            raise Unavailable(f"there is no feature {name!r}{there}")
    if not known:
        raise Unavailable("the playbook has no features; they stand in its features.yaml")
    return list(dict.fromkeys(only)) or known


def _exported(folder: Path, history: History | None) -> Path:
    assert history is not None
    for what in WHAT:
        export(history, Order(what, "parquet"), folder)
    return folder


def _asked(archive: Archive, wish: Wish, playbook: Playbook) -> Asked:
    if wish.at is not None:
        return Asked(archive, _table(archive.connection, wish.at), str(wish.at))
    try:
        archive.view("decisions")
    except Unavailable:
        if wish.history is not None:
            raise
        raise Unavailable(f"{wish.store}: nothing was decided in it yet; --at names points of your own") from None
    archive.view("endings", columns=_ENDED)
    made = "coalesce(d.made, 0)" if "made" in archive.connection.view("decisions").columns else "0"
    return Asked(archive, archive.connection.sql(_DECISIONS.format(keys=_keys(playbook), made=made)), "decisions")


_ENDED: Final = 'NULL::VARCHAR AS decision, NULL::VARCHAR AS outcome, NULL::VARCHAR AS code, NULL::TIMESTAMP AS "at"'


def _keys(playbook: Playbook) -> str:
    """The keys of runs under the names of the properties they were read from, where features are BY them."""
    paths = {each.aggregate.by for each in playbook.features.values() if each.aggregate is not None}
    columns = []
    for path in sorted(path for path in paths if path is not None and path != "key"):
        journeys = [ENGINE.literal(each.name) for each in playbook.journeys.values() if each.key == path]
        if journeys:
            is_keyed = f"d.journey IN ({', '.join(journeys)})"
            columns.append(f", CASE WHEN {is_keyed} THEN nullif(d.\"key\", '') END AS {quoted(path)}")
    return "".join(columns)


def _table(connection: "DuckDBPyConnection", path: Path) -> "DuckDBPyRelation":
    reader = _READERS.get(path.suffix)
    if reader is None:
        raise Unavailable(f"{path}: points are read from {', '.join(_READERS)} files")
    if not path.is_file():
        raise Unavailable(f"{path}: there is no such file")
    file = ENGINE.literal(str(path))
    found = connection.sql(f"SELECT * FROM {reader}({file})")
    if path.suffix == ".csv" and "user" in found.columns:
        return connection.sql(f"SELECT * FROM {reader}({file}, types = {{'user': 'VARCHAR'}})")  # 007 is not 7
    return found
