"""Chance without dice: the same names, the same number, on every host for good."""

from math import sqrt

from opportune.draws import draw, hash_of
from opportune.units import ONE


def test_a_hash_is_the_same_for_good() -> None:
    assert hash_of("decision", "ann", 7).hex() == hash_of("decision", "ann", "7").hex()
    assert hash_of().hex() == "cae66941d9efbd404e4d88758ea67670"


def test_names_do_not_run_together() -> None:
    assert (
        len({hash_of("ab", "c"), hash_of("a", "bc"), hash_of("abc"), hash_of("ab", "c", ""), hash_of("", "ab", "c")})
        == 5
    )


def test_a_lone_surrogate_is_a_name_too() -> None:
    assert hash_of("\ud800") != hash_of("?")


def test_draws_are_uniform_over_names() -> None:
    """Chi-square with 99 degrees of freedom, 20,000 draws: 99 expected, deviation sqrt(198); five of these allowed."""
    counts = [0] * 100
    for number in range(20_000):
        drawn = draw("salt", "holdout", f"user-{number}")
        assert 0 <= drawn < ONE
        counts[drawn * 100 // ONE] += 1
    chi_square = sum((count - 200) ** 2 / 200 for count in counts)
    assert abs(chi_square - 99) < 5 * sqrt(198)


def test_draws_of_different_names_are_independent() -> None:
    """Held out or not against first wording or not, 10,000 users: the correlation's deviation is 0.01; five allowed."""
    pairs = [
        (draw("s", "holdout", str(n)) < ONE // 2, draw("s", "variant", "m", str(n)) < ONE // 2) for n in range(10_000)
    ]
    both = sum(first == second for first, second in pairs) / len(pairs)
    assert abs(2 * both - 1) < 0.05
