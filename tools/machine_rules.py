"""Prints the rules by which machines are told from humans, as the reference shows them.

``python -m tools.machine_rules``; with ``--write`` it puts them into the page, between the lines that say so.
"""

import sys
from pathlib import Path

from opportune.adapters.sources.machines import Sign, shipped

PAGE = Path(__file__).resolve().parents[1] / "docs" / "reference" / "machine-rules.md"
BEGIN = "<!-- made by: python -m tools.machine_rules --write -->\n"
END = "<!-- end of what is made -->\n"


def table() -> str:
    """All rules in their order, one row each."""
    rows = [
        f"| {place} | `{sign.name}` | {conditions(sign)} | {sign.says} | {' '.join(sign.because.split())} |"
        for place, sign in enumerate(shipped().listed, start=1)
    ]
    return "\n".join(["| | rule | if | then | why |", "|---|---|---|---|---|", *rows]) + "\n"


def conditions(sign: Sign) -> str:
    """The conditions of one rule in words."""
    said = {"open": ["the picture is fetched"], "click": ["a link is followed"]}.get(sign.kind or "", [])
    if sign.trapped:
        said.append("the client followed the hidden link")
    if sign.prefetch:
        said.append("the request says that it fetches ahead")
    if sign.agent_is:
        said.append("the user agent is " + " or ".join(f"`{each}`" if each else "empty" for each in sign.agent_is))
    if sign.agent:
        said.append("the user agent contains " + ", ".join(f"`{each}`" for each in sign.agent))
    if sign.networks:
        said.append("it comes from " + ", ".join(f"`{each}`" for each in sign.networks))
    if sign.links:
        said.append(f"the client fetched at least {sign.links} links of this mail within two seconds")
    if sign.headed:
        said.append("the client asked for its head first")
    if sign.within:
        said.append(f"the mail was accepted {sign.within} before, or less")
    return "; ".join(said) or "nothing before it fits"


def written(page: str) -> str:
    """The page with the table of today."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
    else:
        sys.stdout.write(table())
