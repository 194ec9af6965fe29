"""Slates at random: messages, policies, and users with a past, a future and a place to be in."""

from collections.abc import Sequence
from typing import Literal

from hypothesis import strategies as st

from opportune.features.attention import Attention, check_in, hour_of, new_attention, open_sent
from opportune.features.ledger import Consent, Ledger, Pending, Sent, Suppression
from opportune.features.local_time import WallTime, Zone, zone_named
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.features.traits import PACE_TRAIT, PAUSE_TRAIT
from opportune.messages.message import Message
from opportune.policies.arbitration import Arbitration
from opportune.policies.consent import Grant
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.holdout import Holdout
from opportune.policies.hours import Hours
from opportune.policies.in_session import InSession
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.pipeline import Pipeline
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.send_time import SendTime
from opportune.policies.slate import Proposal
from opportune.policies.verbs import Policy
from opportune.policies.view import View
from opportune.units import DAY, HOUR, MINUTE, Instant, Scalar

NOW: Instant = 1_792_879_200_000
"""2026-10-24T22:00Z: midnight in Berlin, some hours before its clocks go back."""
CHANNELS = ("in_app", "push", "email", "sms")
TOPICS = ("cart", "news")
GRANTS = (
    Grant("in_app", always=True),
    Grant("email", trait="opt_in"),
    Grant("push", always=True),
    Grant("sms", trait="opt_in"),
)
EVERYTHING_ALLOWED = tuple(Grant(channel, always=True) for channel in CHANNELS)

channels = st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=3, unique=True).map(tuple)
some_channels = st.one_of(st.just(()), channels)
topics = st.one_of(st.just(()), st.just(("news",)))
spans = st.sampled_from([HOUR, 3 * HOUR, DAY, 7 * DAY])
near = st.integers(-3 * 24 * 4, 24 * 4).map(lambda quarters: NOW + quarters * 15 * MINUTE)
worths = st.integers(-1, 4).map(lambda units: units * 500_000)


def named_zone(name: str) -> Zone:
    zone = zone_named(name)
    assert zone is not None
    return zone


zones = st.lists(
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"])
    .map(named_zone),
    min_size=1, max_size=2, unique_by=lambda zone: zone.name,
).map(tuple)  # fmt: skip


@st.composite
def messages(draw: st.DrawFn, name: str = "message") -> Message:
    kind: Literal["marketing", "transactional"] = draw(
        st.sampled_from(["marketing", "marketing", "marketing", "transactional"])
    )
    return Message(
        name=name,
        channels=draw(channels),
        topic=draw(st.sampled_from(TOPICS)),
        kind=kind,
        useful_for=draw(st.sampled_from([MINUTE, 2 * HOUR, DAY, 3 * DAY])),
        priority=draw(st.sampled_from([0, 50, 100])),
        variants=draw(st.sampled_from([("default",), ("a", "b"), ("a", "b", "c")])),
        obeys=kind == "marketing" or draw(st.booleans()),
        counts=draw(st.booleans()),
    )


quiet_hours = st.builds(
    QuietHours,
    start=st.integers(0, 1439).map(WallTime),
    end=st.integers(0, 1439).map(WallTime),
    channels=channels,
)
caps = st.builds(
    FrequencyCap,
    at_most=st.integers(1, 3),
    within=st.one_of(spans, st.sampled_from(["day", "week"])),
    channels=some_channels,
    topics=topics,
)
gaps = st.builds(MinimumGap, span=spans, channels=some_channels)
fatigues = st.builds(Fatigue, at_most=st.integers(1, 4), within=spans, ignored=st.none() | st.integers(1, 3))
sessions = st.builds(InSession, speak_on=st.sampled_from([("in_app",), ("in_app", "push")]))
gates = st.lists(st.one_of(quiet_hours, caps, gaps, fatigues, sessions), max_size=6)
picks = st.lists(
    st.one_of(
        st.builds(Holdout, share=st.integers(0, 1_000_000)),
        st.builds(Arbitration, displace_margin=st.sampled_from([0, 200_000])),
    ),
    max_size=2,
    unique_by=lambda pick: pick.name,
)
wishes = st.one_of(
    st.just({}),
    st.builds(lambda until: {PAUSE_TRAIT: until}, near | st.just("2026-10-25T08:30:00+01:00")),
    st.builds(lambda most: {PACE_TRAIT: most}, st.integers(0, 3)),
    st.builds(lambda until, most: {PAUSE_TRAIT: until, PACE_TRAIT: most}, near, st.integers(1, 3)),
)
shares = st.integers(0, 1_000_000)
send_times = st.builds(
    SendTime,
    control=st.just(0) | shares,
    explore=shares,
    among=st.integers(1, 5),
    slots=st.integers(1, 30),
    spread=st.just("none") | st.integers(1, HOUR - 1),
)
hours: st.SearchStrategy[list[Policy]] = st.one_of(
    st.just([]), st.integers(1, 24).map(lambda slots: [Hours(slots=slots)]), send_times.map(lambda each: [each])
)


