"""Calls the command as a shell would, in a process of its own where that matters."""

import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("opportune")


def shell(*arguments: str | Path, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished process; no variable of this machine gets in."""
    return subprocess.run(
        [COMMAND, *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
