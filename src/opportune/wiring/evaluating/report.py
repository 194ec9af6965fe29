"""What an evaluation of models of the send time comes to."""

from msgspec import Struct, field

from opportune.wiring.evaluating.resampling import Interval

FEWEST: int = 200
"""With fewer decisions a bucket is shown, and nothing is concluded from it."""
FEWEST_USERS: int = 30
"""Of fewer users nothing is concluded: drawn again, so few are too alike for an interval to hold what it promises."""


class Bucket(Struct, frozen=True, kw_only=True):
    """Decisions about users of whom about as much was known."""

    least: int
    """Check-ins before the decision, from here on."""
    most: int | None
    """Up to here; None: however many."""
    decisions: int
    users: int
    right: Interval = field(name="hit60")
    gain: Interval
    """Over the global hour, on the same decisions."""
    is_enough: bool
    """Whether there are days and users enough to conclude anything."""


class Frozen(Struct, frozen=True, kw_only=True):
    """The same decisions with what was known at the cut, and nothing since."""

    right: Interval = field(name="hit60")
    gain: Interval


class Line(Struct, frozen=True, kw_only=True):
    """One model."""

    name: str
    title: str
    right: Interval = field(name="hit60")
    """The share of decisions on which the user was active in the chosen local hour."""
    gain: Interval
    """Over the global hour: differences on the same decisions, with users drawn again."""
    is_enough: bool
    """Whether enough users were asked about to conclude anything; else it is neither a gain nor a loss."""
    is_gain: bool
    """Whether the whole interval lies above 0."""
    is_loss: bool
    """Whether it lies below 0."""
    ndcg: float
    log_loss: float
    calibration_error: float
    promised: float
    """The mean chance that the model itself gives the chosen hours."""
    frozen: Frozen
    buckets: tuple[Bucket, ...]
    lowest: float | None
    """The lowest end of the intervals of the gain in buckets with enough decisions; None without such a bucket."""
    seeds: dict[int, float]
    """By seed, the same share; one seed where no chance is in it."""
    spread: float | None
    """The standard deviation over the seeds; None where no chance is in it."""
    seconds: float


class Missing(Struct, frozen=True, kw_only=True):
    """A model that could not be tried."""

    name: str
    title: str
    why: str


class Report(Struct, frozen=True, kw_only=True):
    """Everything; shares are of 1, hours are local."""

    files: tuple[str, ...]
    events: int
    check_ins: int
    users: int
    split: float
    cut: str
    """The first local day after the cut."""
    decisions: int
    decisions_in_all: int
    """More than ``decisions`` where only those of some users were asked."""
    decision_users: int
    active_hours: float
    """Of the mean decision: so many of the 24 answers were right."""
    any_hour: float
    """What an hour drawn at random would come to."""
    is_permuted: bool
    seed: int
    resamples: int
    """How often users were drawn again."""
    lines: tuple[Line, ...]
    missing: tuple[Missing, ...]
    left_out: int = 0
    """Events before the first or after the last day that was asked for."""
    refused: dict[str, int] = {}
    examples: tuple[str, ...] = ()
    seconds: float = 0.0
