"""Write JSON Schemas of a playbook's files for editors, or print what its events say.

Without --events the schemas go into FOLDER/.schemas, which the engine does not read; an editor that knows the YAML
language server uses one where the first line of a file says
  # yaml-language-server: $schema=.schemas/opportune.json

With --events the text of an events.yaml is printed: what FOLDER declares, and what --learn has learned from the file of
an engine, or from files that 'opportune export' has written.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from opportune.wiring.cli.exit_codes import OK, USAGE
from opportune.wiring.cli.printing import print_json

FOLDER = ".schemas"
"""Where the schemas stand below a playbook: files and folders that begin with a dot are not read."""


def add_options(parser: ArgumentParser) -> None:
    """Which playbook, where to, and what is to be learned from."""
    add = parser.add_argument
    add("folder", type=Path, nargs="?", metavar="FOLDER", help="the playbook's folder")
    add("--out", type=Path, metavar="DIR", help=f"where the schemas go (FOLDER/{FOLDER})")
    add("--events", action="store_true", help="print what events say, as events.yaml")
    add("--learn", type=Path, nargs="+", default=[], metavar="FILE", help="an engine's file, or exported events")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Writes the files, or prints the text."""
    import sys

    if options.events or options.learn:
        return _print_events(options)
    if options.folder is None and options.out is None:
        print("opportune schema: name the playbook's FOLDER, or where to write with --out", file=sys.stderr)
        return USAGE
    return _write(options, options.out or options.folder / FOLDER)


def _write(options: Namespace, into: Path) -> int:
    from opportune.wiring.installed import installed
    from opportune.wiring.schema_files import write_schemas

    if options.folder is not None:
        from opportune.playbook.folder import texts

        texts(options.folder)
    written = write_schemas(into, installed())
    if options.json:
        print_json({"files": [str(each) for each in written]})
        return OK
    for each in written:
        print(f"  {each}")
    print("\nAn editor takes notice of one by the first line of a file, relative to that file:\n")
    print(f"  # yaml-language-server: $schema={FOLDER}/opportune.json")
    print(f"  # yaml-language-server: $schema=../{FOLDER}/journey.json")
    return OK


def _print_events(options: Namespace) -> int:
    import sys

    from opportune.events.learned import Log
    from opportune.playbook.folder import load
    from opportune.wiring.events_text import events_text
    from opportune.wiring.installed import installed
    from opportune.wiring.learning import learned_from

    declared = {} if options.folder is None else load(options.folder, policies=installed()).schemas
    log = learned_from(options.learn) if options.learn else Log()
    if not declared and not log.events:
        where = "nothing was learned and no events.yaml declares anything; --learn opportune.db learns from an engine"
        print(f"opportune schema: {where}", file=sys.stderr)
    if options.json:
        print_json({"declared": declared, "learned": log})
    else:
        sys.stdout.write(events_text(declared, log))
    return OK
