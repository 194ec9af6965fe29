"""The playbook of the demo: the texts of a folder that anybody can look at and change."""

from importlib.resources import files
from pathlib import Path

from opportune.wiring.sample import texts_below, write_texts


def demo_texts() -> dict[str, str]:
    """The texts of its files by name, such as ``journeys/cart.yaml``."""
    return texts_below(files("opportune.wiring.demo") / "playbook")


def write_demo(folder: Path) -> list[str]:
    """The names of the files written; raises Unavailable if the folder has something in it, or cannot be written."""
    return write_texts(folder, demo_texts())
