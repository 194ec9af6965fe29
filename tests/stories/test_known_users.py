"""A write key can be read in a browser: whoever has it can claim no user who is known as such."""

import asyncio
import json

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.alias import Alias
from opportune.events.event import Event, Merged
from opportune.events.names import ATTEMPT_LAPSED, UNSUBSCRIBED
from opportune.events.wire import Arrival, Read, read
from opportune.playbook.compiling import compiled
from opportune.wiring.importing import IntoHost, Stretch
from opportune.wiring.intake import Intake
from opportune.wiring.shard import Shard
from tests.stories.shop import shop

NOW = 1_780_315_200_000


class Scene:
    """An intake and its shard, fed call by call."""

    def __init__(self, *, joins_known: bool = False) -> None:
        self.shard = Shard(compiled(shop()))
        self.intake = Intake(MemoryStore(), self.shard, joins_known=joins_known)
        self.count = 0

    def said(self, kind: str, **ids: str) -> tuple[Read, ...]:
        self.count += 1
        call = {"type": kind, "messageId": f"m{self.count}", "event": "Seen", **ids}
        return read(json.dumps(call).encode(), Arrival(NOW))

    def take(self, *calls: tuple[Read, ...]) -> list[Event | Merged]:
        """What one batch of calls comes to."""
        entries = [entry for call in calls for each in call for entry in self.intake.entered(each, NOW)]
        self.shard.feed(entries)
        return entries

    def restarted(self) -> Shard:
        return Shard(self.shard.playbook, memories=self.shard.memories)


def test_an_identify_that_claims_a_known_user_counts_and_joins_nobody() -> None:
    for at_once in (False, True):
        scene = Scene()
        victim = scene.said("track", userId="victim")
        attack = scene.said("identify", userId="attacker", anonymousId="victim")
        entries = scene.take(victim, attack) if at_once else [*scene.take(victim), *scene.take(attack)]
        assert [(type(each), each.user) for each in entries] == [(Event, "victim"), (Event, "attacker")]
        assert [each.previous for each in scene.intake.not_joined()] == ["victim"]
        assert scene.intake.not_joined() == []
        assert scene.shard.resolved("victim") == "victim"


def test_an_alias_of_a_known_user_is_refused_after_a_restart_too() -> None:
    scene = Scene()
    scene.take(scene.said("track", userId="victim"))
    intake = Intake(MemoryStore(), scene.restarted())
    (alias,) = scene.said("alias", userId="attacker", previousId="victim")
    assert list(intake.entered(alias, NOW)) == []
    assert intake.not_joined() == [alias]


def test_whoever_was_only_anonymous_is_joined_and_changes_hands_as_before() -> None:
    scene = Scene()
    scene.take(scene.said("track", anonymousId="device"))
    for user in ("ann", "bob"):
        scene.take(scene.said("identify", userId=user, anonymousId="device"))
        assert scene.shard.resolved("device") == user
    assert scene.intake.not_joined() == []


def test_what_we_say_ourselves_makes_nobody_known() -> None:
    scene = Scene()
    scene.take((Event("receipt-d1-1", "device", ATTEMPT_LAPSED, NOW, NOW),))
    assert not scene.shard.is_known("device")


def test_an_operator_may_join_known_users_and_nobody_takes_them_back() -> None:
    for is_trusted in (True, False):
        scene = Scene(joins_known=not is_trusted)
        scene.take(scene.said("track", userId="a@example.com"))
        scene.take((Alias("a1", "a@example.com", "ann", NOW, NOW, is_trusted=is_trusted),))
        scene.take(scene.said("track", userId="a@example.com"))
        assert scene.shard.resolved("a@example.com") == scene.restarted().resolved("a@example.com") == "ann"
        strict = Intake(MemoryStore(), scene.shard)
        (alias,) = scene.said("alias", userId="attacker", previousId="a@example.com")
        assert (list(strict.entered(alias, NOW)), strict.not_joined()) == ([], [alias])


@pytest.mark.parametrize("at_once", [False, True])
def test_an_id_that_was_claimed_as_anonymous_is_its_own_once_it_is_said_as_a_user(at_once: bool) -> None:
    scene = Scene()
    calls = [
        scene.said("track", anonymousId="victim"),
        scene.said("identify", userId="attacker", anonymousId="victim"),
        scene.said("identify", userId="victim", anonymousId="phone"),
        scene.said("identify", userId="attacker", anonymousId="victim"),
    ]
    for batch in [calls] if at_once else [[call] for call in calls]:
        scene.take(*batch)
    for shard in (scene.shard, scene.restarted()):
        assert [shard.resolved(each) for each in ("victim", "phone")] == ["victim", "victim"]
        assert list(shard.heirs("victim")) == ["attacker"], "the file never has the one older than the other"
    assert [each.previous for each in scene.intake.not_joined()] == ["victim"]


def test_the_log_gives_the_same_memories_again_from_any_snapshot() -> None:
    scene, log, kept = Scene(), list[Event | Merged](), list[dict[str, bytes]]()
    for call in (
        scene.said("track", anonymousId="victim"),
        scene.said("identify", userId="attacker", anonymousId="victim"),
        scene.said("track", userId="victim"),
        scene.said("track", userId="attacker"),
        scene.said("track", userId="victim"),
    ):
        log += scene.take(call)
        kept.append(dict(scene.shard.memories))
    for memories in ({}, *kept):
        again = Shard(scene.shard.playbook, memories=memories)
        again.feed(log)
        assert again.memories == scene.shard.memories
        assert again.resolved("victim") == "victim"


def test_a_stop_of_the_time_before_is_meant_by_both() -> None:
    scene = Scene()
    scene.take(scene.said("identify", userId="attacker", anonymousId="victim"))
    scene.take(scene.said("track", userId="victim"))
    stop = Event("unsubscribe-1", "victim", UNSUBSCRIBED, NOW, NOW)
    assert [each.user for each in scene.take((stop,))] == ["victim", "attacker"]
    assert scene.take((stop,)) == []
    lapsed = Event("receipt-x-1", "victim", ATTEMPT_LAPSED, NOW, NOW, properties=b'{"decision": "x"}')
    assert [each.user for each in scene.take((lapsed,))] == ["victim"]


def test_an_import_is_trusted() -> None:
    taken: list[Read] = []

    async def accept(reads, dead, marks):  # type: ignore[no-untyped-def]
        from opportune.ports import Taken

        taken.extend(reads)
        found = Taken()
        found.erased += [each.id for each in reads if each.user == "gone"]
        return found

    calls = [
        b'{"type": "alias", "userId": "ann", "previousId": "a@example.com"}',
        b'{"type": "identify", "userId": "gone", "anonymousId": "device", "messageId": "m1"}',
    ]
    into = IntoHost(accept, now=lambda: NOW, is_history=False)
    said = asyncio.run(into.take(Stretch(calls, [], "import:x", 1)))
    assert [each.is_trusted for each in taken if isinstance(each, Alias)] == [True, True]
    assert (said.known, said.erased, said.refused) == (0, 1, [])
