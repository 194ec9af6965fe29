"""Run the engine: take events over HTTP, decide, send, and keep everything in one file.

Ends on Ctrl-C or SIGTERM when all that was taken is durable and every call begun has ended. Secrets come from the
environment: OPPORTUNE_WRITE_KEYS (separated by commas), OPPORTUNE_SMTP_USERNAME, OPPORTUNE_SMTP_PASSWORD.
"""

import asyncio
import os
import secrets
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from email.utils import parseaddr
from pathlib import Path

from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.playbook.definition import Playbook
from opportune.playbook.folder import load, texts
from opportune.wiring.cli.exit_codes import OK, USAGE
from opportune.wiring.service import Engine, Settings, running


def add_options(parser: ArgumentParser) -> None:
    """The playbook's folder, and everything an operator decides."""
    env = os.environ
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="the playbook's folder")
    add("--store", type=Path, default=Path("opportune.db"), help="the one file that keeps everything (%(default)s)")
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", type=_port, default=8080, help="port to listen on; 0: any that is free (%(default)s)")
    add("--write-key", action="append", metavar="KEY", help="a key that clients write with; may be given again")
    smtp = env.get("OPPORTUNE_SMTP") or None
    add("--smtp", type=_server, default=smtp, metavar="HOST:PORT", help="send mail here (OPPORTUNE_SMTP)")
    tls = env.get("OPPORTUNE_SMTP_TLS", "starttls")
    add(
        "--smtp-tls",
        type=_tls,
        default=tls,
        metavar="HOW",
        help="starttls, tls or none (%(default)s; OPPORTUNE_SMTP_TLS)",
    )
    sender = env.get("OPPORTUNE_FROM") or None
    add(
        "--from",
        dest="sender",
        type=_sender,
        default=sender,
        metavar="SENDER",
        help="'Shop <shop@example.com>' (OPPORTUNE_FROM)",
    )
    add("--mail-folder", type=Path, metavar="DIR", help="write mail as files here instead of sending it")
    add("--public-url", type=_url, metavar="URL", help="what links in mails begin with, if not http://HOST:PORT")


def run(options: Namespace) -> int:
    """Runs until it is told to stop."""
    playbook, files = load(options.folder), texts(options.folder)
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
    asyncio.run(_serve(settings, playbook, files, is_key_made=not keys))
    return OK


async def _serve(settings: Settings, playbook: Playbook, files: dict[str, str], *, is_key_made: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    async with running(settings, playbook, files) as engine:
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


def _server(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host:
        raise ArgumentTypeError(f"a server is host:port such as mail.example.com:587, not {text!r}")
    return host.strip("[]"), _port(port)


def _tls(text: str) -> str:
    if text not in ("starttls", "tls", "none"):
        raise ArgumentTypeError(f"the way to the server is protected by starttls, tls or none, not {text!r}")
    return text


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) < 65_536):
        raise ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def _sender(text: str) -> Sender:
    name, address = parseaddr(text)
    try:
        return Sender(address, name)
    except ValueError:
        raise ArgumentTypeError(f"a sender is written 'Fjord & Fern <shop@example.com>', not {text!r}") from None


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ArgumentTypeError(f"a public url begins with https://, not {text!r}")
    return text
