"""A record with a known gain: users who are engaged open more, are known better, and so are sent to at their own hour.

Whoever compares messages in best hours with others compares these users with those of whom little is known.
"""

from dataclasses import dataclass
from random import Random

from opportune.training.gain import Send
from opportune.units import ONE, Micros


@dataclass(frozen=True)
class World:
    """Users with their sends, and what is true of them."""

    users: list[tuple[str, list[Send]]]
    chosen: float
    """The share that would be opened if all were sent at the moment that is held best."""
    baseline: float
    explored: float
    """If all were sent as treated users are, who explore."""

    @property
    def lift(self) -> float:
        """What the control is to show."""
        return self.explored / self.baseline - 1


def confounded(
    seed: int, users: int = 4_000, *, gain: float = 0.5, control: float = 0.1, explore: float = 0.1, wrong: bool = False
) -> World:
    """``gain``: how much better than the baseline's a user's own slot is, at most; ``wrong``: predictions are noise."""
    dice, found = Random(seed), []
    sends, chosen, baseline, explored = 0, 0.0, 0.0, 0.0
    for name in range(users):
        engaged = dice.betavariate(1.2, 2.0)
        usual = 0.06 + 0.22 * engaged
        slots = {"best": usual * (1 + gain * dice.random()), "baseline": usual, "other": usual * 0.85}
        aim = "best" if dice.random() < 0.25 + 0.75 * engaged else "baseline"
        is_control = dice.random() < control
        treated = _chances(aim, explore)
        chances = {"baseline": ONE} if is_control else treated
        held = "baseline" if is_control else aim
        rows = []
        for _ in range(1 + dice.randrange(1 + round(6 * engaged))):
            drawn = dice.choices(list(chances), list(chances.values()))[0]
            said = {each: _said(dice.random() if wrong else slots[each] * dice.uniform(0.8, 1.2)) for each in slots}
            rows.append(
                Send(
                    "control" if is_control else "treated", drawn == "best", drawn == held, drawn == "baseline",
                    chances[drawn], chances[held], chances["baseline"],
                    said[drawn], said[held], said["baseline"], dice.random() < slots[drawn],
                )
            )  # fmt: skip
            sends, chosen, baseline = sends + 1, chosen + slots[aim], baseline + slots["baseline"]
            explored += sum(chance * slots[each] for each, chance in treated.items()) / ONE
        found.append((f"u{name}", rows))
    return World(found, chosen / sends, baseline / sends, explored / sends)


def _chances(aim: str, explore: float) -> dict[str, Micros]:
    each = int(explore * ONE / 3)
    chances = {"best": each, "baseline": each, "other": each}
    chances[aim] = ONE - 2 * each
    return chances


def _said(chance: float) -> Micros:
    return int(min(1.0, max(0.0, chance)) * ONE)
