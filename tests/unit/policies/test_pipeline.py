"""The order of deciding, with policies that nobody has shipped: who is asked what, and which reason is told."""

from collections.abc import Iterable, Sequence

import pytest
from msgspec.structs import replace

from opportune.errors import PlaybookError
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.arbitration import Arbitration
from opportune.policies.consent import Grant
from opportune.policies.decision import Chosen, Verdict
from opportune.policies.pipeline import Pipeline, telling
from opportune.policies.slate import Proposal, Refused, displacing
from opportune.policies.verbs import SILENCE, Expand, Gate, Group, Pick, Reason, Score
from opportune.policies.view import View
from opportune.units import DAY, MINUTE, ONE, Instant, Micros
from tests.unit.policies.test_slate import NOW, VIEW, Never, Steps, Taken, planned, refused_by, view_with

GRANTS = tuple(Grant(channel, always=True) for channel in ("in_app", "inbox", "email"))
MESSAGE = Message("reminder", ("in_app", "inbox"), "cart")
WISH = Proposal("cart", "v1", "", 0, 0, MESSAGE, NOW + DAY)
CANDIDATE = Candidate(MESSAGE, "in_app", NOW, NOW + DAY)
"""Two channels that need no address."""


class Tomorrow(Expand, frozen=True, tag="tomorrow"):
    """Now or, if that has no channel yet, a day later; concerns proposals as a whole."""

    def binds(self, message: Message, channel: str) -> bool:
        return channel == ""

    def expanded(self, candidate: Candidate, view: View) -> Iterable[Candidate]:
        yield candidate
        yield replace(candidate, at=candidate.at + DAY - 1)


class Later(Gate, frozen=True, tag="later"):
    """Refuses what is said now on these channels, and names no instant."""

    channels: tuple[str, ...] = ("in_app", "inbox")

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        return Reason("later") if candidate.at == view.now and candidate.channel in self.channels else None


class Closing(Gate, frozen=True, tag="closing"):
    """Closes at this instant, on one channel only."""

    at: Instant
    channel: str = "in_app"

    def binds(self, message: Message, channel: str) -> bool:
        return channel == self.channel

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        return None

    def closes(self, candidate: Candidate, view: View) -> Instant | None:
        return self.at


class Whole(Pick, frozen=True, tag="whole"):
    """Keeps silent unless it is asked of a slate as a whole, whose first candidate comes from this channel."""

    channel: str = "in_app"
    between = "slate"
    codes = ("partly",)

    def binds(self, message: Message, channel: str) -> bool:
        return channel == ""

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        (group,) = groups
        is_mine = (group.name, group.best.channel) == ("slate", self.channel)
        return {group.name if is_mine else SILENCE: ONE}

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        return ()


class Broad(Score, frozen=True, tag="broad"):
    """Worth 7 more on no channel than on any."""

    def worth(self, candidate: Candidate, view: View) -> Micros:
        return 7 if candidate.channel == "" else 0


def test_candidates_of_an_expand_that_nobody_has_shipped_are_asked_too() -> None:
    (found,) = Pipeline([Tomorrow(), Later()], grants=GRANTS).decide([WISH], VIEW)
    assert found.chosen == Chosen("in_app", "default", NOW + DAY - 1)
    assert found.verdicts == [Verdict("later", channel, NOW, "later") for channel in MESSAGE.channels]


def test_a_channel_that_was_tried_in_vain_is_passed_over_and_the_next_is_asked() -> None:
    pipeline = Pipeline([Later(channels=("inbox",))], grants=GRANTS)
    message = replace(MESSAGE, channels=("inbox", "in_app", "email"))
    (found,) = pipeline.decide([replace(WISH, message=message, without=("email",))], VIEW)
    assert found.chosen == Chosen("in_app", "default", NOW)
    assert found.verdicts == [Verdict("later", "inbox", NOW, "later")]
    (found,) = pipeline.decide([replace(WISH, message=message, without=("in_app",))], VIEW)
    assert (found.chosen, found.code) == (None, "later")
    assert [each.channel for each in found.verdicts] == ["inbox", "email"]
    (found,) = pipeline.decide([replace(WISH, message=message, without=message.channels)], VIEW)
    assert (found.chosen, found.code, found.verdicts) == (None, "unreachable", [])


def test_a_newer_wording_of_a_message_may_take_other_channels() -> None:
    pipeline = Pipeline([], grants=GRANTS)
    for channel in ("in_app", "inbox", "in_app"):
        (found,) = pipeline.decide([replace(WISH, message=replace(MESSAGE, channels=(channel,)))], VIEW)
        assert found.chosen == Chosen(channel, "default", NOW)


