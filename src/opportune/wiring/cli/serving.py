"""What ``opportune run`` does once its options are read: put the engine together, greet, and wait to be stopped."""

import asyncio
import gc
import os
import secrets
import signal
import sys
from argparse import Namespace
from collections.abc import Mapping
from typing import Final

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.channels.webhook import target_for
from opportune.adapters.outbound import target_of
from opportune.adapters.reachable import may_be_called, reachable
from opportune.adapters.signatures import Secrets
from opportune.adapters.sources.http_limits import Limits
from opportune.adapters.sources.trail import NOTHING, USUAL
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.playbook.definition import Playbook
from opportune.playbook.folder import texts
from opportune.playbook.reading import playbook_from
from opportune.policies.verbs import Policy
from opportune.sending.rate_limit import RateLimit
from opportune.wiring import logs
from opportune.wiring.cli.exit_codes import OK, USAGE
from opportune.wiring.cli.previewing import whom_of
from opportune.wiring.installed import installed
from opportune.wiring.pace import pace_of
from opportune.wiring.retention import unkeepable
from opportune.wiring.service import Engine, Settings, running

LONGEST_HOLD: Final = 0.0002
"""Seconds after which a thread lets go of the interpreter if another waits: a commit needs it dozens of times."""
MOST_OPEN: Final = 65_536
"""Connections and files at once that are asked for."""


def serve(options: Namespace) -> int:
    """Runs until it is told to stop."""
    logs.configure(options.log, options.log_level)
    logs.take_over()
    open_as_many_as_may_be()
    files = texts(options.folder)
    policies = installed()
    playbook = playbook_from(files, policies=policies)
    stated = (*(options.write_key or ()), *_listed("OPPORTUNE_WRITE_KEYS"))
    try:
        if problem := _missing(options, _channels(playbook)):
            raise ValueError(problem)
        if problem := unkeepable(options.keep, options.keep_to):
            raise ValueError(problem)
        settings = _settings(options, tuple(dict.fromkeys(stated)) or (secrets.token_urlsafe(12),))
    except ValueError as error:
        print(f"opportune run: {error}", file=sys.stderr)
        return USAGE
    if options.confirm_copy:
        _confirm(settings)
    asyncio.run(_serve(settings, playbook, files, policies, is_key_made=not stated))
    return OK


def open_as_many_as_may_be() -> None:
    """Connections and files at once: as many as this process may have, for the usual number is that of a shell."""
    try:
        import resource
    except ImportError:  # no POSIX
        return
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = MOST_OPEN if most == resource.RLIM_INFINITY else min(most, MOST_OPEN)
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _settings(options: Namespace, write_keys: tuple[str, ...]) -> Settings:
    """Raises ValueError for an address, an allowance or a secret that cannot be used."""
    rate = None if options.rate is None else _rate_limit(options.rate)
    return Settings(
        store=options.store,
        host=options.host,
        port=options.port,
        write_keys=write_keys,
        admin_keys=tuple(_listed("OPPORTUNE_ADMIN_KEY")),
        sender=options.sender or Sender("opportune@example.com", "opportune"),
        smtp=_smtp(options),
        mail_folder=options.mail_folder,
        paces=dict(map(pace_of, options.pace)),
        tracking=options.track or (USUAL if options.public_url else NOTHING),
        webhooks=_webhooks(options),
        webhook_secrets=Secrets(_listed("OPPORTUNE_WEBHOOK_SECRET")),
        hook_secrets=Secrets(_listed("OPPORTUNE_HOOK_SECRET")),
        reachable=reachable(options.allow),
        limits=Limits(rate=rate),
        public_url=options.public_url or "",
        joins_known=options.join_known,
        keep=options.keep,
        keep_to=options.keep_to,
    )


def _webhooks(options: Namespace) -> Mapping[str, str]:
    found: dict[str, str] = {}
    allowed = reachable(options.allow)
    for text in options.webhook:
        channel, target = target_for(text)
        if not may_be_called(target.host, target.port, allowed):
            place = f"{target.host}:{target.port}"
            raise ValueError(f"--webhook: {place} is no public address; --allow {place} lets it be called")
        if channel in found:
            raise ValueError(f"--webhook: two targets for {channel}; give each channel one")
        found[channel] = text.removeprefix(f"{channel}=")
    return found


