"""What no file of the tree may hold: addresses of package registries, paths of one machine, and more than 1 MB."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.source import Offence, Source

MOST_BYTES = 1_000_000

_HOSTS = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.(org|com)|yarnpkg\.com|crates\.io|golang\.org|anaconda\.org|rubygems\.org"
    r"|(docker|ghcr|quay|gcr)\.io|maven\.org|artifa[c]tory|https?://[a-z.]*(registry|files)\."
    r"|\"resolved\": *\"http|registry *= *\"?http|(?<!no-emit-)index[-]url|/packages/[0-9a-f]{2}/"
)
_MACHINE = re.compile(r"(?<![\w.:/}\-])/(work|root|farm|tmp|home/\w+|Users/\w+)/\w")


def addresses(source: Source) -> Iterator[Offence]:
    """Lines that name a registry's host or an absolute path of somebody's machine."""
    for number, line in enumerate(source.text.splitlines(), start=1):
        if found := _HOSTS.search(line):
            said = f"names a package registry ({found[0]}): the machine's own configuration knows where packages are"
            yield Offence(source.path, number, said)
        if found := _MACHINE.search(line):
            said = f"names a path of one machine ({found[0]}...): say it from the root of the tree, or as an argument"
            yield Offence(source.path, number, said)


def weight(root: Path, path: str) -> Iterator[Offence]:
    """The file, if it is larger than 1 MB."""
    size = (root / path).stat().st_size
    if size > MOST_BYTES:
        yield Offence(path, 1, f"{size} bytes: at most {MOST_BYTES}; make it when it is needed, or fetch it")
