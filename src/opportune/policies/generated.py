"""Straight-line code for the first look at one message: which of its candidates stand as they are.

Which gates bind which channel is known before any event, so the code holds only the questions that remain. A gate that
does not read the channel is asked for all channels together, and later hours only where its answer may have changed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.channels import Channels
from opportune.policies.decision import Verdict
from opportune.policies.hours import Hours
from opportune.policies.slate import Standing
from opportune.policies.verbs import Expand, Gate, Reason
from opportune.policies.view import View
from opportune.units import Instant

Stand: TypeAlias = Callable[[Message, Instant, View, list[Verdict]], list[Standing]]
"""(message, deadline, view, verdicts to add to) -> what stands, channel by channel, earliest first."""


def can_generate(expands: Sequence[Expand]) -> bool:
    """Whether there is generated code for these expands; for others the plain look serves."""
    return all(isinstance(each, (Channels, Hours)) for each in expands)


def generated_stand(message: Message, expands: Sequence[Expand], gates: Sequence[Gate]) -> Stand:
    """The compiled first look; its text is kept in ``__doc__`` for whoever debugs it."""
    hours = next((each for each in expands if isinstance(each, Hours) and each.binds(message, "")), None)
    text = "\n".join((_now if hours is None else _later)(message, gates))
    names: dict[str, object] = {
        "Candidate": Candidate, "Standing": Standing, "Verdict": Verdict, "refusals": refusals, "hours": hours
    }  # fmt: skip
    names |= {f"gate{place}": gate for place, gate in enumerate(gates)}
    names |= {f"objection{place}": gate.objection for place, gate in enumerate(gates)}
    exec(compile(text, f"<first look at {message.name!r}>", "exec"), names)
    stand = names["stand"]
    assert callable(stand)
    stand.__doc__ = text
    return stand


def refusals(gate: Gate, slots: Sequence[Candidate], view: View) -> dict[Instant, Reason]:
    """What a gate says against these candidates, which differ in their instants only and come earliest first.

    Asked again only where its answer may have changed.
    """
    found: dict[Instant, Reason] = {}
    reason: Reason | None = None
    changes: Instant | None = slots[0].at
    for slot in slots:
        if changes is not None and slot.at >= changes:
            reason = gate.objection(slot, view)
            changes = gate.stays(reason, slot, view)
        if reason is not None:
            found[slot.at] = reason
        elif changes is None:
            break
    return found


def _now(message: Message, gates: Sequence[Gate]) -> Iterator[str]:
    """The text for the slate's instant alone."""
    bound, shared = _bound_by(message, gates)
    yield "def stand(message, deadline, view, verdicts):"
    yield "    stands, at = [], view.now"
    yield "    candidate = Candidate(message, '', at, deadline)"
    yield from (f"    why{n} = objection{n}(candidate, view)" for n in shared)
    for channel, binding in bound.items():
        yield f"    candidate = Candidate(message, {channel!r}, at, deadline)"
        yield from (f"    why{n} = objection{n}(candidate, view)" for n in binding if n not in shared)
        yield f"    if {' and '.join([f'why{n} is None' for n in binding]) or 'True'}:"
        yield "        stands.append(Standing(candidate))"
        for n in binding:
            yield f"    if why{n} is not None:"
            yield f"        verdicts.append({_verdict(gates[n], channel, f'why{n}')})"
    yield "    return stands"


def _later(message: Message, gates: Sequence[Gate]) -> Iterator[str]:
    """The text for the slate's instant and later hours."""
    bound, shared = _bound_by(message, gates)
    yield "def stand(message, deadline, view, verdicts):"
    yield "    stands = []"
    yield "    slots = [Candidate(message, '', at, deadline) for at in hours.instants(view.now, deadline, view)]"
    yield from (f"    against{n} = refusals(gate{n}, slots, view)" for n in shared)
    for channel, binding in bound.items():
        yield f"    candidates = [Candidate(message, {channel!r}, slot.at, deadline) for slot in slots]"
        for n in (each for each in binding if each not in shared):
            yield f"    against{n} = refusals(gate{n}, candidates, view)"
        yield f"    against = {{{', '.join(f'**against{n}' for n in binding)}}}"
        yield "    for candidate in candidates:"
        yield "        at = candidate.at"
        yield "        if at not in against:"
        yield "            stands.append(Standing(candidate))"
        yield "            continue"
        for n in binding:
            yield f"        if at in against{n}:"
            yield f"            verdicts.append({_verdict(gates[n], channel, f'against{n}[at]')})"
    yield "    return stands"


def _bound_by(message: Message, gates: Sequence[Gate]) -> tuple[dict[str, list[int]], list[int]]:
    """The places of the gates that bind the message on each of its channels, and of those asked for all together."""
    bound = {c: [n for n, gate in enumerate(gates) if gate.binds(message, c)] for c in message.channels}
    asked = sorted({n for binding in bound.values() for n in binding})
    return bound, [n for n in asked if "channel" not in gates[n].reads]


def _verdict(gate: Gate, channel: str, reason: str) -> str:
    return f"Verdict({gate.name!r}, {channel!r}, at, {reason}.code, {reason}.until, {reason}.needs)"
