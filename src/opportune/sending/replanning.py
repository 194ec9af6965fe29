"""What rests on local clocks, planned anew once a user may be in other zones than before."""

from collections.abc import Iterable
from typing import Final

from msgspec import structs

from opportune.features.ledger import Pending
from opportune.journeys.waiting import replanned_due
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import again, decided, release
from opportune.policies.slate import MOST_ROUNDS, Decided, Proposal
from opportune.sending.reaction import Reaction
from opportune.sending.speaking import carry_out, go_on, run_of
from opportune.units import Instant

REPLANNED = "replanned"
"""The code of a planned decision in whose place another was made because the user may be in other zones now."""
MOST_REPLANNED: Final = MOST_ROUNDS // 2
"""So many rounds at most; the others are left for what stands against it at its instant."""


def replan(playbook: Compiled, now: Instant, out: Reaction) -> Iterable[Proposal]:
    """Runs that wait for the user's clock wait for it anew as of ``now``, and what is planned is decided again.

    Planned marketing decisions earliest first, each alone with its old deadline, and none counts those that come after
    it. One that would be decided as before stays as it is, and so does one that has been decided often enough: it is
    asked again at its instant anyway. Yields what runs want next.
    """
    wait_anew(playbook, now, out)
    pendings = out.memory.ledger.pending
    planned = [each for each in sorted(pendings, key=_order) if _may_move(playbook, each, out)]
    for pending in planned:
        pendings.remove(pending)
    wishes: list[Proposal] = []
    for pending in planned:
        wishes += _decided_again(playbook, pending, now, out)
    return wishes


def wait_anew(playbook: Compiled, now: Instant, out: Reaction) -> None:
    """Runs that wait for an instant of the user's clock get the due that they would get if they came there now."""
    for run in out.memory.runs:
        plan = playbook.plans.of(run)
        step = plan.step(run) if plan is not None else None
        if step is not None:
            run.due = replanned_due(step, run, out.memory, now, playbook.terms)


def _order(pending: Pending) -> tuple[Instant, str, str, Instant]:
    return pending.at, pending.journey, pending.key, pending.entry


def _may_move(playbook: Compiled, pending: Pending, out: Reaction) -> bool:
    return (
        pending.state == "planned"
        and pending.is_marketing
        and pending.rounds < MOST_REPLANNED
        and pending.message in playbook.messages
        and run_of(out.memory, pending.journey, pending.key, pending.entry) is not None
    )


def _decided_again(playbook: Compiled, pending: Pending, now: Instant, out: Reaction) -> Iterable[Proposal]:
    memory = out.memory
    run = run_of(memory, pending.journey, pending.key, pending.entry)
    assert run is not None
    wish = again(pending, playbook.messages[pending.message], run)
    [(outcome, decision)] = decided(playbook, memory, [wish], now)
    is_silent = outcome.chosen is None
    memory.ledger.pending.append(pending)
    if _is_as_before(pending, outcome):
        return ()
    ending = release(memory, pending, outcome.code if is_silent else REPLANNED, now)
    out.endings.append(structs.replace(ending, until=outcome.until))
    if is_silent:
        return go_on(playbook, pending, now, out, is_sent=False)
    return carry_out(playbook, outcome, decision, out)


def _is_as_before(pending: Pending, outcome: Decided) -> bool:
    chosen = outcome.chosen
    planned = pending.channel, pending.variant, pending.at
    return chosen is not None and (chosen.channel, chosen.variant, chosen.at) == planned
