"""What says when a user looks: opens and clicks by channel, and what ``send_time`` makes of all they did."""

from collections.abc import Mapping

from msgspec import Raw, Struct, json

from opportune.events import names
from opportune.events.event import Event
from opportune.features.attention import Attention, is_look
from opportune.features.attention_model import AttentionModel
from opportune.features.rhythm import rhythm_of
from opportune.policies.compiled import Compiled
from opportune.policies.send_pick import SendPick
from opportune.ports import History
from opportune.units import Instant
from opportune.wiring.lives import Lives
from opportune.wiring.rhythm_said import top_hours

_OPENS = frozenset({names.EMAIL_OPENED, names.PUSH_OPENED, names.IN_APP_SHOWN})


class Looked(Struct, frozen=True, rename="camel"):
    """When the user last looked at what came on a channel; what may have been a machine does not count."""

    channel: str
    opened_at: Instant | None
    """Of an in-app message: when it was shown."""
    clicked_at: Instant | None


class Presence(Struct, frozen=True):
    """What the log tells of a user's looking."""

    looked: tuple[Looked, ...] = ()
    """By channel, in the order of names."""
    active_at: Instant | None = None
    """The newest activity, whether or not anything in the playbook remembers it."""


UNSEEN = Presence()


class AttentionView(Struct, frozen=True, rename="camel"):
    """When the user looks, as far as it is known."""

    check_ins: int
    """Hours in which the user was active of their own accord."""
    opens: int
    """Messages that the user opened within two days."""
    sends: int
    """Messages that went out where an open can be seen."""
    top_hours: list[str]
    """When they mostly look, such as ``weekdays 07:00-09:00``, local; empty while too little is known."""
    model: str
    """The snapshot that all is read with."""


def presence_of(history: History, user: str) -> Presence:
    """Of all ids of the user, and of nobody else who had one of them."""
    lives, found, active = Lives(history, user), dict[str, list[Instant | None]](), list[Instant]()
    heard = (entry for name in lives.names for entry in history.events_of(name) if isinstance(entry, Event))
    for event in heard:
        if not lives.holds(event.user, event.seq):
            continue
        if event.name in names.ENGAGEMENTS and is_look(event.name, _properties(event.properties)):
            newest = found.setdefault(names.ENGAGEMENTS[event.name], [None, None])
            place = 0 if event.name in _OPENS else 1
            newest[place] = max(newest[place] or 0, event.at)
        if event.name not in names.PASSIVE and not event.id.startswith(names.EMIT_ID):
            active.append(event.at)
    looked = tuple(Looked(channel, *instants) for channel, instants in sorted(found.items()))
    return Presence(looked, max(active, default=None))


def attention_view(playbook: Compiled, attention: Attention | None) -> AttentionView | None:
    """None where no ``send_time`` asks for it."""
    model = _model(playbook)
    if model is None:
        return None
    rhythm = rhythm_of(attention, model)
    is_known = rhythm.check_ins + rhythm.opens >= model.fewest
    sends = 0 if attention is None else attention.sent
    return AttentionView(
        rhythm.check_ins, rhythm.opens, sends, top_hours(rhythm) if is_known else [], model.name
    )  # fmt: skip


def looks_said(view: AttentionView) -> str:
    """Such as ``Mostly looks weekdays 07:00-09:00: 15 sessions, 2 of 4 messages opened`` and a full stop."""
    when = f"Mostly looks {', '.join(view.top_hours)}" if view.top_hours else "When they look is not known yet"
    sessions = f"{view.check_ins:,} session{'' if view.check_ins == 1 else 's'}"
    return f"{when}: {sessions}, {view.opens:,} of {view.sends:,} messages opened."


def _model(playbook: Compiled) -> AttentionModel | None:
    return next((each.score.outlooks.model for each in playbook.pipeline.picks if isinstance(each, SendPick)), None)


def _properties(raw: bytes) -> Mapping[str, object]:
    found = json.decode(bytes(Raw(raw)) or b"{}")
    return found if isinstance(found, dict) else {}
