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

_ENDINGS = {"svg": (".svg",), "mermaid": (".mmd", ".mermaid"), "plantuml": (".puml", ".plantuml")}
"""Of the files of each format; the first is the one that files in a folder get."""


def add_options(parser: ArgumentParser) -> None:
    """The folder, which journey, how it is drawn, and where to."""
    add = parser.add_argument
    add("folder", type=Path, metavar="FOLDER", help="the playbook's folder")
    add("journey", nargs="?", metavar="JOURNEY", help="the name of a journey; without one, all of them")
    add("--format", choices=tuple(_ENDINGS), help="how it is drawn; without it as the ending of --out says, else svg")
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

    fault = _misnamed(options)
    if fault:
        print(f"opportune diagram: {fault}", file=sys.stderr)
        return USAGE
    playbook = load(options.folder, policies=installed())
    names = [options.journey] if options.journey is not None else list(playbook.journeys)
    _known(playbook, names, options.folder)
    standings, has_run = _standings(playbook, names, options.store)
    if not has_run:
        said = (
            f"{options.store} has never run this playbook ({playbook.hash}); what is counted are runs of other versions"
        )
        print(f"opportune diagram: {said}", file=sys.stderr)
    drawn = [(diagram_of(playbook.journeys[name]), standings.get(name)) for name in names]
    if options.json:
        told = {"journeys": [_told(diagram, standing) for diagram, standing in drawn]}
        print_json(told if options.store is None else {**told, "has_run": has_run})
        return OK
    write = _writer(_format(options))
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


def _standings(playbook: "Playbook", names: list[str], store: Path | None) -> "tuple[dict[str, Standing], bool]":
    """How many runs are where, and whether the store has ever run this very playbook."""
    if store is None:
        return {}, True
    from opportune.wiring.cli.store import read
    from opportune.wiring.installed import installed
    from opportune.wiring.standing import under_way

    with read(store) as history:
        found = under_way(history, policies=installed())
    return {name: found.standing(playbook.journeys[name]) for name in names}, found.has_run(playbook)


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


def _format(options: Namespace) -> str:
    """As wished, else as the ending of the file says."""
    return options.format or _by_ending(options) or "svg"


def _by_ending(options: Namespace) -> str | None:
    """The format that files with this ending have; None if there is no file, or its ending says nothing."""
    ending = "" if options.out is None or _is_folder(options) else options.out.suffix.lower()
    return next((wished for wished, endings in _ENDINGS.items() if ending in endings), None)


def _misnamed(options: Namespace) -> str:
    """What is wrong with the ending of the file that is to be written; empty if nothing is."""
    if options.json or options.out is None or _is_folder(options) or not options.out.suffix:
        return ""
    by_ending = _by_ending(options)
    if options.format is None and by_ending is None:
        known = ", ".join(ending for endings in _ENDINGS.values() for ending in endings)
        return f"--out {options.out}: {options.out.suffix} says no format (say --format, or end in {known})"
    if by_ending is not None and options.format not in (None, by_ending):
        return f"--out {options.out} is a file of {by_ending}, and --format says {options.format}; leave one out"
    return ""


def _is_folder(options: Namespace) -> bool:
    """Whether each journey gets a file in what ``--out`` names: it is a folder, or may become one."""
    out: Path | None = options.out
    return out is not None and (out.is_dir() or (options.journey is None and not out.suffix))


def _save(pictures: list[tuple[str, str]], options: Namespace) -> None:
    out, ending, is_folder = options.out, _ENDINGS[_format(options)][0], _is_folder(options)
    try:
        if is_folder:
            out.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures:
            path = out / f"{name}{ending}" if is_folder else out
            path.write_text(picture, encoding="utf-8")
            print(path)
    except OSError as fault:
        raise Unavailable(f"{out}: cannot be written ({fault.strerror})") from None
