"""Straight-line code for the first look at one message: which of its candidates stand as they are.

Which gates bind which channel is known before any event, so the code holds only the questions that remain. A gate that
does not read the channel is asked once for each instant, one that does not read the instant once for each channel.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.channels import Channels
from opportune.policies.decision import Verdict
from opportune.policies.hours import Hours
from opportune.policies.slate import Standing
from opportune.policies.verbs import Expand, Gate
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
    text = source_of(message, gates, has_hours=hours is not None)
    names: dict[str, object] = {"Candidate": Candidate, "Standing": Standing, "Verdict": Verdict, "hours": hours}
    names |= {f"gate{place}": gate.objection for place, gate in enumerate(gates)}
    exec(compile(text, f"<first look at {message.name!r}>", "exec"), names)  # noqa: S102 the text is our own
    stand = names["stand"]
    assert callable(stand)
    stand.__doc__ = text
    return stand


def source_of(message: Message, gates: Sequence[Gate], *, has_hours: bool) -> str:
    """The Python text of the first look at this message."""
    bound = {c: [n for n, gate in enumerate(gates) if gate.binds(message, c)] for c in message.channels}
    shared = [n for n, gate in enumerate(gates) if "channel" not in gate.reads and any(n in b for b in bound.values())]
    lines = [
        "def stand(message, deadline, view, verdicts):",
        "    stands = []",
        f"    instants = {'hours.instants(view.now, deadline, view)' if has_hours else '(view.now,)'}",
    ]
    if shared:
        lines.append("    slots = [Candidate(message, '', at, deadline) for at in instants]")
        lines += [f"    said{n} = [gate{n}(slot, view) for slot in slots]" for n in shared]
    for channel, binding in bound.items():
        lines += _channel(channel, binding, gates, shared=shared)
    return "\n".join([*lines, "    return stands", ""])


def _channel(channel: str, binding: Sequence[int], gates: Sequence[Gate], *, shared: Sequence[int]) -> list[str]:
    """The loop over the instants of one channel."""
    timeless = [n for n in binding if n not in shared and "at" not in gates[n].reads]
    timely = [n for n in binding if n not in shared and n not in timeless]
    common = [n for n in binding if n in shared]
    lines = [f"    first = Candidate(message, {channel!r}, view.now, deadline)"] if timeless else []
    lines += [f"    why{n} = gate{n}(first, view)" for n in timeless]
    loop = ", ".join(["at", *(f"why{n}" for n in common)])
    lines.append(f"    for {loop} in zip({', '.join(['instants', *(f'said{n}' for n in common)])}):".replace("for at in zip", "for (at,) in zip"))
    lines.append(f"        candidate = Candidate(message, {channel!r}, at, deadline)")
    lines += [f"        why{n} = gate{n}(candidate, view)" for n in timely]
    lines.append(f"        if {' is None and '.join([*(f'why{n}' for n in binding), '']).removesuffix(' and ') or 'True'}:")
    lines += ["            stands.append(Standing(candidate))", "            continue"]
    for n in binding:
        lines.append(f"        if why{n} is not None:")
        verdict = f"Verdict({gates[n].name!r}, {channel!r}, at, why{n}.code, why{n}.until)"
        lines.append(f"            verdicts.append({verdict})")
    return lines
