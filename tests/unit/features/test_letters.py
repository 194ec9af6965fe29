"""Small letters and capitals."""

import duckdb
import pytest

from opportune.features.letters import lower, upper

SURROGATES = range(0xD800, 0xE000)
EVERY = [code for code in range(1, 0x110000) if code not in SURROGATES]


@pytest.mark.parametrize(
    ("text", "small"), [("OSLO", "oslo"), ("ÀÉΣ", "àéσ"), ("İSTANBUL", "istanbul"), ("ẞ", "ß"), ("ΑΣ", "ασ")]
)
def test_each_letter_is_made_small_by_itself(text: str, small: str) -> None:
    assert lower(text) == small


@pytest.mark.parametrize(
    ("text", "capitals"), [("Oslo", "OSLO"), ("straße", "STRAẞE"), ("ŉ é", "ŉ É"), ("ﬁ", "ﬁ"), ("ᾳ", "ᾼ"), ("ı", "I")]
)
def test_each_letter_is_made_a_capital_by_itself(text: str, capitals: str) -> None:
    assert upper(text) == capitals


def test_letters_that_unicode_paired_later_stay() -> None:
    later = "".join(map(chr, (0x19B, 0x264, 0x1C89, 0xA7DC, 0x10D50, 0x10D85)))
    assert (lower(later), upper(later)) == (later, later)


def test_every_character_changes_as_in_duckdb() -> None:
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT lower(chr(c)), upper(chr(c)) FROM (SELECT unnest(?) AS c)", [EVERY]
        ).fetchall()
    assert [(lower(chr(code)), upper(chr(code))) for code in EVERY] == found
