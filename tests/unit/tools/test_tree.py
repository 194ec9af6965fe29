"""Addresses of registries, paths of one machine and heavy files are found; the offences here come in pieces."""

from pathlib import Path

import pytest

from tools.source import Source
from tools.tree import MOST_BYTES, addresses, weight


@pytest.mark.parametrize(
    "line",
    [
        "see https://py" + "pi.org/simple",
        "files.python" + "hosted.org",
        "https://regis" + "try.npm" + "js.org/x",
        '"resolved"' + ': "https://somewhere/x.tgz"',
        "pip install --index" + "-url=somewhere",
        "ghcr" + ".io/someone/image",
        "open('/wo" + "rk/main/x')",
        "path=/ho" + "me/ann/x",
        "/tm" + "p/x",
    ],
)
def test_an_address_of_a_registry_or_a_path_of_a_machine_is_found(line: str) -> None:
    assert len(list(addresses(Source("docs/planted.md", f"fine\n{line}\n")))) == 1


@pytest.mark.parametrize(
    "line",
    ["/v1/batch", "https://shop.example/work/x", "docs/work/x", "#!/usr/bin/env bash", "${ROOT}/tmp/x", "/workers"],
)
def test_other_addresses_and_paths_are_left_alone(line: str) -> None:
    assert list(addresses(Source("docs/planted.md", line))) == []


def test_a_file_over_one_megabyte_is_found(tmp_path: Path) -> None:
    (tmp_path / "light").write_bytes(b"x" * MOST_BYTES)
    (tmp_path / "heavy").write_bytes(b"x" * (MOST_BYTES + 1))
    assert list(weight(tmp_path, "light")) == []
    assert len(list(weight(tmp_path, "heavy"))) == 1
