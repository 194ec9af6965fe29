"""User tokens: good for one user, for a while."""

import pytest
from msgspec import msgpack

from opportune.adapters.sealing import Sealer
from opportune.adapters.sources.user_tokens import PURPOSE, UserTokens, user_token
from opportune.errors import EventError
from opportune.units import DAY, SECOND

SECRET = b"s" * 32
NOW = 1_790_000_000_000


def tokens(now: int = NOW) -> UserTokens:
    return UserTokens(Sealer(SECRET, PURPOSE), now=lambda: now)


def test_a_token_is_good_up_to_its_end_and_no_longer() -> None:
    token, grant = tokens().made("ann", 60)
    assert grant.expires_at == NOW + 60 * SECOND
    assert tokens(NOW + 60 * SECOND - 1).granted(token).user == "ann"
    with pytest.raises(EventError) as refused:
        tokens(NOW + 60 * SECOND).granted(token)
    assert refused.value.code == "token_expired"


def test_a_backend_with_the_secret_makes_the_same_token() -> None:
    assert user_token(SECRET, "ann", NOW + 60 * SECOND, made_at=NOW) == tokens().made("ann", 60)[0]


def test_no_token_is_good_for_more_than_a_day_whoever_made_it() -> None:
    with pytest.raises(EventError, match="not one of ours"):
        tokens().granted(user_token(SECRET, "ann", NOW + DAY + 1))


def test_neither_the_user_nor_the_end_can_be_read_from_a_token() -> None:
    assert "ann" not in tokens().made("ann", 60)[0]


@pytest.mark.parametrize("token", ["", "x", "ann", "a" * 9_000, "%00", "é"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(EventError) as refused:
        tokens().granted(token)
    assert refused.value.code == "bad_token"


def test_a_token_that_was_changed_or_cut_or_made_for_something_else_is_refused() -> None:
    token, _ = tokens().made("ann", 60)
    elsewhere = Sealer(SECRET, "track").seal(msgpack.encode(["ann", NOW + 1]))
    not_a_grant = Sealer(SECRET, PURPOSE).seal(b"ann")
    flipped = ("B" if token[0] == "A" else "A") + token[1:]
    for wrong in (token[:-1], token + "A", flipped, elsewhere, not_a_grant):
        with pytest.raises(EventError):
            tokens().granted(wrong)