def _rate_limit(per_second: float) -> RateLimit:
    whole = max(1, round(per_second))
    return RateLimit(whole, max(1, whole // 10))


def _listed(name: str) -> list[str]:
    """The texts in this variable of the environment, separated by commas."""
    return [text.strip() for text in os.environ.get(name, "").split(",") if text.strip()]


def _confirm(settings: Settings) -> None:
    """The operator has said that this copy is the one that goes on."""
    if settings.store.exists():
        store = SqliteStore(settings.store)
        try:
            if store.held is not None:
                store.confirm(is_moved=False)
        finally:
            store.close()


def _channels(playbook: Playbook) -> set[str]:
    """What the playbook's messages speak on."""
    return {channel for message in playbook.messages.values() for channel in message.channels}


async def _serve(
    settings: Settings,
    playbook: Playbook,
    files: dict[str, str],
    policies: dict[str, type[Policy]],
    *,
    is_key_made: bool,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    async with running(settings, playbook, files, policies=policies) as engine:
        gc.collect()
        gc.freeze()  # what is there now stays: to walk over it again and again stops everything for 50 ms each time
        sys.setswitchinterval(LONGEST_HOLD)
        _greet(settings, playbook, engine, is_key_made=is_key_made)
        await stop.wait()
        print("stopping: what was taken is made durable, what was begun is finished", flush=True)
    print("stopped", flush=True)


def _greet(settings: Settings, playbook: Playbook, engine: Engine, *, is_key_made: bool) -> None:
    smtp = settings.smtp
    mail = "nothing: no message of this playbook speaks email"
    if smtp is not None:
        mail = f"{smtp.host}:{smtp.port} ({smtp.tls}), from {settings.sender.name} <{settings.sender.address}>"
    elif settings.mail_folder is not None:
        mail = f"files in {settings.mail_folder}: nothing is sent"
    standing = engine.publisher.listed()[0]
    journeys = ", ".join(sorted(engine.publications.playbook(standing.playbook).journeys)) or "none"
    print(f"listens on   {engine.url}/v1/batch")
    print(f"sends via    {mail}")
    print(f"keeps in     {settings.store}")
    print(f"playbook     {standing.playbook} {whom_of(standing)}, journeys: {journeys}")
    if playbook.hash not in (standing.playbook, standing.stable):
        print(f"NOT IN FORCE the folder says {playbook.hash}, which was published before, and another one since:")
        print(f"             'opportune rollback {playbook.hash}' puts it in force, and so does any edit of the folder")
    for channel, url in sorted(settings.webhooks.items()):
        target = target_of(url)  # its path may hold a secret, as that of many a provider does
        print(f"calls        {target.scheme}://{target.place}  for {channel}")
    if engine.store.held is not None:
        print(f"HELD         nothing is sent: {engine.store.held}; opportune run --confirm-copy sends from this file")
    if is_key_made:
        print(f"write key    {settings.write_keys[0]}  (made for this run; OPPORTUNE_WRITE_KEYS sets your own)")
    print("Ctrl-C stops it", flush=True)


def _missing(options: Namespace, channels: set[str]) -> str | None:
    """What the operator has left open and must say."""
    if options.smtp is not None and options.mail_folder is not None:
        return "mail goes either to --smtp or into --mail-folder, not to both"
    called = {target_for(text)[0] for text in options.webhook}
    if "email" in channels and options.smtp is None and options.mail_folder is None:
        return "this playbook speaks email: give --smtp HOST:PORT to send it, or --mail-folder DIR to write it as files"
    if options.smtp is not None and options.sender is None:
        return "mail needs a sender: --from 'Fjord & Fern <shop@example.com>'"
    if "webhook" in channels - called:
        return "this playbook speaks webhook: give --webhook URL, what is to be called"
    if called and not _listed("OPPORTUNE_WEBHOOK_SECRET"):
        return "calls are signed: set OPPORTUNE_WEBHOOK_SECRET, such as whsec_ and base64 of 32 random bytes"
    return None


def _smtp(options: Namespace) -> SmtpServer | None:
    if options.smtp is None:
        return None
    host, port = options.smtp
    env = os.environ
    username, password = env.get("OPPORTUNE_SMTP_USERNAME"), env.get("OPPORTUNE_SMTP_PASSWORD")
    return SmtpServer(host, port, tls=options.smtp_tls, username=username, password=password)
