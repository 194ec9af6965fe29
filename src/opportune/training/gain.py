"""What choosing the moment has gained, told in three ways that need not agree.

The first is a comparison of users: those for whom the moment is chosen with those who are kept at the baseline. The
second asks the record what two fixed ways to choose would have come to. The third is what is often claimed, the rate
of sends that fell on the user's own best hour over that of the others: it compares users as much as hours, and stands
there so that it is known for what it is.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.draws import draw
from opportune.training.clustered import (
    Clusters,
    Figure,
    Spread,
    difference,
    lift_over,
    mean_between,
    share_between,
)
from opportune.training.doubly_robust import Asked, Compared, Trial, Tried
from opportune.training.offpolicy import FEWEST_EFFECTIVE
from opportune.units import ONE, Micros

Measure: TypeAlias = Literal["opens", "opens_unsure", "goals", "value"]
Side: TypeAlias = Literal["treated", "control"]
MEASURES: Final[tuple[Measure, ...]] = ("opens", "opens_unsure", "goals", "value")
FEWEST_USERS: Final = 50
"""Of an arm with fewer users nothing is said."""
FEWEST_REWARDED: Final = 10
"""Nor where fewer of its users did anything: a handful of opens is no rate."""
BOAST: Final = 2.0
"""A matched lift that is so many times the true one is warned of."""

LEAST_BOAST: Final = 0.05
"""A smaller one is not worth a warning."""


class Send(Struct, array_like=True, gc=False):
    """One message whose moment ``send_time`` chose, whether or not it went out in the end."""

    side: Side
    best: bool
    """It was planned for the slot that the user's own rhythm puts first."""
    aim: bool
    """It was planned for the slot that would have been chosen without exploring."""
    baseline: bool
    """It was planned for the slot that would have been chosen if nothing was known of the user."""
    chance: Micros
    """With which its slot was chosen."""
    aim_chance: Micros
    """With which the slot without exploring was."""
    baseline_chance: Micros
    expected: Micros
    """The chance of an open that was written beside its slot; 0 where none was."""
    aim_expected: Micros
    baseline_expected: Micros
    opened: bool | None
    """Whether a human opened it; None on channels on which that cannot be seen."""
    unsure: bool = False
    """Whether something opened it that may have been a machine, and no human did."""
    reached: bool | None = None
    """Whether a goal followed that was after no later message of its run; None where the journey has none."""
    value: Micros = 0
    """What that goal was worth."""


class Arm(Struct, frozen=True):
    """What came of the sends to the users of one arm."""

    users: int
    sends: int
    figure: Figure
    """Per send."""


class Matched(Struct, frozen=True):
    """The comparison of sends in users' best hours with other sends, of all users."""

    sends: int
    others: int
    rate: float | None
    """After sends that fell on the best hour; None where there were none."""
    rate_of_others: float | None
    lift: float | None
    is_boast: bool
    """Whether it is worth a warning: much more than the control shows, or something where that shows nothing."""


class Gain(Struct, frozen=True):
    """The gain in one measure."""

    measure: Measure
    treated: Arm
    control: Arm
    gap: Figure
    """Per send, treated less control."""
    lift: Figure
    """The same as a share of the control's."""
    verdict: Literal["gain", "loss", "no_difference", "too_little"]
    """A gain or a loss is called one if the whole interval of the gap says so."""
    logged: Compared
    """``one`` never explores, ``other`` is always at the baseline: asked of the treated users' sends."""
    matched: Matched


def gains(users: Callable[[], Iterable[tuple[str, Sequence[Send]]]], measures: Iterable[Measure]) -> list[Gain]:
    """The gain in each measure that can be seen of any send. ``users`` gives each user once with all their sends, the
    same each time it is called; a user's sends are all of one side."""
    folds = [_Fold(measure) for measure in measures]
    for user, sends in users():
        for fold in folds:
            fold.learn(user, sends)
    for user, sends in users():
        for fold in folds:
            fold.add(user, sends)
    return [fold.gain() for fold in folds if fold.sends]


def reward_of(send: Send, measure: Measure) -> float | None:
    """What the send brought; None where it cannot be seen."""
    match measure:
        case "opens":
            return None if send.opened is None else float(send.opened)
        case "opens_unsure":
            return None if send.opened is None else float(send.opened or send.unsure)
        case "goals":
            return None if send.reached is None else float(send.reached)
        case "value":
            return None if send.reached is None else send.value / ONE


class _Line:
    """A straight line through rewards by what was expected, fitted by least squares as they come."""

    def __init__(self) -> None:
        self._count = self._x = self._y = self._xx = self._xy = 0.0

    def learn(self, x: float, y: float) -> None:
        self._count += 1
        self._x += x
        self._y += y
        self._xx += x * x
        self._xy += x * y

    def slope_and_start(self) -> tuple[float, float]:
        if not self._count:
            return 0.0, 0.0
        spread = self._xx - self._x * self._x / self._count
        slope = (self._xy - self._x * self._y / self._count) / spread if spread > 1e-9 else 0.0
        return slope, (self._y - slope * self._x) / self._count


