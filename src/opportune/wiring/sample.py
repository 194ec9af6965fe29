"""The playbook that comes with the package, for trying things out and for the demo, and the stories beside it."""

from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from opportune.errors import Unavailable


def sample_texts() -> dict[str, str]:
    """The texts of its files by name, such as ``journeys/cart.yaml``."""
    return texts_below(files("opportune.playbook") / "sample")


def texts_below(place: Traversable) -> dict[str, str]:
    """The texts of the playbook in this folder by name, in the order of the alphabet."""
    return dict(sorted(_texts(place, "")))


def sample_stories() -> dict[str, str]:
    """The tests that are written beside it by name; they are no part of a playbook."""
    place = files("opportune.playbook") / "sample" / "tests"
    found = sorted(place.iterdir(), key=lambda each: each.name)
    return {f"tests/{each.name.removesuffix('.txt')}": each.read_text(encoding="utf-8") for each in found}


def write_sample(folder: Path) -> list[str]:
    """The names of the files written; raises Unavailable if the folder has something in it, or cannot be written."""
    return write_texts(folder, sample_texts() | sample_stories())


def write_texts(folder: Path, texts: Mapping[str, str]) -> list[str]:
    """The names of the files written; raises Unavailable if the folder has something in it, or cannot be written."""
    try:
        if folder.exists() and not folder.is_dir():
            raise Unavailable(f"{folder}: is a file, not a folder; name a new folder")
        if folder.exists() and any(folder.iterdir()):
            raise Unavailable(f"{folder}: has something in it already, and nothing was written; name a new folder")
        for name, text in texts.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    except OSError as refusal:
        raise Unavailable(f"{folder}: {refusal.strerror}; name a folder that can be written") from refusal
    return list(texts)


def _texts(place: Traversable, before: str) -> Iterator[tuple[str, str]]:
    for each in place.iterdir():
        if each.is_dir():
            yield from _texts(each, f"{before}{each.name}/")
        elif each.name.endswith((".yaml", ".liquid")):
            yield f"{before}{each.name}", each.read_text(encoding="utf-8")
