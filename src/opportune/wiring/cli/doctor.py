"""Look whether this machine, the file and the mail server are fit to run an engine. Changes and sends nothing.

SPF, DKIM and DMARC are judged as the texts you give, such as --spf "$(dig +short txt example.com)". Exits with 1 if
something is wrong.
"""

import os
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.doctor import Finding


def add_options(parser: ArgumentParser) -> None:
    """What to look at."""
    from opportune.wiring.cli.run import add_mail_options

    parser.add_argument("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    what = "hold the newest events against what its events.yaml declares"
    parser.add_argument("--playbook", type=Path, metavar="FOLDER", help=what)
    add_mail_options(parser)
    for record in ("spf", "dkim", "dmarc"):
        parser.add_argument(f"--{record}", metavar="TEXT", help=f"the domain's {record.upper()} record")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints what was found, in the order in which it was looked at."""
    found = list(_looked(options))
    is_wrong = any(each.level == "error" for each in found)
    if options.json:
        print_json({"ok": not is_wrong, "findings": found})
    else:
        width = max((len(each.about) for each in found), default=0) + 1
        for each in found:
            print(f"{each.level:8}{each.about:{width}}{each.said}{f'; {each.remedy}' if each.remedy else ''}")
    return WRONG if is_wrong else OK


def _looked(options: Namespace) -> Iterator["Finding"]:
    import asyncio

    from opportune.adapters.channels.mime import Sender
    from opportune.adapters.channels.smtp import SmtpServer
    from opportune.playbook.folder import load
    from opportune.wiring import doctor, doctor_events, doctor_journeys, doctor_mail
    from opportune.wiring.installed import installed

    yield from doctor.store(options.store)
    declared = {} if options.playbook is None else load(options.playbook, policies=installed()).schemas
    yield from doctor_events.events(options.store, declared)
    yield from doctor_journeys.journeys(options.store)
    yield from doctor.disk(options.store.resolve().parent)
    yield from doctor.clocks()
    yield from doctor.zones()
    if options.smtp is None:
        yield doctor.Finding("note", "smtp", "not looked at", "name it with --smtp HOST:PORT")
    else:
        host, port = options.smtp
        login = os.environ.get("OPPORTUNE_SMTP_USERNAME"), os.environ.get("OPPORTUNE_SMTP_PASSWORD")
        server = SmtpServer(host, port, options.smtp_tls, *login)
        yield from asyncio.run(doctor.smtp(server, options.sender or Sender("opportune@example.com")))
    for record, judge in (("spf", doctor_mail.spf), ("dkim", doctor_mail.dkim), ("dmarc", doctor_mail.dmarc)):
        text = getattr(options, record)
        if text is None:
            yield doctor.Finding("note", record, "not looked at", f"give its text with --{record}")
        else:
            stated = "".join(text.split('"')[1::2]) if text.count('"') >= 2 else text
            problems = list(judge(stated.strip()))
            yield from problems or [doctor.Finding("ok", record, "nothing to object to")]
