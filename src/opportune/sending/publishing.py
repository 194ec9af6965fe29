"""What a publication does to one user: triggers are armed, runs moved, and what rests on local clocks planned anew."""

from collections.abc import Iterable, Sequence

from opportune.events.event import Published
from opportune.features.ledger import Pending
from opportune.journeys.arming import arm_all
from opportune.journeys.journey import Journey
from opportune.journeys.memory import Memory
from opportune.journeys.moving import way
from opportune.journeys.run import Run, order
from opportune.journeys.step import Send
from opportune.journeys.trigger import Crossing, Standing
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import JOURNEY_PAUSED, release
from opportune.policies.slate import Proposal
from opportune.sending.claiming import recall
from opportune.sending.firing import fire
from opportune.sending.reaction import Reaction, reaction_to
from opportune.sending.receiving import call_off
from opportune.sending.replanning import replan
from opportune.sending.speaking import arrive, go_on
from opportune.sending.taking import say
from opportune.units import Instant

MOVED_AWAY = "moved"
"""The code of what was planned at a step whose runs are moved to one that says nothing."""


def concerns_everybody(
    said: Published, before: Published, playbooks: Sequence[Compiled], earlier: Sequence[Compiled]
) -> bool:
    """Whether this publication, after the one before, may change what is remembered of any user.

    Not if the ``earlier`` playbooks arm and move the same as those that it puts in force.
    """
    told = [_touching(each) for each in (*playbooks, *earlier)]
    return (
        said.zones != before.zones
        or not set(said.paused) <= set(before.paused)
        or any(each != told[0] for each in told)
    )


def _touching(playbook: Compiled) -> tuple[list[Journey], str, str]:
    """What of it reaches users at a publication: triggers that are armed for everybody, and moves.

    Those that a condition arms may hang on any feature, those of a user's clock on the zone where none is known.
    """
    newest = [plan.journey for plan in playbook.plans.newest.values()]
    armed = [each for each in newest if isinstance(each.enter, Standing | Crossing)]
    has_crossings = any(isinstance(each.enter, Crossing) for each in armed)
    moving = [each for each in newest if each.moves]
    return [*armed, *moving], playbook.zone.name if armed else "", playbook.hash if has_crossings else ""


def take_up(playbook: Compiled, memory: Memory, published: Published, before: Published) -> Reaction:
    """The user from this publication on; what fell due before was decided by the playbook before it (R6).

    Where the zone rules are others than in the publication ``before``, all that rests on local clocks is planned anew.
    """
    out = reaction_to(memory)
    now: Instant = max(published.now, memory.clock)
    memory.clock, memory.seq = now, max(published.seq, memory.seq)
    wishes = [*_hushed(playbook, now, out), *_moved(playbook, now, out)]
    has_other_zones = published.zones != before.zones
    if has_other_zones:
        wishes += replan(playbook, now, out)
    say(playbook, wishes, now, out)
    arm_all(playbook.plans, memory, now, playbook.terms, keeps=has_other_zones)
    fire(playbook, now, out)
    return out


def _hushed(playbook: Compiled, now: Instant, out: Reaction) -> Iterable[Proposal]:
    """What paused journeys have planned ends, and what they have claimed is recalled; their runs go on behind it."""
    wishes: list[Proposal] = []
    for pending in [each for each in out.memory.ledger.pending if each.journey in playbook.paused]:
        if pending.state != "planned":
            recall(pending, JOURNEY_PAUSED, out)
        if pending.state != "claimed":
            out.endings.append(release(out.memory, pending, JOURNEY_PAUSED, now))
            wishes += go_on(playbook, pending, now, out, is_sent=False)
    return wishes


def _moved(playbook: Compiled, now: Instant, out: Reaction) -> Iterable[Proposal]:
    """Runs of earlier versions go where the newest version of their journey says.

    One whose message is on its way already goes on as it was, unless it ends; one whose message is only planned keeps
    it where it is moved to a step that sends, else it is not sent.
    """
    wishes: list[Proposal] = []
    for run in sorted(out.memory.runs, key=order):
        old, new = playbook.plans.of(run), playbook.plans.newest.get(run.journey)
        if old is None or new is None or old is new:
            continue
        to = way(old.journey, new.journey, run.step)
        if to == "end":
            out.memory.runs.remove(run)
            call_off(out.memory, [run], MOVED_AWAY, now, out)
            continue
        pending = _open(out.memory, run)
        if to is None or (pending is not None and pending.state != "planned"):
            continue
        run.version, run.step, run.has_acted = new.version, to, True
        if pending is not None and isinstance(new.step(run), Send):
            continue
        call_off(out.memory, [run], MOVED_AWAY, now, out)
        run.due = None
        wishes += arrive(playbook, run, now, out)
    return wishes


def _open(memory: Memory, run: Run) -> Pending | None:
    """The decision that this run waits for, if it has not ended."""
    return next((each for each in memory.ledger.pending if each.id == run.decision), None)
