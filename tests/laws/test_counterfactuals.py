"""What ``why`` is sure of comes true: with the limits it names, the same slate sends that message, at once, there."""

from collections.abc import Sequence

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from opportune.features.profile import Stated
from opportune.features.traits import PACE_TRAIT
from opportune.messages.message import Message
from opportune.playbook.definition import Playbook, Settings, playbook_of
from opportune.policies.decision import Decision, Verdict
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.pipeline import Pipeline
from opportune.policies.slate import Decided, Proposal
from opportune.policies.verbs import Policy
from opportune.policies.view import View
from opportune.units import DAY, HOUR, Instant
from opportune.wiring.around import Around, settings_behind
from opportune.wiring.counterfactuals import Otherwise, otherwise_of
from tests.laws.slates import EVERYTHING_ALLOWED, NOW, TOPICS, caps, channels, fatigues, gaps, send_times, views

paces = st.one_of(st.just({}), st.builds(lambda most: {PACE_TRAIT: most}, st.integers(0, 2)))
limits = st.lists(st.one_of(caps, gaps, fatigues), min_size=1, max_size=4)


def pipeline_of(listed: Sequence[Policy]) -> Pipeline:
    return Pipeline(listed, grants=EVERYTHING_ALLOWED)


def recorded(outcome: Decided, view: View, playbook: Playbook) -> Decision:
    wish = outcome.proposal
    return Decision(
        *(wish.message.name, "ann", wish.journey, wish.key, wish.entry, wish.step, view.now, wish.message.name),
        *(outcome.chosen, outcome.code, outcome.until, outcome.worth, outcome.propensity, tuple(outcome.verdicts)),
        *(playbook.hash, view.zones[0].name),
        timing=outcome.timing,
    )


def lifted(listed: Sequence[Policy], decision: Decision, around: Around, said: Otherwise) -> list[Policy]:
    """The policies with the limits that were named; those that did not object as they were."""
    against = [each for each in decision.verdicts if each.at == decision.due and each.channel == said.channel]
    behind = list(zip(against, settings_behind(decision, against, around), strict=True))
    return [_lifted(policy, [verdict for verdict, found in behind if found is policy]) for policy in listed]


def _lifted(policy: Policy, verdicts: Sequence[Verdict]) -> Policy:
    if not verdicts or verdicts[0].needs is None:
        return policy
    match policy:
        case FrequencyCap() | Fatigue():
            return replace(policy, at_most=verdicts[0].needs)
        case MinimumGap():
            return replace(policy, span=verdicts[0].needs)
        case _:
            return policy


@st.composite
def reachable(draw: st.DrawFn) -> View:
    """A user who may be written to anywhere, outside of sessions: what stands against a message is a limit."""
    view = draw(views())
    stated = {"email": "ann@example.com", "phone": "+49 30 123456", "push_token": "p", **draw(paces)}
    view.scope.profile.traits = {name: [Stated(NOW - DAY, 1, value)] for name, value in stated.items()}
    view.ledger.consents, view.ledger.suppressions, view.session_end = [], [], None
    return view


@st.composite
def proposed(draw: st.DrawFn, now: Instant) -> list[Proposal]:
    """A few proposals, none of them for channels that were tried in vain, on which a limit may well stand."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        message = Message(
            f"message{number}", draw(channels), draw(st.sampled_from(TOPICS)), useful_for=HOUR,
            priority=draw(st.sampled_from([0, 50, 100])), counts=draw(st.booleans()),
        )  # fmt: skip
        found.append(Proposal("journey", "v1", message.name, NOW - HOUR, 0, message, now + HOUR))
    return found


@settings(max_examples=100)
@given(limits, send_times, reachable(), st.data())
def test_where_send_time_chooses_no_gate_would_stand_against_it_and_that_it_goes_at_once_is_not_claimed(
    listed: list[Policy], chooser: Policy, view: View, data: st.DataObject
) -> None:
    slate, listed = data.draw(proposed(view.now)), [chooser, *listed]
    playbook = playbook_of(Settings("UTC", policies=tuple(listed)), messages=[each.message for each in slate])
    made = [recorded(each, view, playbook) for each in pipeline_of(listed).decide(slate, view)]
    around = Around(made, {}, playbook)
    for decision in made:
        said = otherwise_of(decision, around)
        if said is None:
            continue
        assert not said.is_sure and decision.timing is None
        if all(each.needs is not None for each in said.changes):
            again = again_with(decision, said, slate, (listed, view, around))
            assert not any((each.channel, each.at) == (said.channel, decision.due) for each in again.verdicts)


@settings(max_examples=500)
@given(limits, reachable(), st.data())
def test_what_is_sure_comes_true(listed: list[Policy], view: View, data: st.DataObject) -> None:
    """Of slates with rivals too; what hangs on something that is no limit is left out here."""
    slate = data.draw(proposed(view.now))
    playbook = playbook_of(Settings("UTC", policies=tuple(listed)), messages=[each.message for each in slate])
    made = [recorded(each, view, playbook) for each in pipeline_of(listed).decide(slate, view)]
    around = Around(made, {}, playbook)
    for decision in made:
        said = otherwise_of(decision, around)
        if said is not None and said.is_sure and all(each.needs is not None for each in said.changes):
            assert_true(decision, said, slate, (listed, view, around))


def assert_true(
    decision: Decision, said: Otherwise, slate: list[Proposal], world: tuple[list[Policy], View, Around]
) -> None:
    now = again_with(decision, said, slate, world)
    event(" and ".join(sorted({each.policy for each in said.changes})))
    assert now.chosen is not None
    assert (now.chosen.channel, now.chosen.at) == (said.channel, decision.due)


def again_with(
    decision: Decision, said: Otherwise, slate: list[Proposal], world: tuple[list[Policy], View, Around]
) -> Decided:
    """What becomes of it with the limits that were named."""
    listed, view, around = world
    pace = max((each.needs or 0 for each in said.changes if each.policy == "pace"), default=None)
    if pace is not None:
        view.scope.profile.traits[PACE_TRAIT] = [Stated(NOW - 9, 3, pace)]
    behind = settings_behind(
        decision,
        [each for each in decision.verdicts if each.at == decision.due and each.channel == said.channel],
        around,
    )
    assume(all(each is not None for each, change in zip(behind, said.changes, strict=True) if change.policy != "pace"))
    fresh = View(view.now, view.bucket, view.salt, view.ledger, view.scope, view.zones, view.session_end)
    again = pipeline_of(lifted(listed, decision, around, said)).decide(slate, fresh)
    (now,) = (each for each in again if each.proposal.message.name == decision.message)
    return now
