"""What DuckDB spells in its own way; all of it runs in tests/unit/features/test_emit.py."""

from opportune.features.dialect import DUCKDB


def test_a_short_operand_is_written_again_and_a_long_one_gets_a_name() -> None:
    assert DUCKDB.let("x", "let_1", lambda value: f"f({value}, {value})") == "f(x, x)"
    long = "x" * 201
    assert (
        DUCKDB.let(long, "let_1", lambda value: f"f({value})") == f"list_transform([{long}], lambda let_1: f(let_1))[1]"
    )


def test_a_text_keeps_its_quotes_and_backslashes() -> None:
    assert DUCKDB.literal("it's \\") == "'it''s \\'"
    assert DUCKDB.literal("a\0b") == "('a' || chr(0) || 'b')"


def test_a_star_is_a_name_like_any_other() -> None:
    assert DUCKDB.json_at("p", ("a", "b")) == 'json_extract(p, \'$."a"."b"\')'
    assert DUCKDB.json_at("p", ("0", "a*/~")) == "json_extract(json_extract(p, '$.\"0\"'), '/a*~1~0')"
