"""What had no effect is told with its place in the log, why, and what would be right."""

from opportune.ports import DeadLetter
from opportune.wiring.letters import letters_of
from opportune.wiring.turn import Poison, Turn

NOW = 1_780_315_200_000


def test_each_entry_without_effect_is_one_letter_with_its_place() -> None:
    turn = Turn(poison=[Poison("ann", 3, "boom")], late=[("ann", 4)], crowded=[("bob", 5)])
    turn.looped.append(("bob", 6, "Cart Reminded"))
    letters = list(letters_of(turn, NOW))
    assert [(each.code, each.body) for each in letters] == [
        ("not_taken", b"3"), ("late", b"4"), ("too_many_runs", b"5"), ("looped", b"6")
    ]  # fmt: skip
    assert letters[0] == DeadLetter(NOW, "not_taken", "boom", b"3")
    assert "'Cart Reminded' was not emitted" in letters[3].reason and "'reentry: once'" in letters[3].reason


def test_a_turn_in_which_all_had_its_effect_leaves_none() -> None:
    assert list(letters_of(Turn(), NOW)) == []
