"""What people and their apps reach of a running engine beside bringing events: inboxes, tokens and the admin API."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from opportune.adapters.sealing import Sealer, token_of
from opportune.adapters.sources import admin, inbox
from opportune.adapters.sources.admin import AdminFace
from opportune.adapters.sources.door import Door
from opportune.adapters.sources.http import Application
from opportune.adapters.sources.inbox import InboxFace
from opportune.adapters.sources.inbox_hub import Hub
from opportune.adapters.sources.inbox_sweeping import Sweeper
from opportune.adapters.sources.keys import Keys
from opportune.adapters.sources.peers import Guesses
from opportune.adapters.sources.user_tokens import PURPOSE, Grant, UserTokens
from opportune.adapters.stores.secret import secret_of
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import Timer
from opportune.wiring.administration import asking_of
from opportune.wiring.embedded import Host
from opportune.wiring.shard import Shard

NOBODY: Final = "\0"
"""How the name of an inbox begins that nobody has: ids have no control characters."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What an operator has set up."""

    path: Path
    """The engine's file; its secret lies beside it."""
    keys: Keys
    policies: Mapping[str, type[Policy]] = field(default_factory=lambda: SHIPPED)
    public_url: str = ""
    """Where the world reaches the engine, if it does."""

    @property
    def is_published(self) -> bool:
        """Whether there is such a place beyond this machine."""
        return urlsplit(self.public_url).hostname not in (None, "localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Access:
    """The faces by beginning of their path, and what must run and end with the engine."""

    faces: Mapping[str, Application]
    door: Door
    """For other faces that need an admin key."""
    hub: Hub
    sweeper: Sweeper

    async def run(self) -> None:
        """Takes useless messages from inboxes until ``close``."""
        await self.sweeper.run()

    def close(self) -> None:
        """Ends all streams, so that the server can stop, and ``run``."""
        self.hub.close()
        self.sweeper.stop()


def access_to(host: Host, setup: Setup, *, hub: Hub, clock: Timer) -> Access:
    """The faces of this engine; ``hub`` is the one that its in-app channel tells of new messages."""
    secret = secret_of(setup.path)
    host.watchers.append(lambda inputs, turn: hub.after(inputs, turn.calls))
    tokens = UserTokens(Sealer(secret, PURPOSE), now=clock.now)
    door = Door(
        setup.keys,
        Guesses(clock.now),
        hidden=lambda user: token_of(secret, "user", user),
        is_published=setup.is_published,
    )
    asking = asking_of(host, setup.path, hub, clock=clock, policies=setup.policies)
    apps = InboxFace(
        shelf=host.store,
        tokens=tokens,
        hub=hub,
        accept=lambda events: host.accept(events, ()),
        owner=lambda grant: owner_of(host.shard, grant),
        clock=clock,
    )
    operators = AdminFace(door=door, tokens=tokens, asking=asking)
    faces: dict[str, Application] = {inbox.PATH: apps, f"{inbox.PATH}/": apps}
    faces |= dict.fromkeys(admin.PATHS, operators)
    sweeper = Sweeper(host.store, accept=lambda events: host.accept(events, ()), clock=clock)
    return Access(faces=faces, door=door, hub=hub, sweeper=sweeper)


def owner_of(shard: Shard, grant: Grant) -> str:
    """Whose inbox this token shows: of whoever remembers what the id was told, if the id is theirs still.

    An id that changed hands, such as that of a shared device, shows nobody's, and neither does a token that was made
    for it before: it may be in either's hands.
    """
    heir = shard.heir(grant.user)
    is_theirs = shard.resolved(grant.user) == heir and grant.made > shard.changed_hands_at(grant.user)
    return heir if is_theirs else f"{NOBODY}{grant.user}"
