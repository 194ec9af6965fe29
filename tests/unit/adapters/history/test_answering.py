"""Points in whatever form they come, and answers in whatever form they are wanted."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from opportune.adapters.history.answering import Answer, Asked, answer
from opportune.adapters.history.archive import Archive, connected
from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import Unavailable
from opportune.features.feature import features_from
from opportune.features.history import Setting, history_query
from opportune.features.history_engine import ENGINE, Engine
from opportune.ports import Batch
from opportune.wiring.exporting import Order, export
from tests.unit.features.asking_history import IDLE, LATENESS, NOW, happened

FEATURES = features_from({"many": "COUNT() BY key", "newest": "LAST(word)", "best": "TOP(2, word)", "all": "COUNT()"})


class Still(Engine):
    """An engine whose frames begin at the same distance from every row."""

    has_moving_frames = False


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    store = MemoryStore()
    log = [happened(seq, "A", NOW, key=key, word=f"w{key}", x=seq) for seq, key in enumerate((1, 1, 2.5, "true"), 1)]
    store.commit_now(Batch(inputs=tuple(log)))
    export(store, Order("events", "parquet"), tmp_path)
    with connected() as connection:
        yield Archive(connection, tmp_path)


def answered(archive: Archive, points: str) -> Answer:
    asked = Asked(archive, archive.connection.sql(points), "points")
    setting = Setting(IDLE, LATENESS, "UTC", is_hindsight=asked.is_hindsight)
    return answer(archive, asked, FEATURES, list(FEATURES), setting)


@pytest.mark.parametrize(
    ("instant", "count"),
    [
        (f"{NOW}", 4),
        (f"{NOW - 1}", 0),
        (f"{NOW // 1000}", 4),
        (f"{NOW // 1000 - 1}", 0),
        (f"make_timestamp({NOW * 1000})", 4),
        (f"make_timestamp({NOW * 1000 - 1})", 0),
        (f"to_timestamp({NOW // 1000})", 4),
        ("DATE '2026-09-22'", 4),
        ("DATE '2026-09-21'", 0),
        ("'2026-09-21T14:13:20Z'", 4),
        ("'2026-09-21T16:13:20+02:00'", 4),
        ("'2026-09-21 14:13:19.999'", 0),
        (f"make_timestamp({NOW * 1000})::TIMESTAMP_S", 4),
    ],
)
def test_an_instant_may_be_written_in_many_ways(archive: Archive, instant: str, count: int) -> None:
    (row,) = answered(archive, f'SELECT \'ann\' AS "user", {instant} AS "at"').rows()
    assert row["all"] == count


@pytest.mark.parametrize(
    ("key", "count"),
    [
        ("1", 2),
        ("1.0::DOUBLE", 2),
        ("2.5", 1),
        ("2.50::DECIMAL(9,2)", 1),
        ("'1'", 2),
        ("TRUE", 1),
        ("''", 0),
        ("NULL", 0),
    ],
)
def test_a_key_has_one_text_whatever_its_type(archive: Archive, key: str, count: int) -> None:
    (row,) = answered(archive, f'SELECT \'ann\' AS "user", {NOW} AS "at", {key} AS "key"').rows()
    assert row["many"] == count


def test_columns_of_points_come_first_in_the_order_of_the_points(archive: Archive) -> None:
    found = answered(archive, f"SELECT * FROM (VALUES (3, 'ben', {NOW}), (1, 'ann', {NOW})) p(label, \"user\", \"at\")")
    assert found.relation.columns == ["label", "user", "at", *FEATURES, "hindsight"]
    assert [(row["label"], row["newest"], row["best"]) for row in found.rows()] == [
        (3, None, None),
        (1, "wtrue", ["w1", "w2.5"]),
    ]


def test_an_archive_can_be_asked_again_and_otherwise(archive: Archive) -> None:
    one = f'SELECT \'ann\' AS "user", {NOW} AS "at"'
    for _ in range(2):
        assert answered(archive, one).rows()[0]["all"] == 4
        assert answered(archive, one + ", 3 AS seq").rows()[0]["all"] == 2


def test_the_whole_question_has_the_answer_of_its_steps(archive: Archive) -> None:
    texts = {"all": "SUM(x) OVER SESSION", "best": "TOP(2, word) OVER LAST '1 hour'",
             "hours": "HOURS() OVER SINCE 'B'", "newest": "LAST(word) OVER SINCE 'A'", "clock": "local_hour(at) + all",
             "plan": "traits.plan"}  # fmt: skip
    features = features_from(texts)
    points = archive.connection.sql(f'SELECT \'ann\' AS "user", {NOW} AS "at", seq FROM range(1, 7) t(seq)')
    setting = Setting(IDLE, LATENESS, "UTC")
    answer(archive, Asked(archive, points, "points"), features, list(features), setting)
    steps = archive.connection.execute("FROM answer ORDER BY ALL").fetchall()
    for engine in (ENGINE, Still()):
        whole = history_query(features, list(features), setting, engine=engine).text
        assert archive.connection.execute(f"SELECT * FROM ({whole}) ORDER BY ALL").fetchall() == steps
    assert len(steps) == 6


def test_a_value_of_unknown_kind_is_written_as_live_says_it(archive: Archive) -> None:
    written = [("x", "4"), ("lower(word)", "wtrue"), ("key", "true"), ("3 * x / 8", 1.5)]
    features = features_from({f"f{place}": f"LAST({text})" for place, (text, _) in enumerate(written)})
    asked = Asked(archive, archive.connection.sql(f'SELECT \'ann\' AS "user", {NOW} AS "at"'), "points")
    found = answer(archive, asked, features, list(features), Setting(IDLE, LATENESS, "UTC", is_hindsight=True))
    assert found.relation.fetchall()[0] == ("ann", NOW, *(value for _, value in written), True)


@pytest.mark.parametrize("form", ["arrow", "pl", "df"])
def test_a_form_whose_package_is_missing_is_refused_with_what_to_install(archive: Archive, form: str) -> None:
    packages = {"arrow": ["pyarrow"], "pl": ["polars", "pyarrow"], "df": ["pandas", "numpy"]}[form]
    found = answered(archive, f'SELECT \'ann\' AS "user", {NOW} AS "at"')
    if all(find_spec(package) for package in packages):
        assert len(getattr(found, form)()) == 1
        return
    with pytest.raises(Unavailable, match="pip install"):
        getattr(found, form)()


@pytest.mark.parametrize("ending", [".parquet", ".csv", ".ndjson"])
def test_a_table_is_written_by_the_end_of_its_name(archive: Archive, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"it's{ending}"
    assert answered(archive, f'SELECT \'ann\' AS "user", {NOW} AS "at"').write(path) == 1
    read = archive.connection.execute("FROM '" + str(path).replace("'", "''") + "'")
    assert read.fetchall()[0][0] == "ann"
    with pytest.raises(Unavailable, match=r"not '\.xlsx'"):
        answered(archive, f'SELECT \'ann\' AS "user", {NOW} AS "at"').write(tmp_path / "x.xlsx")


def test_a_table_takes_the_place_of_another_and_follows_no_link(archive: Archive, tmp_path: Path) -> None:
    path, theirs = tmp_path / "table.csv", tmp_path / "theirs"
    theirs.write_text("kept")
    (tmp_path / ".table.csv.part").symlink_to(theirs)
    path.symlink_to(theirs)
    assert answered(archive, f'SELECT \'ann\' AS "user", {NOW} AS "at"').write(path) == 1
    assert theirs.read_text() == "kept"
    assert path.read_text().startswith("user,at,many") and not path.is_symlink()
    with pytest.raises(Unavailable, match="nowhere"):
        answered(archive, f'SELECT \'ann\' AS "user", {NOW} AS "at"').write(tmp_path / "nowhere" / "table.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(Unavailable, match="this is a folder"):
        answered(archive, f'SELECT \'ann\' AS "user", {NOW} AS "at"').write(tmp_path / "folder.csv")


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ('SELECT 1 AS "at"', "there is no column 'user'; there are at"),
        ('SELECT \'ann\' AS "user", NULL::BIGINT AS "at"', "row 1 has no user"),
        ('SELECT NULL::VARCHAR AS "user", 1 AS "at"', "row 1 has no user"),
        ('SELECT \'ann\' AS "user", 1 AS "at", NULL::BIGINT AS seq', "row 1 has no user"),
        ('SELECT \'ann\' AS "user", 1e23 AS "at"', "row 1 has no user, no instant in at"),
        ("SELECT 'ann' AS \"user\", 1 AS \"at\", 'x' AS seq", "or no seq; .* and seq a whole number"),
        ('SELECT \'ann\' AS "user", 1 AS "at", 2 AS Newest', "the column 'newest' is called like a feature"),
    ],
)
def test_points_that_cannot_be_read_are_refused(archive: Archive, points: str, said: str) -> None:
    with pytest.raises(Unavailable, match=said):
        answered(archive, points)
