"""Nodes as SQL; that whole conditions have the same values is a law (tests/laws/test_parity_conditions.py)."""

import json

import duckdb
import pytest

from opportune.features.condition import expression
from opportune.features.dialect import DUCKDB
from opportune.features.emit import emitted, extracted, json_as, tagged, value_of_tagged
from opportune.features.expression import (
    Arithmetic,
    Call,
    Constant,
    Contains,
    Happened,
    Kind,
    LocalPart,
    Negative,
    Node,
    Read,
)
from opportune.features.values import found_at, value_as
from opportune.units import Scalar

X = Read("property", "x", "number")
T = Read("property", "t", "text")


def in_duckdb(node: Node, **columns: str) -> object:
    """The node over one row of these columns."""
    looked = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    sql = emitted(node, lambda read: read.path if isinstance(read, Read) else type(read).__name__, DUCKDB)
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT {sql} FROM (SELECT {looked})").fetchone()
    assert row is not None
    return row[0]


def chain(depth: int, made: str) -> Node:
    """A node in a node in a node, so deep."""
    node: Node = X
    for _ in range(depth):
        match made:
            case "divisor":
                node = Arithmetic("/", Constant(4.0), node)
            case "nullif":
                node = Call("nullif", (node, Constant(1.0)), "number")
            case _:
                node = Call("coalesce", (Arithmetic("+", node, Constant(1.0)), Constant(0.0)), "number")
    return node


@pytest.mark.parametrize("made", ["divisor", "nullif", "coalesce"])
def test_the_sql_grows_no_faster_than_the_node(made: str) -> None:
    texts = [emitted(chain(depth, made), lambda _: "x", DUCKDB) for depth in (8, 16, 32)]
    assert len(texts[2]) < 2.5 * len(texts[1]) < 6 * len(texts[0])
    assert in_duckdb(chain(32, made), x="2e0") == (34 if made == "coalesce" else 2)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x * 10 > 0", None),
        ("-x * 10 < 0", None),
        ("1 / (x * 10)", None),
        ("x / (x - x)", None),
        ("1 / -(x * 10)", None),
        ("x - x", 0),
        ("x * 10 - x * 10", None),
        ("coalesce(x * 10, 7)", 7),
        ("1 / x", 1e-308),
    ],
)
def test_what_is_no_finite_number_is_null(text: str, value: Scalar) -> None:
    assert in_duckdb(expression(text).node, x="1e308") == value


def test_numbers_are_doubles_however_they_are_written() -> None:
    assert in_duckdb(expression("0.1 + 0.2 - x").node, x="0.3e0") == 0.1 + 0.2 - 0.3
    assert in_duckdb(expression("CASE WHEN x > 1 THEN 9007199254740992 ELSE 0.5 END").node, x="2e0") == 2.0**53


def test_a_backslash_is_no_escape() -> None:
    assert in_duckdb(expression("t LIKE '10\\%'").node, t="'10\\5'") is True
    assert in_duckdb(expression("t LIKE '10\\%'").node, t="'10%'") is False


def test_quotes_and_what_cannot_be_printed_stay_in_a_text() -> None:
    assert in_duckdb(Call("coalesce", (T, Constant("it's\0so")), "text"), t="NULL") == "it's\0so"


def test_null_has_the_type_of_its_place() -> None:
    for kind in ("number", "text", "boolean", "list", "unknown"):
        only_null = Call("coalesce", (Constant(None), Constant(None)), kind)
        assert in_duckdb(only_null, x="1") is None


def test_what_is_looked_up_has_the_name_it_is_given() -> None:
    assert in_duckdb(LocalPart("hour"), LocalPart="13e0") == 13
    assert in_duckdb(Happened("A", None), Happened="TRUE") is True


def test_a_list_contains_what_has_the_same_kind_and_value() -> None:
    many = Read("feature", "many", "list")
    column = "['t:a', 'n:3.0', 't:4']"
    for item, value in (("a", True), ("b", False), (3, True), (3.0, True), (4, False), (-0.0, False), (True, False)):
        assert in_duckdb(Contains(many, Constant(item)), many=column) is value
    assert in_duckdb(Contains(many, Constant("a")), many="CAST(NULL AS VARCHAR[])") is None
    assert in_duckdb(Contains(many, Read("property", "x", "unknown")), many=column, x="'t:4'") is True


