"""The examples of the reference of triggers: each is the playbook of its story."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "triggers.md").read_text("utf-8")
SECTIONS = {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}


def examples(section: str) -> list[str]:
    """The journeys of a section, as YAML."""
    return re.findall(r"^```yaml\n(.*?)^```", SECTIONS[section], re.DOTALL | re.MULTILINE)


def segments(section: str) -> str:
    """What a section writes into ``segments.yaml``."""
    [text] = re.findall(r"^```yaml segments.yaml\n(.*?)^```", SECTIONS[section], re.DOTALL | re.MULTILINE)
    return str(text)
