"""An engine's file that holds users with sends whose moment was chosen, as ``training/confounded.py`` draws them."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Input, Merged, Tick
from opportune.journeys.run import GoalReached
from opportune.playbook.reading import playbook_from
from opportune.policies.decision import Chosen, Decision, Ending
from opportune.policies.timing import Slot, Timing
from opportune.ports import Batch
from opportune.training.gain import Send
from opportune.units import DAY, HOUR, MINUTE, ONE, Instant

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\npolicies:\n  - send_time: {control: 10%}\n",
    "journeys/j.yaml": "journey: j\nenter: Signed Up\ngoal: {on: Bought, within: 3 days}\nsteps:\n  - send: hello\n",
    "messages/hello.yaml": "message: hello\ntopic: news\nuseful_for: 1 day\nchannels: [email]\n",
    "messages/hello.liquid": "subject: Hi\n---\nHi {{ unsubscribe_url }}\n",
}
HASH = playbook_from(FILES).hash
START: Instant = 1_790_000_000_000
"""In September 2026."""
_SLOTS = {"best": 2 * HOUR, "baseline": 5 * HOUR, "other": 8 * HOUR}


def decided(user: str, place: int, send: Send, *, channel: str = "email") -> Decision:
    """The decision that such a send is of, in the user's run that began ``place`` days after the start."""
    due = START + place * DAY
    took = "best" if send.best else "baseline" if send.baseline else "other"
    aim = took if send.aim else "best" if took == "baseline" else "baseline"
    if took == "other":
        aim = "best" if send.aim_expected != send.baseline_expected else "baseline"
    slots = {name: Slot(channel, due + after, 0, 0, 0) for name, after in _SLOTS.items()}
    slots["baseline"] = replace(slots["baseline"], chance=send.baseline_chance, opened=send.baseline_expected)
    slots[aim] = replace(slots[aim], chance=send.aim_chance, opened=send.aim_expected)
    slots[took] = replace(slots[took], chance=send.chance, opened=send.expected)
    is_learned = aim == "best" and send.side == "treated"
    timing = Timing(
        "control" if send.side == "control" else "treatment", "learned" if is_learned else "baseline",
        "control" if send.side == "control" else "sure_gain" if is_learned else "too_little_known",
        slots["best"].at, slots["baseline"].at, 18, 0, 0, 5, 0, "m", "hash", "UTC", "playbook", None,
        tuple(slots.values()), channel,
    )  # fmt: skip
    return Decision(
        f"{user} {place}", user, "j", "", due, 0, due, "hello", Chosen(channel, "hello", slots[took].at), "chosen",
        None, 0, send.chance, (), HASH, "UTC", seq=1, timing=timing,
    )  # fmt: skip


def went_out(decision: Decision, outcome: str = "sent", code: str = "sent") -> Ending:
    assert decision.chosen is not None
    at = decision.chosen.at + MINUTE
    return Ending(decision.id, decision.user, "sent" if outcome == "sent" else "not_sent", code, at)


def opened(decision: Decision, *, by: str = "human", after: int = HOUR, name: str = "Email Opened") -> Event:
    assert decision.chosen is not None
    at = decision.chosen.at + MINUTE + after
    said = json.dumps({"decision": decision.id, "message": "hello", "channel": "email", "by": by, "after": after})
    return Event(f"track-{decision.id} {by} {name}", decision.user, name, at, at, properties=said.encode())


def bought(decision: Decision, *, worth: int | None = None, after: int = DAY) -> GoalReached:
    assert decision.chosen is not None
    at = decision.chosen.at + after
    value = None if worth is None else worth * ONE
    return GoalReached(decision.user, decision.journey, decision.key, decision.entry, at, value)


def filed(
    path: Path,
    decisions: Sequence[Decision],
    *,
    endings: Iterable[Ending] | None = None,
    events: Iterable[Event | Merged] = (),
    goals: Iterable[GoalReached] = (),
    until: Instant = START + 100 * DAY,
) -> Path:
    """The file; its log's clock has come to ``until``."""
    ended = tuple(went_out(each) for each in decisions) if endings is None else tuple(endings)
    inputs: list[Input] = [replace(each, seq=seq) for seq, each in enumerate(events, 2)]
    inputs.append(Tick(until, seq=len(inputs) + 2))
    store = SqliteStore(path)
    store.keep_publication(HASH, FILES)
    store.commit_now(Batch(inputs=tuple(inputs), decisions=tuple(decisions), endings=ended, goals=tuple(goals)))
    store.close()
    return path


def world_filed(path: Path, users: Iterable[tuple[str, Sequence[Send]]], *, worth: int | None = None) -> Path:
    """Of these users all that the record would hold; with ``worth`` those who opened buy as well."""
    decisions, events, goals = list[Decision](), list[Event](), list[GoalReached]()
    for user, sends in users:
        for place, send in enumerate(sends):
            decision = decided(user, place, send)
            decisions.append(decision)
            if send.opened:
                events.append(opened(decision))
                if worth is not None:
                    goals.append(bought(decision, worth=worth))
    return filed(path, decisions, events=events, goals=goals)
