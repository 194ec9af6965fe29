"""What a story in a test comes to is what the engine does: the same decisions and endings, at the same instants."""

from collections.abc import Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.policies.decision import digest_of
from opportune.ports import History
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt, events_of
from opportune.testing.world import MONDAY_NOON, World
from opportune.units import DAY, HOUR, MINUTE, Instant
from opportune.wiring.sample import sample_texts
from tests.laws.hosted import Hosted

TEXTS = sample_texts()
PLAYBOOK = playbook_from(TEXTS)
WAITS = (MINUTE, 20 * MINUTE, 44 * MINUTE, 46 * MINUTE, 5 * HOUR, 11 * HOUR, 2 * DAY, 8 * DAY)
SAID: tuple[tuple[str, dict[str, object]], ...] = (
    ("Cart Updated", {"cart_id": "c1", "value": 80}),
    ("Cart Updated", {"cart_id": "c2", "value": 40}),
    ("Cart Updated", {"cart_id": "c3", "value": 10}),
    ("Order Completed", {"cart_id": "c1", "revenue": 80}),
    ("Page Viewed", {}),
    ("Identified", {"timezone": "Asia/Tokyo"}),
    ("Consent Withdrawn", {"channel": "email", "topic": "cart"}),
    ("Consent Given", {"channel": "push", "source": "form"}),
)
Step = tuple[int, str, tuple[str, dict[str, object]]]
"""How long it takes until it happens, to whom, and what."""
steps = st.lists(
    st.tuples(st.sampled_from(WAITS), st.sampled_from(("ann", "ben")), st.sampled_from(SAID)), min_size=1, max_size=14
)
BEGUN: list[Step] = [
    (0, name, ("Identified", {"email": f"{name}@example.com", "push_token": f"token-{name}", "email_opt_in": True}))
    for name in ("ann", "ben")
]


def by_the_kit(story: list[Step]) -> tuple[list[int], list[object]]:
    world = World(PLAYBOOK, delay=0)
    for wait, name, (event, properties) in story:
        world.until(world.now + wait)
        world.feed([world.event(name, event, properties)])
    world.passes(days=9)
    endings = [(each.decision, each.outcome, each.code, each.at) for each in world.endings.values()]
    return sorted(map(digest_of, world.decisions)), sorted(endings)


class Sending(Hosted):
    """An engine all of whose messages are accepted at once."""

    async def _call(self, claim: Claim) -> None:
        now: Instant = self.clock.now()
        assert await self.store.mark_data_sent(claim)
        receipt = Receipt("sent", "accepted")
        await self.store.answer(claim, receipt, now)
        for event in events_of(claim, receipt, now):
            self.host.report(event)


def by_the_engine(story: list[Step], folder: Path) -> tuple[list[int], list[object]]:
    engine, said = Sending(folder / "shop.db", TEXTS, MONDAY_NOON), list[tuple[list[int], list[object]]]()

    async def lived() -> None:
        for number, (wait, name, (event, properties)) in enumerate(story):
            await engine.passes(wait)
            now = engine.clock.now()
            await engine.says(Event(f"e{number}", name, event, now, now, properties=json.encode(properties)))
        await engine.passes(9 * DAY)
        said.append(told(engine.store))

    living: Coroutine[Any, Any, None] = lived()
    engine.live(living)
    return said[0]


def told(history: History) -> tuple[list[int], list[object]]:
    endings = [(each.decision, each.outcome, each.code, each.at) for each in history.endings()]
    return sorted(map(digest_of, history.decisions())), sorted(endings)


@settings(max_examples=20, deadline=None)
@given(steps)
def test_a_story_comes_to_what_the_engine_does(happens: list[Step]) -> None:
    story = [*BEGUN, *happens]
    with TemporaryDirectory() as folder:
        assert by_the_kit(story) == by_the_engine(story, Path(folder))


def test_such_stories_have_sends_and_silences_in_them() -> None:
    withdrawn = (MINUTE, "ann", SAID[6])
    story = [*BEGUN, withdrawn, *[(46 * MINUTE, name, SAID[place]) for place in (0, 1) for name in ("ann", "ben")]]
    decisions, endings = by_the_kit(story)
    assert len(decisions) >= 4
    assert {each[1] for each in endings if isinstance(each, tuple)} == {"sent", "not_sent"}
