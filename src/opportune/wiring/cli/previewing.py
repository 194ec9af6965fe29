"""What a publication would change, as lines for people."""

from collections.abc import Iterator, Sequence

from opportune.wiring.in_flight import Standing
from opportune.wiring.preview import Preview
from opportune.wiring.publisher import Publication

_HEAD = ("journey", "version", "step", "runs", "what becomes of them")


def lines_of(preview: Preview) -> Iterator[str]:
    """First what is in force then, then who is in flight, then what is new, other and gone; one line if nothing is."""
    if preview.is_in_force:
        yield f"nothing to do: {preview.playbook} is in force already {_for(preview.share, preview.stable)}"
        return
    yield _head(preview)
    yield ""
    if preview.in_flight:
        yield from _table([_HEAD, *map(_row, preview.in_flight)])
    else:
        yield "nobody is in a journey"
    for what, names in (("new", preview.new), ("changed", preview.changed), ("removed", preview.removed)):
        if names:
            yield f"{what}: {', '.join(names)}"
    if preview.paused:
        yield f"paused: {', '.join(preview.paused)}"
    yield from (f"warning: {each}" for each in preview.warnings)
    if preview.asked_anew:
        yield f"asked anew: {', '.join(preview.asked_anew)}; {preview.entries:,} entries of the log are folded first"


def line_of(publication: Publication) -> str:
    """What is in force."""
    return f"in force: {publication.playbook} {whom_of(publication)}"


def whom_of(publication: Publication) -> str:
    """For whom it is, and what is paused."""
    whom, paused = _for(publication.share, publication.stable), ", ".join(publication.paused)
    return f"{whom}; paused: {paused}" if paused else whom


def percent(share: float) -> str:
    """The share as people say it."""
    return f"{share * 100:.4g}%"


def _head(preview: Preview) -> str:
    if preview.playbook == preview.instead_of:
        return f"playbook {preview.playbook} {_for(preview.share, preview.stable)}, in force until now for other users"
    whom = "" if preview.share >= 1 else f" for {percent(preview.share)} of the users; for the others {preview.stable}"
    return f"playbook {preview.playbook} instead of {preview.instead_of}{whom}"


def _for(share: float, stable: str) -> str:
    return "for all" if share >= 1 else f"for {percent(share)} of the users, {stable} for the others"


def _row(each: Standing) -> tuple[str, ...]:
    match each.fate:
        case "stays":
            fate = "go on in their version"
        case "ends":
            fate = "end here"
        case "moves":
            fate = f"go to step {_step(each.to, each.to_name)}"
    return each.journey, each.version, _step(each.step, each.name), f"{each.runs:,}", fate


def _step(place: int, name: str) -> str:
    return f"{place} ({name})" if name else str(place)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield ""
