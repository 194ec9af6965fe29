"""A playbook ready to run: everything its definitions compile to. Never changed; a publication makes a new one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from opportune.features.age import Ages
from opportune.features.clock import zones_meant, zones_stated
from opportune.features.fold import Fold
from opportune.features.local_time import Zone
from opportune.features.profile import Profile
from opportune.features.scope import Readers, Scope
from opportune.features.sessions import session_at
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plans
from opportune.journeys.terms import Terms
from opportune.messages.message import Message
from opportune.policies.looks import Looks
from opportune.policies.pipeline import Pipeline
from opportune.policies.view import View
from opportune.units import Instant, Millis, Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What ``react`` runs on."""

    hash: str
    """The content hash of the newest playbook."""
    salt: str
    zone: Zone
    """Where a user is of whom no zone is known."""
    lateness: Millis
    idle: Millis
    """A session ends this long after the last activity."""
    ledger_span: Millis
    """How far back any cap looks."""
    fold: Fold
    readers: Readers
    ages: Ages
    """Of the newest playbook's features."""
    looks: Looks
    plans: Plans
    messages: Mapping[str, Message]
    """By name: the newest wording of every message that a living run may still propose."""
    wanted: Mapping[str, frozenset[str]]
    """By message: the names its templates read; an attempt carries no others."""
    pipeline: Pipeline
    paused: frozenset[str] = frozenset()
    """Journeys that nobody enters, and in which nothing is said: those of the publication, whichever it is."""

    terms: Terms = field(init=False)
    """What runs are moved by, beside their own journey."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "terms", Terms(self.lateness, self.zone, self.salt, self.paused))

    def view(self, memory: Memory, now: Instant) -> View:
        """What policies may see of this user as of ``now``."""
        profile = memory.profile
        session = session_at(profile, now, self.idle)
        end = None if session is None else session.end + self.idle
        zones = self.zones(profile, now)
        return View(now, memory.bucket, self.salt, memory.ledger, Scope(profile, now), zones, end, ages=self.ages)

    def zones_of(self, said: Iterable[Scalar]) -> tuple[Zone, ...]:
        """The zones that these words come to, the surest first; the playbook's if none is one."""
        return zones_meant(said) or (self.zone,)

    def zones(self, profile: Profile, now: Instant) -> tuple[Zone, ...]:
        """Every zone the user may be in: stated, and where the newest event came from; else the playbook's."""
        return zones_stated(profile, now) or (self.zone,)
