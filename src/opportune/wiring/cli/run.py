"""Run the engine: take events over HTTP, decide, send, and keep everything in one file.

Ends on Ctrl-C or SIGTERM when all that was taken is durable and every call begun has ended. Secrets come from the
environment, several separated by commas: OPPORTUNE_WRITE_KEYS, OPPORTUNE_ADMIN_KEY, OPPORTUNE_SMTP_USERNAME,
OPPORTUNE_SMTP_PASSWORD, OPPORTUNE_WEBHOOK_SECRET (we sign with it), OPPORTUNE_HOOK_SECRET (providers sign with it).
"""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from email.utils import parseaddr
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from opportune.adapters.channels.mime import Sender
    from opportune.adapters.sources.trail import Tracking


def add_options(parser: ArgumentParser) -> None:
    """The playbook's folder, and everything an operator decides."""
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="the playbook's folder")
    add("--store", type=Path, default=Path("opportune.db"), help="the one file that keeps everything (%(default)s)")
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", type=_port, default=8080, help="port to listen on; 0: any that is free (%(default)s)")
    add("--write-key", action="append", metavar="KEY", help="a key that clients write with; may be given again")
    add_mail_options(parser)
    add("--mail-folder", type=Path, metavar="DIR", help="write mail as files here instead of sending it")
    pace = "how fast a channel goes, such as email=50/s,burst=20,workers=8 (email=100/s,burst=20,workers=16)"
    add("--pace", action="append", default=[], metavar="CHANNEL=N/s", help=pace)
    target = "call messages of a channel out, signed: webhook, sms or push; without a channel webhook"
    add("--webhook", action="append", default=[], metavar="[CHANNEL=]URL", help=target)
    add("--allow", action="append", default=[], metavar="PLACE", help="10.1.0.0/16 or host:port that may be called")
    add("--public-url", type=_url, metavar="URL", help="what links in mails begin with, if not http://HOST:PORT")
    track = "opens,clicks,utm,text or none: what marketing mails tell (with --public-url opens,clicks,utm)"
    add("--track", type=_track, metavar="WHAT", help=track)
    add("--keep", type=_span, metavar="SPAN", help="how long events stay in the file, such as '90 days'; else for good")
    add("--keep-to", type=Path, metavar="DIR", help="write what leaves the file here first, as Parquet by day")
    add("--rate", type=_rate, metavar="N", help="calls a second that each write key may bring; else as many as fit")
    joins = "let clients join known users to others; only if all write keys are secret, in no browser and no app"
    add("--join-known", action="store_true", help=joins)
    add("--confirm-copy", action="store_true", help="send from this copy of a file; its original must not run any more")
    add("--log", choices=("text", "json"), default="text", help="how log lines on standard error look (%(default)s)")
    add("--log-level", choices=("debug", "info", "warning", "error"), default="warning", help="(%(default)s)")


def add_mail_options(parser: ArgumentParser) -> None:
    """The mail server, and whom mail is from."""
    env, add = os.environ, parser.add_argument
    smtp = env.get("OPPORTUNE_SMTP") or None
    add("--smtp", type=_server, default=smtp, metavar="HOST:PORT", help="send mail here (OPPORTUNE_SMTP)")
    how = "starttls, tls or none (%(default)s; OPPORTUNE_SMTP_TLS)"
    add("--smtp-tls", type=_tls, default=env.get("OPPORTUNE_SMTP_TLS", "starttls"), metavar="HOW", help=how)
    whose = "'Shop <shop@example.com>' (OPPORTUNE_FROM)"
    add("--from", dest="sender", type=_sender, default=env.get("OPPORTUNE_FROM") or None, metavar="SENDER", help=whose)


def run(options: Namespace) -> int:
    """Runs until it is told to stop."""
    from opportune.wiring.cli.serving import serve

    return serve(options)


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


def _sender(text: str) -> "Sender":
    from opportune.adapters.channels.mime import Sender

    name, address = parseaddr(text)
    try:
        return Sender(address, name)
    except ValueError:
        raise ArgumentTypeError(f"a sender is written 'Fjord & Fern <shop@example.com>', not {text!r}") from None


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate <= 1_000_000:
        raise ArgumentTypeError(f"so many a second, more than 0, not {text!r}")
    return rate


def _span(text: str) -> int:
    from opportune.errors import UnitError
    from opportune.units import span_of

    try:
        return span_of(text)
    except UnitError as error:
        raise ArgumentTypeError(str(error)) from None


def _track(text: str) -> "Tracking":
    from opportune.adapters.sources.trail import tracking_of

    try:
        return tracking_of(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _url(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise ArgumentTypeError(f"a public url begins with https://, not {text!r}")
    try:
        has_host, _ = bool(urlsplit(text).hostname), urlsplit(text).port
    except ValueError as error:
        raise ArgumentTypeError(f"a public url is https://HOST or https://HOST:PORT, not {text!r}: {error}") from None
    if not has_host:
        raise ArgumentTypeError(f"a public url names a host, such as https://shop.example, not {text!r}")
    return text
