"""A playbook that follows a running engine reports what a backtest reports of the same log, however it saw it come."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json as msgspec_json

from opportune.errors import Unavailable
from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.units import DAY, HOUR, MINUTE, Instant
from opportune.wiring.backtest.past import Past
from opportune.wiring.backtest.report import Report
from opportune.wiring.backtest.reporting import tried
from opportune.wiring.backtest.running import Work
from opportune.wiring.sample import sample_texts
from opportune.wiring.shadowing.following import Shadow
from tests.laws.hosted import Hosted

START: Instant = 1_780_315_200_000
RUNNING = sample_texts()
TESTED = RUNNING | {"opportune.yaml": RUNNING["opportune.yaml"].replace("at_most: 4", "at_most: 1")}
OTHER = RUNNING | {
    "opportune.yaml": RUNNING["opportune.yaml"].replace("minimum_gap: {span: 3 hours}", "holdout: {share: 50%}")
}
VOLATILE = {"seconds", "events_per_second", "peak_mb"}
USERS, DEVICES = ("ann", "bob", "cat"), ("phone", "tablet")
Step = tuple[Any, ...]


def steps() -> st.SearchStrategy[Step]:
    who = st.sampled_from((*USERS, *DEVICES))
    names = st.sampled_from(
        ["Cart Updated"] * 4 + ["Order Completed", "Product Viewed", "Email Opened", "Unsubscribed"]
    )
    ago = st.sampled_from([0, 0, 0, HOUR, 2 * DAY, 5 * DAY])
    return st.one_of(
        st.tuples(st.just("says"), who, names, ago, st.sampled_from("abc")),
        st.tuples(st.just("says"), who, names, ago, st.sampled_from("abc")),
        st.tuples(st.just("opts"), st.sampled_from(USERS), st.booleans()),
        st.tuples(st.just("joins"), st.sampled_from(DEVICES), st.sampled_from(USERS)),
        st.tuples(st.just("passes"), st.sampled_from([MINUTE, HOUR, 5 * HOUR, DAY])),
        st.tuples(st.just("looks"), st.integers(1, 9)),
        st.tuples(st.just("erases"), who),
        st.tuples(st.just("publishes"), st.sampled_from([0, 1])),
    )


def figures(report: Report) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(msgspec_json.encode(report))
    return {name: value for name, value in told.items() if name not in VOLATILE}


def backtested(path: Path, since: Instant | None) -> dict[str, Any] | str:
    """What a backtest says, or why it says nothing."""
    try:
        (report,) = tried({"tested": TESTED}, Past(now=START, store=path, since=since), Work(workers=1)).reports
    except Unavailable as refusal:
        return str(refusal)
    return figures(report)


def told_by(shadow: Shadow) -> dict[str, Any] | str:
    try:
        return figures(shadow.report())
    except Unavailable as refusal:
        return str(refusal)


class Story:
    """One engine, and a shadow that looks now and then; at each look both must say the same."""

    def __init__(self, path: Path, told: list[Step], since: Instant | None) -> None:
        self.hosted, self.told, self.since = Hosted(path, RUNNING, START), told, since
        self.shadow: Shadow | None = None
        self.compared = self.sent = 0

    async def live(self) -> None:
        for number, step in enumerate([*self.told, ("looks", 5)]):
            await getattr(self, step[0])(number, *step[1:])

    async def says(self, number: int, user: str, name: str, ago: int, key: str) -> None:
        now = self.hosted.clock.now()
        said = json.dumps({"cart_id": key, "value": 80}).encode()
        anonymous = user in DEVICES
        await self.hosted.says(Event(f"e{number}", user, name, now - ago, now, properties=said, is_anonymous=anonymous))

    async def opts(self, number: int, user: str, is_in: bool) -> None:
        now = self.hosted.clock.now()
        said = json.dumps({"email": f"{user}@example.com", "email_opt_in": is_in}).encode()
        await self.hosted.says(Event(f"i{number}", user, "Identified", now, now, properties=said))

    async def joins(self, number: int, device: str, user: str) -> None:
        now = self.hosted.clock.now()
        await self.hosted.says(Alias(f"a{number}", device, user, now, now, is_trusted=True))

    async def passes(self, number: int, span: int) -> None:
        await self.hosted.passes(span)

    async def erases(self, number: int, user: str) -> None:
        await self.hosted.host.erase(user)

    async def publishes(self, number: int, which: int) -> None:
        await self.hosted.publishes((RUNNING, OTHER)[which])

    async def looks(self, number: int, stretch: int) -> None:
        past = Past(now=START, store=self.hosted.path, since=self.since)
        if self.shadow is None:
            self.shadow = Shadow("tested", TESTED, past, stretch=stretch)
        assert self.shadow.follow()
        found = told_by(self.shadow)
        assert found == backtested(self.hosted.path, self.since)
        self.compared += 1
        self.sent += found["sent"] if isinstance(found, dict) else 0


def lived(told: list[Step], since: Instant | None = None) -> Story:
    with TemporaryDirectory() as folder:
        story = Story(Path(folder) / "shop.db", told, since)
        try:
            story.hosted.live(story.live())
        finally:
            if story.shadow is not None:
                story.shadow.close()
    return story


@settings(max_examples=40)
@given(st.lists(steps(), min_size=4, max_size=40), st.sampled_from([None, None, START + 3 * HOUR]))
def test_a_shadow_reports_what_a_backtest_of_the_same_log_reports(told: list[Step], since: Instant | None) -> None:
    lived(told, since)


CART = [("opts", "ann", True), ("says", "ann", "Cart Updated", 0, "a"), ("passes", 5 * HOUR),
        ("says", "cat", "Product Viewed", 0, "a")]  # fmt: skip


@pytest.mark.parametrize(
    "told",
    [
        [*CART, ("looks", 3), ("erases", "ann"), ("looks", 3), *CART],
        [*CART, ("looks", 3), ("joins", "phone", "ann"), ("says", "phone", "Cart Updated", 0, "b"), ("passes", DAY)],
        [("says", "phone", "Cart Updated", 0, "a"), ("looks", 1), *CART, ("joins", "phone", "ann"), ("looks", 2),
         ("erases", "phone"), ("says", "bob", "Cart Updated", 0, "a")],
        [*CART, ("erases", "ann"), ("looks", 9), ("opts", "bob", True), ("says", "bob", "Cart Updated", 0, "a"),
         ("passes", 5 * HOUR), ("says", "cat", "Product Viewed", 0, "a"), ("looks", 1), ("erases", "bob")],
        [*CART, ("publishes", 1), ("looks", 1), *CART, ("says", "ann", "Unsubscribed", 0, "a"), ("looks", 4), *CART],
    ],
)  # fmt: skip
def test_merges_publications_stops_and_erased_users_are_seen_as_a_backtest_sees_them(told: list[Step]) -> None:
    story = lived(told)
    assert story.compared > 1
    assert story.sent > 0
