"""Faults as parsers have them, each put in by a patch: what fuzzing must find, and after how many items it does.

python -m tests.fuzz.planted
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from random import Random
from typing import Any, Final

import pytest

from opportune.adapters.channels import mime
from opportune.adapters.sealing import Sealer
from opportune.adapters.sources import csv_rows, hooks_mail
from opportune.events import instants, wire
from opportune.features import interpret
from opportune.messages import address, links, template
from opportune.playbook import yaml_nodes
from opportune.units import DAY, HOUR, MINUTE
from tests.fuzz.exploring import Watch, grown
from tests.fuzz.targets import TARGETS

_target = links._target


@contextmanager
def _other(holder: object, name: str, value: object) -> Iterator[None]:
    """This in the place of what the parser has there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holder, name, value)
        yield


Plant = tuple[str, Callable[[], Any]]


def _minute(text: str, place: str) -> int:
    day = date(int(text[:4]), int(text[5:7]), int(text[8:10])).toordinal() - date(1970, 1, 1).toordinal()
    return day * DAY + int(text[11:13]) * HOUR + int(text[14:16]) * MINUTE


def _object(raw: object, place: str) -> bytes:
    text = bytes(raw)  # type: ignore[call-overload]
    return b"{}" if text in (b"", b"null") else text


def _ordered(operator: str, order: int) -> bool:
    return {"=": order == 0, "<>": order != 0, "<": order < 0, "<=": order < 0, ">": order > 0, ">=": order >= 0}[
        operator
    ]


def _opened(self: Sealer, token: str) -> bytes | None:
    return token.encode()[:20] if token.startswith("A") else None


def _part(subtype: str, words: str) -> bytes:
    return f"Content-Type: text/{subtype}; charset=utf-8\r\n\r\n{words}\r\n".encode("ascii", "replace")


FAULTS: Final[dict[str, Plant]] = {
    "a day that does not exist is a fault of ours": ("instant", lambda: _other(instants, "_minute", _minute)),
    "properties that are no object are taken": ("event", lambda: _other(wire, "_object", _object)),
    "at most is less than in the plain form": (
        "condition_grown",
        lambda: _other(interpret, "_ordered", _ordered),
    ),
    "a domain need not end where the address ends": (
        "address",
        lambda: _other(address, "_DOMAIN", _Beginning(address._DOMAIN)),
    ),
    "numbers of a playbook may lack their digits": (
        "yaml",
        lambda: _other(yaml_nodes, "_FLOAT", re.compile(r"[-+]?[0-9.]+([eE][-+]?[0-9]*)?")),
    ),
    "a link with several parameters is not led through us": (
        "page",
        lambda: _other(links, "_target", lambda url, linking: url if "&" in url else _target(url, linking)),
    ),
    "a token need not be ours": ("token", lambda: _other(Sealer, "opened", _opened)),
    "a subject keeps its lines": (
        "template",
        lambda: _other(template, "one_line", lambda text, most: text[:most]),
    ),
    "words of a mail are not encoded": ("mail", lambda: _other(mime, "_part", _part)),
    "a row need not have the columns of the header": ("table", lambda: _other(csv_rows, "_row", _row)),
    "a report need not have parts": (
        "report",
        lambda: _other(hooks_mail, "_fields", lambda part: [part.items()[0]]),
    ),
}
"""By what is wrong: the target that must find it, and the patch."""


class _Beginning:
    """A pattern that is held against beginnings only."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """What the text begins with."""
        return self._pattern.match(text)


def _row(names: list[str], cells: list[str], line: int, text_columns: frozenset[str]) -> object:
    return csv_rows.Row(line, {name: cells[place] for place, name in enumerate(names)})


def executions_to(fault: str, *, seed: int, most: int) -> int | None:
    """After how many items it is found; None if it is not among so many."""
    name, plant = FAULTS[fault]
    with plant():
        watch = Watch(TARGETS[name], found=lambda finding: None)
        for item in grown(name, Random(f"{seed}:{name}")):
            watch.ask(item)
            if any(not each.ms for each in watch.findings.values()):
                return watch.executions
            if watch.executions >= most:
                return None
    return None


if __name__ == "__main__":
    for each in FAULTS:
        print(f"{each:<56}", *(f"{executions_to(each, seed=seed, most=20_000) or '-':>8}" for seed in (1, 2, 3)))
