"""The linter and the import contracts find what is planted where it is not allowed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.source_tree import ROOT, SOURCE

PURE = "src/opportune/policies/planted.py"
EDGE = "src/opportune/adapters/planted.py"
SCRIPTS = Path(sys.executable).parent


def linted(path: str, text: str) -> str:
    """What the linter says of this text, were it in this file."""
    command = [
        str(SCRIPTS / "ruff"),
        "check",
        "--select=TID251",
        "--output-format=concise",
        "--stdin-filename",
        path,
        "-",
    ]
    return subprocess.run(command, input=text, cwd=ROOT, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(
    "text",
    [
        "import time\n",
        "from time import monotonic\n",
        "import random\n",
        "import secrets\n",
        "from uuid import uuid4\n",
        "import os\n",
        "from os import environ\n",
        "import datetime\nx = datetime.datetime.now(datetime.UTC)\n",
        "from datetime import datetime\nx = datetime.now()\n",
        "from datetime import date\nx = date.today()\n",
        "import sys\nsys.stdout.write('x')\n",
    ],
)
def test_a_clock_dice_or_the_environment_is_banned_in_a_pure_package_and_allowed_at_the_edge(text: str) -> None:
    assert "TID251" in linted(PURE, text)
    assert "TID251" not in linted(EDGE, text)


def contracts(root: Path) -> str:
    """What the import contracts say of the package under this folder."""
    world = {**os.environ, "PYTHONPATH": str(root)}
    command = [str(SCRIPTS / "lint-imports"), "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    return subprocess.run(command, env=world, cwd=root, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize(
    ("path", "text", "broken"),
    [
        ("events/names.py", "from opportune.features import ledger\n", "each package imports only from its left"),
        ("console/__init__.py", "import opportune.adapters\n", "each package imports only from its left"),
        ("policies/holdout.py", "import socket\n", "the pure packages have no clock"),
        ("units.py", "import logging\n", "the pure packages have no clock"),
    ],
)
def test_an_import_from_the_right_or_of_the_world_breaks_a_contract(
    tmp_path: Path, path: str, text: str, broken: str
) -> None:
    shutil.copytree(SOURCE, tmp_path / "opportune", ignore=shutil.ignore_patterns("__pycache__"))
    planted = tmp_path / "opportune" / path
    planted.write_text(planted.read_text() + text)
    assert any(line.startswith(broken) and "BROKEN" in line for line in contracts(tmp_path).splitlines())


def test_a_package_that_no_layer_names_breaks_the_contract(tmp_path: Path) -> None:
    shutil.copytree(SOURCE, tmp_path / "opportune", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "opportune" / "utils.py").write_text('"""No layer names it."""\n')
    assert "utils" in contracts(tmp_path)