def test_a_pick_over_the_slate_is_asked_of_the_first_rival_as_a_whole() -> None:
    pipeline, other = Pipeline([Whole()], grants=GRANTS), replace(WISH, message=Message("text", ("inbox",), "cart"))
    assert [each.code for each in pipeline.decide([WISH], VIEW)] == ["chosen"]
    assert [each.code for each in pipeline.decide([other], VIEW)] == ["partly"]
    assert [each.code for each in pipeline.decide([WISH, other], VIEW)] == ["chosen", "outranked"]
    assert [each.code for each in pipeline.decide([other, WISH], VIEW)] == ["partly", "partly"]


class Speechless(Pick, frozen=True, tag="speechless"):
    between = "slate"


class Terse(Pick, frozen=True, tag="terse"):
    between = "proposals"
    codes = ("worthless",)


@pytest.mark.parametrize(
    ("pick", "said"),
    [
        (Speechless(), "policy speechless picks between slate and names 0 codes; it must name 1"),
        (Terse(), "policy terse picks between proposals and names 1 codes; it must name 2"),
    ],
)
def test_a_pick_that_has_too_few_words_for_silence_is_refused(pick: Pick, said: str) -> None:
    with pytest.raises(PlaybookError, match=said):
        Pipeline([pick])


def test_a_score_of_the_message_is_asked_once_and_of_no_channel() -> None:
    (found,) = Pipeline([Broad()], grants=GRANTS).decide([WISH], VIEW)
    assert found.worth == ONE // 2 + 7


@pytest.mark.parametrize(
    ("gates", "span"),
    [
        ([], MINUTE),
        ([Closing(at=NOW + 9), Closing(at=NOW + 8), Closing(at=NOW + DAY)], 8),
        ([Closing(at=NOW + DAY), Never()], MINUTE),
        ([Closing(at=NOW + 9, channel="inbox")], MINUTE),
    ],
)
def test_an_attempt_has_a_minute_or_until_the_first_gate_closes(gates: list[Gate], span: int) -> None:
    assert Pipeline(gates, grants=GRANTS).expires(CANDIDATE, VIEW) == NOW + span


def refused(channel: str, *codes: str) -> Refused:
    return Refused(replace(CANDIDATE, channel=channel), [(Never(), Reason(code)) for code in codes])


@pytest.mark.parametrize("code", ["no_address", "not_in_session"])
def test_the_reason_told_is_that_of_a_channel_that_was_there_to_be_used(code: str) -> None:
    away, half, there = refused("email", code), refused("sms", "night", code), refused("push", "full")
    first, second, third = Reason(code), Reason("night", 5), Reason("full", 7)
    assert telling([away, half, there], [first, second, third]) == third
    assert telling([there, away], [third, first]) == third
    assert telling([away, half], [first, second]) == first
    assert telling([], []).code == "unreachable"


def test_by_default_a_planned_message_gives_way_to_what_is_worth_more_by_over_a_fifth() -> None:
    pipeline, gate = Pipeline([]), Taken(names=("a",))
    for worth, gives_way in ((1_200_000, False), (1_200_001, True)):
        view = view_with(planned("a", worth=ONE))
        found = displacing([gate], refused_by(gate), view, worth=worth, margin=pipeline.margin)
        assert (found is not None) == gives_way
    assert Pipeline([Arbitration(displace_margin=3)]).margin == 3
    assert Arbitration().chances([Group("a", 1, CANDIDATE)], VIEW) == {"a": ONE}


@pytest.mark.parametrize(("worth", "name"), [(1, "a"), (0, SILENCE), (-1, SILENCE)])
def test_arbitration_speaks_only_for_what_is_worth_more_than_silence(worth: Micros, name: str) -> None:
    groups = [Group("a", worth, CANDIDATE), Group("b", worth, CANDIDATE)]
    assert Arbitration().chances(groups, VIEW) == {name: ONE}


def test_what_stands_only_later_is_said_then_though_another_channel_never_can() -> None:
    message = replace(MESSAGE, channels=("inbox", "in_app"))
    gates = [Later(channels=("inbox",)), Steps(free=NOW + 3)]
    (found,) = Pipeline(gates, grants=GRANTS).decide([replace(WISH, message=message)], VIEW)
    assert found.chosen == Chosen("in_app", "default", NOW + 3)
