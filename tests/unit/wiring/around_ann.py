"""Decisions about ann, and a playbook that made them."""

from msgspec.structs import replace

from opportune.messages.message import Message
from opportune.playbook.definition import Playbook, Settings, playbook_of
from opportune.policies.decision import Chosen, Decision, Ending, Verdict
from opportune.policies.verbs import Policy
from opportune.units import ONE, Instant
from opportune.wiring.around import Around
from tests.contracts.made import NOW, decision

MESSAGES = (
    Message("cart_reminder", ("email", "push"), "cart"),
    Message("news", ("email",), "news"),
    Message("code", ("sms",), "code", "transactional", obeys=False, counts=False),
    Message("ping", ("webhook",), "", "internal"),
)


def playbook(*policies: Policy) -> Playbook:
    return playbook_of(Settings("Europe/Berlin", "EUR", policies=policies), messages=MESSAGES)


def silent(*verdicts: Verdict, code: str = "", worth: int = ONE, id: str = "lost", at: Instant = NOW) -> Decision:
    reason = code or verdicts[0].code
    return replace(decision(id), due=at, code=reason, verdicts=verdicts, worth=worth)


def won(
    id: str, message: str = "news", *, due: Instant = NOW, at: Instant | None = None, worth: int = 2 * ONE
) -> Decision:
    chosen = Chosen("email", "default", due if at is None else at)
    return replace(decision(id), message=message, due=due, chosen=chosen, code="chosen", worth=worth)


def sent(of: Decision, at: Instant) -> Ending:
    return Ending(of.id, of.user, "sent", "sent", at)


def around(*decisions: Decision, endings: tuple[Ending, ...] = (), policies: tuple[Policy, ...] = ()) -> Around:
    return Around(decisions, {each.decision: each for each in endings}, playbook(*policies))
