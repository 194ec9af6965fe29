"""Write the sample playbook into a new folder: a cart reminder and a win-back, with stories that test them.

It never writes into a folder that has something in it.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.printing import print_json
from opportune.wiring.sample import write_sample


def add_options(parser: ArgumentParser) -> None:
    """The folder, and whether to answer in JSON."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where to write it; made if it is not there")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Writes the files and says what to do next."""
    folder: Path = options.folder
    written = write_sample(folder)
    if options.json:
        print_json({"folder": str(folder), "files": written})
        return OK
    for name in written:
        print(f"  {folder / name}")
    print(f"\nA playbook for Fjord & Fern, a small shop for house plants. Next:\n\n  opportune check {folder}")
    print(f"  opportune run {folder} --mail-folder mails\n\nThe second writes mail as files; --smtp sends it.")
    print(f"tests/ holds stories of what it does; where pytest is installed, 'pytest {folder}' plays them.")
    return OK