class _Fold:
    """One measure. What is expected is scaled by users of the other half, so that nobody's own rewards are in it."""

    def __init__(self, measure: Measure) -> None:
        self._measure: Measure = measure
        self._is_share = measure != "value"
        self._lines = (_Line(), _Line())
        self._fitted: list[tuple[float, float]] = []
        self._arms: dict[Side, Clusters] = {side: Clusters(("sends", "reward")) for side in ("treated", "control")}
        self._rewarded: dict[Side, int] = {"treated": 0, "control": 0}
        self._trial = Trial()
        self._matched = {True: [0, 0.0], False: [0, 0.0]}

    @property
    def sends(self) -> float:
        """Of which the reward can be seen."""
        return self._arms["treated"].total("sends") + self._arms["control"].total("sends")

    def learn(self, user: str, sends: Sequence[Send]) -> None:
        line = self._lines[1 - _half(user)]
        for send in sends:
            reward = reward_of(send, self._measure)
            if send.side == "treated" and reward is not None:
                line.learn(send.expected / ONE, reward)

    def add(self, user: str, sends: Sequence[Send]) -> None:
        seen = [(send, reward) for send in sends if (reward := reward_of(send, self._measure)) is not None]
        if not seen:
            return
        total, side = sum(reward for _, reward in seen), seen[0][0].side
        self._arms[side].add((len(seen), total))
        self._rewarded[side] += total > 0
        for send, reward in seen:
            kept = self._matched[send.best]
            kept[0] += 1
            kept[1] += reward
        if side == "treated":
            self._fitted = self._fitted or [line.slope_and_start() for line in self._lines]
            line = self._fitted[_half(user)]
            self._trial.add(_tried(send, reward, line) for send, reward in seen)

    def gain(self) -> Gain:
        treated, control = self._arm("treated"), self._arm("control")
        gap, lift = difference(treated.figure, control.figure), lift_over(treated.figure, control.figure)
        logged = self._trial.compared(is_share=self._is_share, fewest=FEWEST_EFFECTIVE)
        return Gain(self._measure, treated, control, gap, lift, _verdict(gap), logged, self._matched_against(lift, gap))

    def _arm(self, side: Side) -> Arm:
        clusters = self._arms[side]
        users, sends = clusters.users, round(clusters.total("sends"))
        if users < FEWEST_USERS:
            reason = f"of {users:,} {'user' if users == 1 else 'users'} nothing can be told; {FEWEST_USERS} are needed"
            return Arm(users, sends, Figure(effective=float(users), reason=reason))
        found, alike = clusters.ratio("reward", "sends"), clusters.alike("sends")
        if self._rewarded[side] < FEWEST_REWARDED:
            reason = f"{self._rewarded[side]:,} of {users:,} users did it; {FEWEST_REWARDED} are needed to tell a rate"
            return Arm(users, sends, Figure(effective=alike, reason=reason))
        return Arm(users, sends, self._figure(found, alike, sends))

    def _figure(self, found: Spread, alike: float, sends: int) -> Figure:
        return share_between(found, alike, float(sends)) if self._is_share else mean_between(found, alike)

    def _matched_against(self, lift: Figure, gap: Figure) -> Matched:
        (sends, rewards), (others, rest) = self._matched[True], self._matched[False]
        rate = rewards / sends if sends else None
        rate_of_others = rest / others if others else None
        claimed = rate / rate_of_others - 1 if rate is not None and rate_of_others else None
        is_boast = claimed is not None and _is_boast(claimed, lift, gap)
        return Matched(int(sends), int(others), rate, rate_of_others, claimed, is_boast)


def _is_boast(claimed: float, lift: Figure, gap: Figure) -> bool:
    if claimed < LEAST_BOAST or gap.value is None:
        return False
    return lift.value is None or claimed >= BOAST * lift.value or _verdict(gap) != "gain"


def _half(user: str) -> int:
    return draw("gain", "half", user) * 2 // ONE


def _tried(send: Send, reward: float, line: tuple[float, float]) -> Tried:
    slope, start = line
    one, other = (
        Asked(ONE / send.chance if is_it and send.chance else 0.0, start + slope * expected / ONE, chance > 0)
        for is_it, expected, chance in (
            (send.aim, send.aim_expected, send.aim_chance),
            (send.baseline, send.baseline_expected, send.baseline_chance),
        )
    )
    return Tried(reward, start + slope * send.expected / ONE, one, other)


def _verdict(gap: Figure) -> Literal["gain", "loss", "no_difference", "too_little"]:
    if gap.low is None or gap.high is None:
        return "too_little"
    if gap.low > 0:
        return "gain"
    return "loss" if gap.high < 0 else "no_difference"
