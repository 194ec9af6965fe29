"""A line for each decision, and for how a planned one ended, at the user's own clock."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from msgspec import Struct

from opportune.events.event import Input
from opportune.policies.decision import Decision, Ending
from opportune.policies.obstacles import delays, nearest
from opportune.units import Instant
from opportune.wiring.plain_words import channel_of, clock_of, reason_of
from opportune.wiring.shard import Turn

Verb: TypeAlias = Literal["sends", "plans", "silent", "drops", "sent", "unclear"]
_COLOURS: Final[dict[Verb, str]] = {
    "sends": "32",
    "sent": "32",
    "plans": "33",
    "silent": "2",
    "drops": "2",
    "unclear": "31",
}
BRIEF: Final = {
    "held_out": "in the holdout, kept in silence to measure the effect",
    "quiet_hours": "quiet hours",
    "frequency_cap": "frequency cap",
    "minimum_gap": "too soon after another message",
    "fatigue": "had enough lately",
    "no_consent": "no consent",
    "in_session": "here right now",
    "not_in_session": "not here",
    "exited": "nothing left to say",
    "outranked": "something better to say",
    "not_shown": "not seen in time",
    "displaced": "gave way",
    "replanned": "planned anew for where the user is",
    "queued_out": "something better to say this morning",
    "suppressed": "bounced or complained before",
    "pace": "wants to hear less",
    "smtp_550": "mailbox refused it",
    "too_late": "no longer of use",
}
"""Codes in a few words, for columns and lines."""


class Line(Struct, frozen=True):
    """One thing that was decided, or how it ended."""

    date: str
    wall: str
    user: str
    journey: str
    verb: Verb
    what: str

    def text(self, *, has_colour: bool) -> str:
        """As it is printed."""
        said = f"{self.verb:7}"
        if has_colour:
            said = f"\033[{_COLOURS[self.verb]}m{said}\033[0m"
        return f"{self.date:>10} {self.wall}  {self.user:10} {self.journey:9} {said} {self.what}"


class Teller:
    """Tells decisions as they become durable."""

    def __init__(self, tell: Callable[[Line], None]) -> None:
        self._tell_line = tell
        self._planned: dict[str, Decision] = {}

    def watch(self, inputs: Sequence[Input], turn: Turn) -> None:
        """A line for each decision, and for each ending that is news."""
        fresh = {each.id for each in turn.decisions}
        self._tell_endings(each for each in turn.endings if each.decision not in fresh)
        for decision in turn.decisions:
            self._tell(decision)
        self._tell_endings(each for each in turn.endings if each.decision in fresh)

    def _tell_endings(self, endings: Iterable[Ending]) -> None:
        for ending in endings:
            planned = self._planned.pop(ending.decision, None)
            if planned is not None:
                self._tell_ending(planned, ending)

    def _tell(self, decision: Decision) -> None:
        chosen = decision.chosen
        if chosen is None:
            self._line(decision, decision.due, "silent", _silence(decision))
            return
        self._planned[decision.id] = decision
        wording = "" if chosen.variant == "default" else f", wording {chosen.variant!r}"
        what = f"{decision.message} by {channel_of(chosen.channel)}{wording}"
        if chosen.at > decision.due:
            because = " and ".join(map(brief, delays(decision)))
            when = clock_of(decision.zone, chosen.at)
            self._line(decision, decision.due, "plans", f"{what}, for {when}{f': {because}' if because else ''}")
        else:
            self._line(decision, decision.due, "sends", what)

    def _tell_ending(self, decision: Decision, ending: Ending) -> None:
        chosen = decision.chosen
        assert chosen is not None
        match ending.outcome:
            case "sent":
                if chosen.at > decision.due:
                    self._line(decision, ending.at, "sent", f"{decision.message}, as planned")
            case "unknown":
                self._line(decision, ending.at, "unclear", f"{decision.message}: {reason_of(ending.code)}")
            case "not_sent" | "expired":
                self._line(decision, ending.at, "drops", f"{decision.message}: {brief(ending.code)}")

    def _line(self, decision: Decision, at: Instant, verb: Verb, what: str) -> None:
        date, _, wall = clock_of(decision.zone, at).rpartition(" ")
        self._tell_line(Line(date, wall, decision.user, decision.journey, verb, what))


def opening(users: int, days: int | None, seed: int, at: Instant) -> Iterator[str]:
    """What the lines that follow are."""
    date = clock_of("UTC", at).rpartition(" ")[0]
    span = f"{days} days from {date}" if days is not None else f"from {date} on, until Ctrl-C"
    yield f"Fjord & Fern, a shop for house plants, and The Harbour Post, a news desk: {users} simulated users,"
    yield f"{span}, seed {seed}. Each line is one decision, or how a planned one ended, at the user's own clock."
    yield ""
    yield f"{'when':16}  {'user':10} {'journey':9} what"


def _silence(decision: Decision) -> str:
    """Why nothing is said, by the channel that came nearest, and from when on that might be different."""
    near = nearest(decision)
    code, until = (decision.code, decision.until) if near is None else (near.code, near.until)
    later = "" if until is None else f", not before {clock_of(decision.zone, until)}"
    return f"no {decision.message}: {brief(code)}{later}"


def brief(code: str) -> str:
    """The code in a few words."""
    return BRIEF.get(code, reason_of(code))
