"""Learn when users look: from an engine's file or from files of events, in general and by kinds of users.

What is learned is written to PLAYBOOK/models/send_time.json; 'opportune publish PLAYBOOK' puts it in force, and
send_time reads each user's own hours beside it from then on. Of files, a row is something that a user did: who, and
when; messages are rows of the event Message Sent, and opens of Email Opened and its like. Exits with 1 if rows were
refused. Needs numpy: pip install 'opportune[learning]'.
"""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opportune.wiring.cli.evaluate_send_time import files_of, table_options
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.past import first_instant
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.playbook.definition import Playbook
    from opportune.training.histories import Histories
    from opportune.wiring.training.send_time import Learned

_PLACE: Final = "models/send_time.json"


def add_options(parser: ArgumentParser) -> None:
    """From what, for which playbook, and where it is written."""
    add = parser.add_argument
    add("files", type=Path, nargs="*", metavar="EVENTS", help="*.csv, *.tsv, *.txt, *.ndjson, with .gz too, *.parquet")
    add("--store", type=Path, metavar="FILE", help="an engine's file instead of files; it may be running")
    add("--playbook", type=Path, metavar="FOLDER", help="the playbook that is to go by it")
    add("--out", type=Path, metavar="FILE", help=f"where it is written (PLAYBOOK/{_PLACE})")
    add("--name", default="", metavar="NAME", help="what records call it by; else the day up to which it was learned")
    table_options(parser)
    add("--from", dest="since", type=first_instant, metavar="DAY", help="of files: what is before is left out")
    add("--until", type=first_instant, metavar="DAY", help="what is after is left out")
    add("--seed", type=int, default=1, metavar="N", help="of all that chance plays a part in (%(default)s)")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Learns, says what, and writes it."""
    from opportune.errors import Unavailable
    from opportune.wiring.cli.output import ready

    if (options.store is None) == (not options.files):
        raise ArgumentTypeError("name files with events, or an engine's file with --store; one of both")
    if options.playbook is None and options.out is None:
        raise ArgumentTypeError("name the folder of a playbook with --playbook, or a file to write with --out")
    for each in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # small matrices: threads cost more than they save
        os.environ.setdefault(each, "1")
    try:
        import numpy  # noqa: F401
    except ImportError:
        raise Unavailable("training needs numpy: pip install 'opportune[learning]'") from None
    from opportune.wiring.training.send_time import learned_from, text_of

    playbook = _playbook(options)
    out = options.out or options.playbook / _PLACE
    if options.out is not None:
        ready(out)
    histories, is_whole = _histories(options, playbook)
    learned = learned_from(histories, name=options.name, seed=options.seed)
    if options.out is None:
        out.parent.mkdir(exist_ok=True)
        ready(out)
    _write(out, text_of(learned.model))
    _tell(learned, out, options)
    return OK if is_whole else WRONG


def _playbook(options: Namespace) -> "Playbook | None":
    if options.playbook is None:
        return None
    from opportune.playbook.folder import texts
    from opportune.playbook.reading import playbook_from
    from opportune.wiring.installed import installed

    files = {name: text for name, text in texts(options.playbook).items() if name != _PLACE}
    return playbook_from(files, policies=installed())


def _histories(options: Namespace, playbook: "Playbook | None") -> "tuple[Histories, bool]":
    """What there is to learn from, and whether every row of it could be read."""
    from msgspec.structs import replace

    from opportune.features.local_time import zone_named
    from opportune.wiring.cli.progress import Progress
    from opportune.wiring.cli.refusals import tell_refused
    from opportune.wiring.cli.store import read as opened
    from opportune.wiring.evaluating.reading import read
    from opportune.wiring.histories.of_store import histories_in

    kinds = {} if playbook is None else {name: each.kind for name, each in playbook.messages.items()}
    zone = zone_named("UTC" if playbook is None else playbook.zone)
    assert zone is not None
    if options.store is not None:
        with opened(options.store) as history:
            return histories_in(history, zone=zone, kinds=kinds, until=options.until, progress=Progress("read")), True
    files = files_of(options)
    if playbook is not None and not files.zones:
        files = replace(files, zone=playbook.zone)
    found = read(replace(files, kinds=kinds), Progress("read"))
    tell_refused(dict(sorted(found.refused.items())), tuple(found.examples))
    return found.histories, not found.refused


def _write(path: Path, text: str) -> None:
    """The file is there whole, the old one or the new one, whenever it is read."""
    from opportune.errors import Unavailable

    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
    except OSError as fault:
        raise Unavailable(f"{path}: {fault.strerror}; make room, or name another file with --out") from None


def _tell(learned: "Learned", out: Path, options: Namespace) -> None:
    if options.json:
        print_json(learned)
        return
    from opportune.wiring.training.words import lines_of

    print("\n".join(lines_of(learned)))
    then = f"; 'opportune publish {options.playbook}' puts it in force" if options.out is None else ""
    print(f"\n{out}: written{then}")
