"""What rests on local clocks, planned anew once a user may be in other zones than before."""

from msgspec import structs

from opportune.features.ledger import Pending
from opportune.journeys.memory import Memory
from opportune.journeys.run import Run
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import again, decided, release
from opportune.policies.slate import MOST_ROUNDS, Decided
from opportune.sending.reaction import Reaction
from opportune.sending.speaking import carry_out, go_on, run_of, speak
from opportune.units import Instant

REPLANNED = "replanned"
"""The code of a planned decision in whose place another was made because the user may be in other zones now."""


def replan(playbook: Compiled, now: Instant, out: Reaction) -> None:
    """Planned marketing decisions are decided again as of ``now``, earliest first, each alone with its old deadline.

    One that would be decided as before stays as it is, and so does one that has been decided often enough (R8): it is
    asked again at its instant anyway.
    """
    planned = [each for each in out.memory.ledger.pending if each.state == "planned" and each.is_marketing]
    for pending in sorted(planned, key=_order):
        run = run_of(out.memory, pending.journey, pending.key, pending.entry)
        if run is not None and pending.rounds < MOST_ROUNDS and pending in out.memory.ledger.pending:
            _decide_again(playbook, pending, run, now, out)


def _order(pending: Pending) -> tuple[Instant, str, str, Instant]:
    return pending.at, pending.journey, pending.key, pending.entry


def _decide_again(playbook: Compiled, pending: Pending, run: Run, now: Instant, out: Reaction) -> None:
    memory, message = out.memory, playbook.messages.get(pending.message)
    if message is None:
        return
    place = _place(memory, pending)
    del memory.ledger.pending[place]  # its own reservation is not counted
    [(outcome, decision)] = decided(playbook, memory, [again(pending, message, run)], now)
    memory.ledger.pending.insert(place, pending)
    if _is_as_before(pending, outcome):
        return
    code = outcome.code if outcome.chosen is None else REPLANNED
    out.endings.append(structs.replace(release(memory, pending, code, now), until=outcome.until))
    if outcome.chosen is None:
        speak(playbook, list(go_on(playbook, pending, now, out, is_sent=False)), now, out)
    else:
        speak(playbook, list(carry_out(playbook, outcome, decision, out)), now, out)


def _place(memory: Memory, pending: Pending) -> int:
    return next(place for place, each in enumerate(memory.ledger.pending) if each is pending)


def _is_as_before(pending: Pending, outcome: Decided) -> bool:
    chosen = outcome.chosen
    planned = pending.channel, pending.variant, pending.at
    return chosen is not None and (chosen.channel, chosen.variant, chosen.at) == planned
