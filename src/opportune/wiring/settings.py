"""What an operator decides about one engine."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.reachable import Reachable
from opportune.adapters.signatures import Secrets
from opportune.adapters.sources.http_limits import Limits
from opportune.adapters.sources.trail import NOTHING, Tracking
from opportune.units import Millis
from opportune.wiring.embedded import MOST_WAITING
from opportune.wiring.pace import Pace

MAIL: Final = Pace(per_second=100, burst=20, workers=16)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything but the playbook; what is left out is off, or as anybody would want it."""

    store: Path
    host: str = "127.0.0.1"
    port: int = 8080
    """0: any that is free."""
    public_url: str = ""
    """What links in messages begin with; empty: the address that is listened on."""
    write_keys: tuple[str, ...]
    """Beside those that ``opportune key`` keeps in the file."""
    admin_keys: tuple[str, ...] = ()
    sender: Sender
    smtp: SmtpServer | None = None
    mail_folder: Path | None = None
    """Where mail is written if there is no SMTP server."""
    paces: Mapping[str, Pace] = field(default_factory=dict)
    """By channel: how fast it may go; mail without a word as ``MAIL``, others as ``Pace()``."""
    tracking: Tracking = NOTHING
    webhooks: Mapping[str, str] = field(default_factory=dict)
    """By channel: where its messages are called out."""
    webhook_secrets: Secrets = field(default_factory=lambda: Secrets(()))
    hook_secrets: Secrets = field(default_factory=lambda: Secrets(()))
    """With which providers sign what they tell."""
    reachable: Reachable = field(default_factory=Reachable)
    """What beside public addresses may be called."""
    limits: Limits = field(default_factory=Limits)
    most_waiting: int = MOST_WAITING
    """Events that may wait to be decided before clients are told to come again."""
    joins_known: bool = False
    """Whether every write key may join known users to others; right only if all write keys are secret."""
    keep: Millis | None = None
    """How long events stay in the file; None: for good."""
    keep_to: Path | None = None
    """Where what leaves the file is written first; None: nowhere."""
