"""What a terminal shows: a line for each decision, at the user's own clock, and the report at the end."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal, TypeAlias

from opportune.events.event import Input
from opportune.policies.decision import Decision, Ending
from opportune.units import Instant
from opportune.wiring.demo.books import Report
from opportune.wiring.obstacles import delays, nearest
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
_BRIEF: Final = {
    "held_out": "in the holdout, kept in silence to measure the effect",
    "quiet_hours": "quiet hours",
    "frequency_cap": "frequency cap reached",
    "minimum_gap": "too soon after another message",
    "fatigue": "had enough lately",
    "no_consent": "no consent",
    "in_session": "in the shop right now",
    "not_in_session": "not in the shop",
    "exited": "came back or bought by themselves",
    "outranked": "something better to say",
    "not_shown": "left before it was shown",
}


class Teller:
    """Tells decisions as they become durable."""

    def __init__(self, say: Callable[[str], None], *, has_colour: bool) -> None:
        self._say = say
        self._has_colour = has_colour
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
        what = f"{decision.message} by {channel_of(chosen.channel)}, wording {chosen.variant!r}"
        if chosen.at > decision.due:
            because = " and ".join(map(_brief, delays(decision)))
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
                self._line(decision, ending.at, "drops", f"{decision.message}: {_brief(ending.code)}")

    def _line(self, decision: Decision, at: Instant, verb: Verb, what: str) -> None:
        date, _, wall = clock_of(decision.zone, at).rpartition(" ")
        said = f"{verb:7}"
        if self._has_colour:
            said = f"\033[{_COLOURS[verb]}m{said}\033[0m"
        self._say(f"{date:>10} {wall}  {decision.user:9} {decision.journey:9} {said} {what}")


def opening(users: int, days: int | None, seed: int, at: Instant) -> Iterator[str]:
    """What the lines that follow are."""
    date = clock_of("UTC", at).rpartition(" ")[0]
    span = f"{days} days from {date}" if days is not None else f"from {date} on, until Ctrl-C"
    yield f"Fjord & Fern, a shop for house plants: {users} simulated users, {span}, seed {seed}."
    yield "Each line is one decision, or how a planned one ended, at the user's own clock."
    yield ""
    yield f"{'when':16}  {'user':9} {'journey':9} what"


def closing(report: Report) -> Iterator[str]:
    """The report, with books that balance."""
    figures = report.figures
    held = sum(figures.held.values())
    channels = ", ".join(f"{channel_of(name)} {count}" for name, count in sorted(report.by_channel.items()))
    yield ""
    yield f"{figures.users} users, {figures.events:,} events over {report.days} simulated days"
    yield ""
    yield f"decisions      {figures.decisions:6,}"
    yield f"= sent         {figures.sent:6,}   {channels}"
    yield f"+ held back    {held:6,}"
    for code, count in sorted(figures.held.items(), key=lambda each: (-each[1], each[0])):
        yield f"    {code:14}{count:3,}   because {reason_of(code)}"
    yield f"+ unknown      {report.unknown:6,}"
    yield f"+ pending      {report.pending:6,}"
    yield ""
    yield f"mails received {figures.mails_received:6,}   sent by email: {report.by_channel.get('email', 0):,}"
    yield f"p99 to decide  {figures.decide_p99_ms:6.2f}   milliseconds of engine time for one decision"
    yield f"seconds        {figures.seconds:6.1f}   for all of it"
    yield ""
    problems = report.problems()
    yield from (f"PROBLEM: {problem}" for problem in problems)
    if not problems:
        yield "The books balance, and the log decided again gives the same decisions."


def _silence(decision: Decision) -> str:
    """Why nothing is said, by the channel that came nearest, and from when on that might be different."""
    near = nearest(decision)
    code, until = (decision.code, decision.until) if near is None else (near.code, near.until)
    later = "" if until is None else f", not before {clock_of(decision.zone, until)}"
    return f"no {decision.message}: {_brief(code)}{later}"


def _brief(code: str) -> str:
    return _BRIEF.get(code, reason_of(code))
