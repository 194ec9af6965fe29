"""Copy the engine's file, with the secret that belongs to it, while the engine runs.

The copy is of one moment. Whoever starts an engine on it sends nothing until the copy is confirmed.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.printing import print_json


def add_options(parser: ArgumentParser) -> None:
    """The file, where the copy goes, and whether to answer in JSON."""
    parser.add_argument("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the copy goes; not there yet")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Copies, and says where the copy is."""
    from datetime import UTC, datetime

    from opportune.adapters.stores.backups import back_up
    from opportune.adapters.stores.secret import secret_path
    from opportune.wiring.cli.progress import Progress
    from opportune.wiring.cli.store import there

    there(options.store)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    size = back_up(options.store, options.out, at=at, progress=Progress("backup"))
    secret = secret_path(options.out)
    if options.json:
        print_json({"file": str(options.out), "secret": str(secret) if secret.exists() else None, "bytes": size})
    else:
        print(f"{options.out}: {size / 1e6:,.1f} MB, the file as of {at}")
        if secret.exists():
            print(f"{secret}: the secret that links in mails are signed with; keep both where only you can read them")
    return OK
