"""The end of quiet hours: of what has waited for it, only the best may go (``at_end`` of the policy)."""

from collections.abc import Iterable, Sequence

from opportune.features.ledger import Pending
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import release
from opportune.policies.queue import QUEUED_OUT, Waiting, giving_way
from opportune.policies.slate import Proposal
from opportune.sending.claiming import objection_now
from opportune.sending.reaction import Reaction
from opportune.sending.speaking import go_on, run_of
from opportune.units import Instant


def give_way(playbook: Compiled, pendings: Sequence[Pending], due: Instant, out: Reaction) -> Iterable[Proposal]:
    """Ends those of the decisions due that wait behind a better one, and yields what their runs want next.

    One to which a gate objects stands in nobody's way: it is asked like any other after this.
    """
    if not playbook.pipeline.nights or len(pendings) < 2:
        return
    queue = [each for each in pendings if each.state == "planned" and each.is_marketing]
    view = playbook.view(out.memory, due)
    waiting = [Waiting(each, playbook.messages[each.message]) for each in queue if _is_free(playbook, each, due, out)]
    for pending in giving_way(playbook.pipeline.nights, waiting, view):
        out.endings.append(release(out.memory, pending, QUEUED_OUT, due))
        yield from go_on(playbook, pending, due, out, is_sent=False)


def _is_free(playbook: Compiled, pending: Pending, due: Instant, out: Reaction) -> bool:
    """Whether no gate objects to it now."""
    view = playbook.view(out.memory, due)
    run = run_of(out.memory, pending.journey, pending.key, pending.entry)
    if run is not None:
        view = view.for_run(run.kept, run.entry)
    return objection_now(playbook, pending, view) is None
