"""Puts into the page on the right time what commands now say of its story: ``python -m tools.send_time_answers``."""

import io
import shlex
from contextlib import redirect_stdout
from pathlib import Path
from re import Match
from tempfile import TemporaryDirectory

from opportune.wiring.cli import main
from tests.api import test_send_time_page as told


def answered(page: str, store: Path) -> str:
    """The page with each answer as it is today."""

    def answer(found: Match[str]) -> str:
        said = io.StringIO()
        with redirect_stdout(said):
            main([*shlex.split(found[1])[1:], "--store", str(store)])
        return f"```sh\n{found[1]}\n```\n\n```text\n{said.getvalue()}```"

    return told.ASKED.sub(answer, page)


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        page = answered(told.PAGE, told.file_of_the_story(Path(folder)))
        shown = f"```text\n{told.trained(Path(folder))}```"
        page = told.TRAINED.sub(lambda found: f"```sh\n{found[1]}\n{found[2]}\n```\n\n{shown}", page)
        told.PATH.write_text(page, encoding="utf-8")
