"""The four things a policy can do to a slate. A new policy is one file with one subclass of one of these.

| verb     | you write                                      | law                                                     |
|----------|------------------------------------------------|---------------------------------------------------------|
| expand   | candidate -> finer candidates                  | invents no message                                      |
| gate     | candidate -> reason to drop it, or None        | only removes; gates commute                             |
| score    | candidate -> worth in the playbook's unit      | only adds; scores commute                               |
| pick     | worth of each group -> chances                 | chances sum to 1; silence stands at worth 0             |
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from msgspec import Struct

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.view import View
from opportune.units import Instant, Micros, Millis

SILENCE = ""
"""The name of the group that stands for saying nothing."""


class Reason(Struct, frozen=True, gc=False):
    """Why a gate drops a candidate.

    ``until``: the first instant at which this gate might let it pass; None if it never will.
    ``blockers``: ids of planned decisions without whose reservations it would pass; empty if that would not help.
    ``needs``: the limit nearest to the gate's own with which it would have let it pass, in the unit of that setting;
    None if no other limit would, or it has none.
    """

    code: str
    until: Instant | None = None
    blockers: tuple[str, ...] = ()
    needs: int | None = None


class Policy(Struct, frozen=True, tag_field="policy", forbid_unknown_fields=True):
    """One step of deciding. Its tag is its name in the playbook."""

    codes: ClassVar[tuple[str, ...]] = ()
    """Every code it can give; each has a section in the reference."""

    @property
    def name(self) -> str:
        """Its name in playbooks and verdicts."""
        return str(self.__struct_config__.tag)

    @property
    def looks_back(self) -> Millis:
        """How long sends must be remembered for it."""
        return 0

    def binds(self, message: Message, channel: str) -> bool:
        """Whether it concerns this message on this channel at all; known before any event."""
        return message.kind == "marketing"


class Expand(Policy, frozen=True):
    """Opens an axis of the slate."""

    def expanded(self, candidate: Candidate, view: View) -> Iterable[Candidate]:
        """The finer candidates of one candidate, all of the same message; in order of liking."""
        raise NotImplementedError


class Gate(Policy, frozen=True):
    """Drops candidates and says why; sees one at a time, so gates may run in any order."""

    reads: ClassVar[tuple[str, ...]] = ("message", "channel", "at")
    """The fields of a candidate its answer depends on, beside what ``binds`` reads."""
    has_rivals: ClassVar[bool] = False
    """Whether ``rivals`` may name any."""

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """The reason to drop it, or None."""
        raise NotImplementedError

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """The first instant after the candidate's from which its answer may be another than ``reason``; None if never.

        Blockers apart. Sooner is never wrong; by default the very next instant. It saves asking at each of many hours.
        """
        return candidate.at + 1 if "at" in self.reads else None

    def closes(self, candidate: Candidate, view: View) -> Instant | None:
        """The first instant after the candidate's at which this gate is sure to object by the clock alone, if any."""
        return None

    def rivals(self, candidate: Candidate, view: View) -> frozenset[str]:
        """Ids of planned decisions of which no other goes out if the candidate does: nothing counts them beside it."""
        return frozenset()


class Score(Policy, frozen=True):
    """Adds worth to a candidate, in the playbook's unit of value."""

    reads: ClassVar[tuple[str, ...]] = ("message",)
    """The fields of a candidate its answer depends on; it is asked once for each message unless it reads more."""

    def worth(self, candidate: Candidate, view: View) -> Micros:
        """What it adds, in millionths."""
        raise NotImplementedError


class Group(Struct, frozen=True, gc=False):
    """Candidates a pick does not tell apart: their name, the best of them and its worth."""

    name: str
    worth: Micros
    best: Candidate


class Pick(Policy, frozen=True):
    """Draws one group with known chances."""

    between: ClassVar[Literal["slate", "proposals", "candidates", "variants"]] = "candidates"
    """What its groups are: the slate against silence, the proposals, one proposal's candidates or its wordings."""

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        """The chance of each group's name, and of SILENCE if that may win; millionths that sum to 1_000_000."""
        raise NotImplementedError

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        """The names the draw is keyed by: the same names, the same choice."""
        raise NotImplementedError
