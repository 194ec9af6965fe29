"""``moves`` names steps that are there, or the end."""

import pytest

from opportune.errors import PlaybookError
from tests.stories.shop import shop

CART = """
journey: cart
enter: {on: Cart Updated}
moves: %s
steps:
  - name: short_wait
    wait: 1 hour
  - name: ask
    send: reminder
"""


def test_moves_are_read_by_name() -> None:
    journey = shop(journeys=CART % "{long_wait: short_wait, older: end}").journeys["cart"]
    assert journey.moves == {"long_wait": "short_wait", "older": "end"}
    assert journey.labels == {"short_wait": 0, "ask": 1}


def test_a_playbook_without_moves_has_the_hash_it_had() -> None:
    plain = CART.replace("moves: %s\n", "").replace("  - name: short_wait\n    wait", "  - wait")
    plain = plain.replace("  - name: ask\n    send", "  - send")
    assert shop(journeys=plain).hash == shop(journeys="journey: cart\nenter: Cart Updated\nsteps:\n"
                                             "  - wait: 1 hour\n  - send: reminder\n").hash  # fmt: skip
    assert shop(journeys=CART % "{a: ask}").hash != shop(journeys=CART % "{a: end}").hash


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ("{long_wait: shortwait}", "moves: there is no step named 'shortwait'; did you mean 'short_wait'?"),
        ("{long_wait: [ask]}", "long_wait must be one value, not a list"),
        ("[ask]", "moves must be a mapping of names to values, not a list"),
    ],
)
def test_a_move_to_nowhere_is_a_problem(moves: str, told: str) -> None:
    with pytest.raises(PlaybookError) as refused:
        shop(journeys=CART % moves)
    assert told in str(refused.value)
    assert "journeys/journey0.yaml:4" in str(refused.value)
