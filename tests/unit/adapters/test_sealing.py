from hypothesis import given
from hypothesis import strategies as st
from pytest import raises

from opportune.adapters.sealing import MOST_BYTES, Sealer, token_of

SEALER = Sealer(b"s" * 32, "test")


@given(st.binary(max_size=300))
def test_what_was_sealed_can_be_opened(text: bytes) -> None:
    assert SEALER.opened(SEALER.seal(text)) == text


@given(st.binary(max_size=100), st.data())
def test_a_changed_token_does_not_open(text: bytes, data: st.DataObject) -> None:
    token = SEALER.seal(text)
    place = data.draw(st.integers(0, len(token) - 1))
    sign = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/. é"))
    changed = token[:place] + sign + token[place + 1 :]
    assert changed == token or SEALER.opened(changed) is None
    assert SEALER.opened(token[:place]) is None
    assert SEALER.opened(token + sign) is None


def test_a_token_for_another_purpose_or_with_another_secret_does_not_open() -> None:
    token = SEALER.seal(b"ann")
    assert Sealer(b"s" * 32, "other").opened(token) is None
    assert Sealer(b"t" * 32, "test").opened(token) is None


def test_a_token_does_not_show_its_text_and_two_texts_share_no_stream() -> None:
    one, two = SEALER.seal(b"ann@example.com" * 4), SEALER.seal(b"bea@example.com" * 4)
    assert "ann" not in one and one[:22] != two[:22] and one[22:60] != two[22:60]


def test_the_same_text_has_the_same_token() -> None:
    assert SEALER.seal(b"ann") == Sealer(b"s" * 32, "test").seal(b"ann")


def test_a_text_that_is_too_long_is_refused_and_a_long_token_not_looked_at() -> None:
    with raises(ValueError, match="at most 4096 bytes"):
        SEALER.seal(b"x" * (MOST_BYTES + 1))
    assert SEALER.opened("A" * 1_000_000) is None


def test_a_name_is_known_again_by_its_token_and_names_do_not_run_together() -> None:
    assert token_of(b"k", "ann") == token_of(b"k", "ann") != token_of(b"j", "ann")
    assert token_of(b"k", "a", "nn") != token_of(b"k", "an", "n")
