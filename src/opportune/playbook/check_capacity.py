"""Plans for many users that no message, or nothing that chooses an hour, goes by."""

from collections.abc import Iterator

from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding
from opportune.playbook.problems import meant
from opportune.policies.planned import Plan
from opportune.policies.send_time import SendTime

_PLACE = "models/capacity.json:1"


def capacity_findings(playbook: Playbook) -> Iterator[Finding]:
    """A warning for each plan that changes nothing, or leaves users without an hour that somebody chooses."""
    plans = () if playbook.capacity is None else playbook.capacity.plans
    for plan in plans:
        yield from (Finding("warning", _PLACE, f"plan {plan.name!r}: {text}") for text in _said(playbook, plan))
    if plans and not any(isinstance(each, SendTime) for each in playbook.policies):
        text = "nothing chooses between the hours of these plans; add the policy '- send_time: {}'"
        yield Finding("warning", _PLACE, text)


def _said(playbook: Playbook, plan: Plan) -> Iterator[str]:
    message = playbook.messages.get(plan.message)
    if message is None:
        yield f"there is no message {plan.message!r}; {meant(plan.message, playbook.messages)}"
    elif message.kind != "marketing":
        yield f"message {message.name!r} is {message.kind}, and only marketing is planned; plan again"
    else:
        for channel in plan.hours:
            if channel not in message.channels:
                yield f"message {message.name!r} goes by {', '.join(message.channels)}, not by {channel!r}; plan again"
