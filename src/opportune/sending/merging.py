"""Two ids turn out to be one user: one memory of two, by the law merge(fold x, fold y) = fold(sort(x + y)) (R15)."""

from opportune.events.event import Merged
from opportune.features.evolve import suppress
from opportune.features.lasts import remembered
from opportune.features.ledger import CONTEXT, Consent, Ledger
from opportune.features.merge import merge_profiles
from opportune.features.profile import Profile
from opportune.features.sessions import last_active
from opportune.journeys.beginning import exit_name
from opportune.journeys.memory import Memory
from opportune.journeys.run import Past, Run, order
from opportune.policies.compiled import Compiled
from opportune.sending.firing import fire
from opportune.sending.reaction import Reaction, reaction_to
from opportune.sending.receiving import call_off, stopped
from opportune.sending.replanning import wait_anew
from opportune.sending.taking import say
from opportune.units import Instant


def merge(playbook: Compiled, kept: Memory, absorbed: Memory, happened: Merged) -> tuple[Reaction, Reaction]:
    """What is due for either by then, fired as of its own instant; then the two as one, in ``kept``.

    The first Reaction is the absorbed user's last: its memory is not to be kept. Consent becomes the stricter of both,
    sends and reservations add up, of two runs of one (journey, key) the older lives.
    """
    last, out = reaction_to(absorbed), reaction_to(kept)
    if happened.seq <= kept.seq:
        return last, out
    now = max(happened.now, kept.clock, absorbed.clock)
    fire(playbook, now, last)
    fire(playbook, now, out)
    kept.clock, kept.seq, kept.is_known = now, happened.seq, kept.is_known or absorbed.is_known
    is_absorbed_later = (last_active(absorbed.profile) or 0) > (last_active(kept.profile) or 0)
    horizon = now - playbook.lateness
    exited = _exited(kept.runs, absorbed.profile, horizon) + _exited(absorbed.runs, kept.profile, horizon)
    kept.profile = merge_profiles(playbook.fold, kept.profile, absorbed.profile, now)
    kept.ledger = _joined(kept.ledger, absorbed.ledger, happened.seq)
    kept.pasts = _pasts(kept.pasts, absorbed.pasts)
    gone = set(map(id, exited))  # two runs may be alike in everything but whose they are
    kept.runs, younger = _older([run for run in kept.runs + absorbed.runs if id(run) not in gone])
    kept.armed = absorbed.armed if is_absorbed_later else kept.armed
    if absorbed.exposed_at is not None and (kept.exposed_at is None or absorbed.exposed_at < kept.exposed_at):
        kept.exposed_as, kept.exposed_at = absorbed.bucket, absorbed.exposed_at
    call_off(kept, sorted(exited, key=order), "exited", now, out)
    call_off(kept, younger, "merged", now, out)
    wait_anew(playbook, now, out)
    say(playbook, list(stopped(playbook, now, out)), now, out)
    fire(playbook, now, out)
    return last, out


def _exited(runs: list[Run], other: Profile, horizon: Instant) -> list[Run]:
    """The runs that an exit the other id had done would have ended."""
    return [
        run
        for run in runs
        if any(
            at >= run.entry
            for key in (run.key, "")
            for at in remembered(other.lasts, exit_name(run.journey, key), horizon)
        )
    ]


def _joined(kept: Ledger, absorbed: Ledger, seq: int) -> Ledger:
    """Both ledgers as one; every withdrawal of either speaks after every grant."""
    words: dict[tuple[str, str, bool], Consent] = {}
    for consent in absorbed.consents + kept.consents:
        name = (consent.channel, consent.topic, consent.source == CONTEXT)
        if name not in words or not consent.is_given or (words[name].is_given and consent.seq > words[name].seq):
            words[name] = consent
    for consent in absorbed.consents + kept.consents:
        word = words[consent.channel, consent.topic, consent.source == CONTEXT]
        if not consent.is_given:
            word.seq, word.at = seq, max(word.at, consent.at)
    for suppression in absorbed.suppressions:
        suppress(kept, suppression)
    return Ledger(
        sorted(kept.sent + absorbed.sent, key=lambda sent: (sent.at, sent.id)),
        kept.pending + absorbed.pending,
        [words[name] for name in sorted(words)],
        kept.suppressions,
    )


def _pasts(kept: list[Past], absorbed: list[Past]) -> list[Past]:
    """What re-entry remembers of both: the newest instants of each (journey, key)."""
    pasts = {(past.journey, past.key): past for past in kept}
    for past in absorbed:
        known = pasts.setdefault((past.journey, past.key), past)
        known.entry = max(known.entry, past.entry)
        known.sent = max((at for at in (known.sent, past.sent) if at is not None), default=None)
        known.goal = max((at for at in (known.goal, past.goal) if at is not None), default=None)
    return [pasts[name] for name in sorted(pasts)]


def _older(runs: list[Run]) -> tuple[list[Run], list[Run]]:
    """Of each (journey, key) the run that entered first, and the others."""
    lives: dict[tuple[str, str], Run] = {}
    ended: list[Run] = []
    for run in sorted(runs, key=order):
        if lives.setdefault((run.journey, run.key), run) is not run:
            ended.append(run)
    return list(lives.values()), ended
