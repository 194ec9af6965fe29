"""Draw journeys as UML state machines: where a run may be, and all that takes it from one state to another.

The ways are those by which the engine moves runs. With --store they show how many runs are where just now; that works
while the engine runs.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.errors import PlaybookError, Unavailable
from opportune.wiring.cli.exit_codes import OK, USAGE
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.journeys.diagram import Diagram, Standing
    from opportune.playbook.definition import Playbook

_ENDINGS = {"svg": ".svg", "mermaid": ".mmd", "plantuml": ".puml"}


def add_options(parser: ArgumentParser) -> None:
    """The folder, which journey, how it is drawn, and where to."""
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="the playbook's folder")
    add("journey", nargs="?", metavar="JOURNEY", help="the name of a journey; without one, all of them")
    add("--format", choices=tuple(_ENDINGS), default="svg", help="how it is drawn (%(default)s)")
    add(
        "--out", type=Path, metavar="FILE|DIR",
        help="a file for one journey; a folder, where each gets a file of its name; standard output without it",
    )  # fmt: skip
    add("--store", type=Path, metavar="FILE", help="the engine's file: shows how many runs are where")
    add("--json", action="store_true", help="print states and ways as one JSON object, and write no picture")


def run(options: Namespace) -> int:
    """Prints or writes the pictures."""
    from opportune.journeys.diagram import diagram_of
    from opportune.playbook.folder import load
    from opportune.wiring.installed import installed

    playbook = load(options.folder, policies=installed())
    names = [options.journey] if options.journey is not None else list(playbook.journeys)
    _known(playbook, names, options.folder)
    standings = _standings(playbook, names, options.store)
    drawn = [(diagram_of(playbook.journeys[name]), standings.get(name)) for name in names]
    if options.json:
        print_json({"journeys": [_told(diagram, standing) for diagram, standing in drawn]})
        return OK
    write = _writer(options.format)
    if len(drawn) != 1 and not _is_folder(options):
        where = "standard output" if options.out is None else f"{options.out}"
        said = f"{options.folder} has {len(drawn)} journeys, and {where} takes one: name it, or a folder with --out DIR"
        print(f"opportune diagram: {said}", file=sys.stderr)
        return USAGE
    if options.out is None:
        print(write(*drawn[0]), end="")
        return OK
    _save([(diagram.journey, write(diagram, standing)) for diagram, standing in drawn], options)
    return OK


def _known(playbook: "Playbook", names: list[str], folder: Path) -> None:
    from opportune.playbook.problems import meant

    for name in names:
        if name not in playbook.journeys:
            hint = meant(name, playbook.journeys)
            raise PlaybookError(f"{folder}: there is no journey named {name!r}; {hint}")


def _standings(playbook: "Playbook", names: list[str], store: Path | None) -> "dict[str, Standing]":
    if store is None:
        return {}
    from opportune.wiring.cli.store import read
    from opportune.wiring.installed import installed
    from opportune.wiring.standing import under_way

    with read(store) as history:
        found = under_way(history, policies=installed())
    return {name: found.standing(playbook.journeys[name]) for name in names}


def _told(diagram: "Diagram", standing: "Standing | None") -> dict[str, object]:
    told: dict[str, object] = {
        "journey": diagram.journey,
        "states": diagram.states,
        "edges": diagram.edges,
        "notes": diagram.notes,
    }
    return told if standing is None else {**told, "runs": standing.runs, "runs_elsewhere": standing.elsewhere}


def _writer(wished: str) -> "Callable[[Diagram, Standing | None], str]":
    match wished:
        case "mermaid":
            from opportune.console.diagram_mermaid import mermaid_of

            return mermaid_of
        case "plantuml":
            from opportune.console.diagram_plantuml import plantuml_of

            return plantuml_of
        case _:
            from opportune.console.diagram_svg import svg_of

            return svg_of


def _is_folder(options: Namespace) -> bool:
    """Whether each journey gets a file in what ``--out`` names: it is a folder, or may become one."""
    out: Path | None = options.out
    return out is not None and (out.is_dir() or (options.journey is None and not out.suffix))


def _save(pictures: list[tuple[str, str]], options: Namespace) -> None:
    out, ending, is_folder = options.out, _ENDINGS[options.format], _is_folder(options)
    try:
        if is_folder:
            out.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures:
            path = out / f"{name}{ending}" if is_folder else out
            path.write_text(picture, encoding="utf-8")
            print(path)
    except OSError as fault:
        raise Unavailable(f"{out}: cannot be written ({fault.strerror})") from None