@st.composite
def attentions(draw: st.DrawFn) -> Attention | None:
    """Of users who did nothing, were active at any hour of the last weeks, and opened some of what they were sent."""
    attention = new_attention()
    newest = hour_of(NOW)
    for back in sorted(draw(st.lists(st.integers(0, 20 * 168), max_size=12)), reverse=True):
        check_in(attention, newest - back)
    for back, after in draw(st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 60 * HOUR)), max_size=6)):
        attention.sent += 1
        open_sent(attention, newest - back, after, (newest - back) * HOUR)
    return draw(st.sampled_from([attention, attention, None]))


@st.composite
def policies(draw: st.DrawFn) -> list[Policy]:
    return [*draw(hours), *draw(gates), *draw(picks)]


@st.composite
def pendings(draw: st.DrawFn, number: int) -> Pending:
    is_marketing = draw(st.booleans())
    return Pending(
        id=f"{number:032}",
        at=draw(near.filter(lambda at: at >= NOW)),
        state=draw(st.sampled_from(["planned", "planned", "planned", "claimed"])),
        message="other",
        channel=draw(st.sampled_from(CHANNELS)),
        topic=draw(st.sampled_from(TOPICS)),
        variant="default",
        counts=draw(st.booleans()),
        is_marketing=is_marketing,
        worth=draw(worths),
        journey="other",
        key=str(number),
        entry=NOW - DAY,
        step=0,
        deadline=NOW + 7 * DAY,
    )


@st.composite
def ledgers(draw: st.DrawFn) -> Ledger:
    sent = [
        Sent(
            at,
            f"sent{number}",
            "other",
            draw(st.sampled_from(CHANNELS)),
            draw(st.sampled_from(TOPICS)),
            draw(st.booleans()),
            draw(st.booleans()),
        )
        for number, at in enumerate(sorted(draw(st.lists(near.filter(lambda at: at <= NOW), max_size=6))))
    ]
    words = st.builds(
        Consent, channel=st.sampled_from([*CHANNELS, "*"]), topic=st.sampled_from([*TOPICS, "*"]),
        is_given=st.booleans(), seq=st.integers(1, 100), at=st.just(NOW - DAY),
    )  # fmt: skip
    stops = st.builds(Suppression, channel=st.sampled_from([*CHANNELS, "*"]), reason=st.just("asked"), at=st.just(NOW))
    return Ledger(
        sent,
        [draw(pendings(number)) for number in range(draw(st.integers(0, 4)))],
        draw(st.lists(words, max_size=3, unique_by=lambda word: (word.channel, word.topic))),
        draw(st.one_of(st.just([]), st.just([]), st.lists(stops, max_size=1))),
    )


@st.composite
def views(draw: st.DrawFn) -> View:
    stated: dict[str, Scalar] = {
        "email": "ann@example.com",
        "phone": "+49 30 123456",
        "push_token": "p",
        "opt_in": True,
    }
    traits = {name: [Stated(NOW - DAY, 1, value)] for name, value in stated.items() if draw(st.integers(0, 4))}
    traits |= {name: [Stated(NOW - HOUR, 2, value)] for name, value in draw(wishes).items()}
    now = NOW + draw(st.sampled_from([0, 1, -1, 7 * HOUR + 12_345]))
    end = draw(st.sampled_from([None, None, now + 1, now + 30 * MINUTE]))
    bucket = f"user{draw(st.integers(0, 50))}"
    profile = Profile(traits, {}, [], {}, attention=draw(attentions()))
    return View(now, bucket, "salt", draw(ledgers()), Scope(profile, now), draw(zones), end)


@st.composite
def proposals(draw: st.DrawFn, now: Instant, name: str = "message", *, kind: str = "") -> Proposal:
    message = draw(messages(name).filter(lambda each: kind in ("", each.kind)))
    without = draw(st.sampled_from([(), (), ("in_app",)]))
    return Proposal("journey", "v1", name, NOW - HOUR, 0, message, now + message.useful_for, without)


@st.composite
def rivals(draw: st.DrawFn, now: Instant) -> list[Proposal]:
    return [draw(proposals(now, f"message{number}", kind="marketing")) for number in range(draw(st.integers(1, 4)))]


def pipeline_of(listed: Sequence[Policy], *, is_plain: bool = False) -> Pipeline:
    return Pipeline(listed, grants=GRANTS, is_plain=is_plain)
