"""What ``opportune run`` does once its options are read: put the engine together, greet, and wait to be stopped."""

import asyncio
import os
import secrets
import signal
import sys
from argparse import Namespace

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.playbook.definition import Playbook
from opportune.playbook.folder import texts
from opportune.playbook.reading import playbook_from
from opportune.policies.verbs import Policy
from opportune.wiring.cli.exit_codes import OK, USAGE
from opportune.wiring.installed import installed
from opportune.wiring.service import Engine, Settings, running


def serve(options: Namespace) -> int:
    """Runs until it is told to stop."""
    files = texts(options.folder)
    policies = installed()
    playbook = playbook_from(files, policies=policies)
    speaks_mail = any("email" in message.channels for message in playbook.messages.values())
    if problem := _missing(options, speaks_mail=speaks_mail):
        print(f"opportune run: {problem}", file=sys.stderr)
        return USAGE
    stated = [*(options.write_key or ()), *os.environ.get("OPPORTUNE_WRITE_KEYS", "").split(",")]
    keys = tuple(dict.fromkeys(key.strip() for key in stated if key.strip()))
    settings = Settings(
        store=options.store,
        host=options.host,
        port=options.port,
        write_keys=keys or (secrets.token_urlsafe(12),),
        sender=options.sender or Sender("opportune@example.com", "opportune"),
        smtp=_smtp(options),
        mail_folder=options.mail_folder,
        public_url=options.public_url or "",
    )
    asyncio.run(_serve(settings, playbook, files, policies, is_key_made=not keys))
    return OK


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
    journeys = ", ".join(sorted(playbook.journeys)) or "none"
    print(f"listens on   {engine.url}/v1/batch")
    print(f"sends via    {mail}")
    print(f"keeps in     {settings.store}")
    print(f"playbook     {playbook.hash}, journeys: {journeys}")
    if is_key_made:
        print(f"write key    {settings.write_keys[0]}  (made for this run; OPPORTUNE_WRITE_KEYS sets your own)")
    print("Ctrl-C stops it", flush=True)


def _missing(options: Namespace, *, speaks_mail: bool) -> str | None:
    """What the operator has left open and must say."""
    if options.smtp is not None and options.mail_folder is not None:
        return "mail goes either to --smtp or into --mail-folder, not to both"
    if speaks_mail and options.smtp is None and options.mail_folder is None:
        return "this playbook speaks email: give --smtp HOST:PORT to send it, or --mail-folder DIR to write it as files"
    if options.smtp is not None and options.sender is None:
        return "mail needs a sender: --from 'Fjord & Fern <shop@example.com>'"
    return None


def _smtp(options: Namespace) -> SmtpServer | None:
    if options.smtp is None:
        return None
    host, port = options.smtp
    env = os.environ
    username, password = env.get("OPPORTUNE_SMTP_USERNAME"), env.get("OPPORTUNE_SMTP_PASSWORD")
    return SmtpServer(host, port, tls=options.smtp_tls, username=username, password=password)