def test_a_condition_that_is_no_condition_is_our_fault() -> None:
    with pytest.raises(TypeError, match="neither TRUE nor FALSE"):
        emitted("no node", lambda _: "", DUCKDB)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "kind", "value"),
    [
        ("0e0", "number", 0),
        ("-0e0", "number", 0),
        ("1.5e0", "number", 1.5),
        ("9007199254740992e0", "number", 2**53),
        ("5e-324", "number", 5e-324),
        ("''", "text", ""),
        ("'n:1'", "text", "n:1"),
        ("TRUE", "boolean", True),
        ("FALSE", "boolean", False),
        ("CAST(NULL AS DOUBLE)", "number", None),
        ("CAST(NULL AS BOOLEAN)", "boolean", None),
        ("'t:x'", "unknown", "x"),
    ],
)
def test_a_tagged_text_stands_for_its_value(said: str, kind: Kind, value: Scalar) -> None:
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT {tagged('v', kind, DUCKDB)} FROM (SELECT {said} AS v)").fetchone()
    assert row is not None
    assert value_of_tagged(row[0]) == value
    assert row[0] != "n:-0.0"


JSON = {
    "n": 5,
    "big": 2**64 + 1,
    "huge": 10**400,
    "s": 'a"b\\c\0',
    "digits": "5",
    "yes": True,
    "no": False,
    "nothing": None,
    "list": [1, {"b": 2}],
    "object": {"b": 3, "nothing": None, "c": {"d": "deep"}},
    "object.b": None,
    "flat.b": 4,
    "list.b": None,
    "star*": {"*": 7},
    "*": 8,
    'q"\\q': {"0": 9},
    "0": [10],
}
PATHS = (
    "n",
    "big",
    "huge",
    "s",
    "digits",
    "yes",
    "no",
    "nothing",
    "list",
    "object",
    "absent",
    "object.b",
    "object.c.d",
    "object.nothing.x",
    "flat.b",
    "list.b",
    "list.0",
    "n.b",
    "s.x",
    "star*.*",
    "*",
    'q"\\q.0',
    "0.0",
    "object.*",
    "/n",
    "~1",
    "$",
)


@pytest.mark.parametrize("kind", ["number", "text", "boolean", "unknown", "list"])
def test_a_value_in_json_is_found_where_a_live_one_is(kind: Kind) -> None:
    columns = ", ".join(extracted(Read("property", path, kind), DUCKDB, properties="p") for path in PATHS)
    with duckdb.connect() as connection:
        row = connection.execute(f"SELECT {columns} FROM (SELECT ? AS p)", [json.dumps(JSON)]).fetchone()
    assert row is not None
    found = [value_of_tagged(value) for value in row] if kind == "unknown" else list(row)
    assert found == [value_as(found_at(JSON, path), kind) for path in PATHS]


@pytest.mark.parametrize(("said", "value"), [("5", 5), ("null", 7), ('"x"', None), (None, 7)])
def test_a_name_is_the_trait_where_the_event_has_no_such_property(said: str | None, value: Scalar) -> None:
    sql = extracted(Read("name", "x", "number"), DUCKDB, properties="p", trait="7e0")
    stored = "{}" if said is None else f'{{"x": {said}}}'
    alone = extracted(Read("name", "x", "number"), DUCKDB, properties="p")
    with duckdb.connect() as connection:
        assert connection.execute(f"SELECT {sql} FROM (SELECT ? AS p)", [stored]).fetchone() == (value,)
        assert connection.execute(f"SELECT {alone} FROM (SELECT ? AS p)", [stored]).fetchone() == (
            5 if said == "5" else None,
        )
        assert connection.execute(f"SELECT {sql} FROM (SELECT NULL AS p)").fetchone() == (7,)


def test_context_is_read_from_the_context_and_a_trait_is_not_in_an_event() -> None:
    with duckdb.connect() as connection:
        sql = extracted(Read("context", "page.path", "text"), DUCKDB)
        row = connection.execute(f"SELECT {sql} FROM (SELECT ? AS context)", ['{"page": {"path": "/a"}}']).fetchone()
    assert row == ("/a",)
    with pytest.raises(TypeError, match="is not read from an event"):
        extracted(Read("trait", "city", "text"), DUCKDB)


def test_json_without_a_column_is_null() -> None:
    with duckdb.connect() as connection:
        texts = ", ".join(json_as("p", kind, DUCKDB) for kind in ("number", "text", "boolean", "unknown"))
        assert connection.execute(f"SELECT {texts} FROM (SELECT NULL AS p)").fetchone() == (None,) * 4


def test_minus_a_read_is_minus_it() -> None:
    assert in_duckdb(Negative(X), x="2e0") == -2
