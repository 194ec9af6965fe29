"""The engine does what the second engine does, which was written from docs/explanation/kernel.md alone.

In every world both must say the same, input by input: decisions, endings, attempts, recalls, goals and wakes. And
whatever both say must keep every promise of ``checker``. Longer runs: ``python -m tests.laws.agree``.
"""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.laws.agree import agreed, broken, trouble
from tests.laws.living import Pair, drive
from tests.laws.subject import Engine
from tests.laws.worlds import world_of, worlds

HISTORIES, CHUNK = 2_000, 50
PLAIN_HISTORIES = 400
RENEWALS = 300
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@pytest.mark.parametrize("first", range(0, HISTORIES, CHUNK))
def test_the_engine_agrees_with_the_second_engine_and_keeps_every_promise(first):
    assert {seed: said for seed in range(first, first + CHUNK) if (said := trouble(seed))} == {}


@pytest.mark.parametrize("first", range(30_000, 30_000 + RENEWALS, CHUNK))
def test_they_agree_where_a_playbook_asks_for_what_none_before_it_did(first):
    assert {seed: said for seed in range(first, first + CHUNK) if (said := trouble(seed, renews=True))} == {}


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(worlds(most=14))
def test_they_agree_in_worlds_that_shrink(world):
    assert broken(world, agreed(world)) == []


@pytest.mark.parametrize("first", range(10_000, 10_000 + PLAIN_HISTORIES, CHUNK))
def test_generated_code_decides_what_its_interpreter_decides(first):
    for seed in range(first, first + CHUNK):
        world = world_of(seed)
        drive(world, Pair(Engine(world["playbook"]), Engine(world["playbook"], is_plain=True)))
