"""A town never makes a story wait for ever."""

from pathlib import Path

import pytest

from opportune.wiring.sample import sample_texts
from tests.stories.town import Town


@pytest.mark.needs("smtp")
def test_time_does_not_pass_in_a_town_whose_engine_has_ended(tmp_path: Path) -> None:
    with Town(tmp_path / "town.db", sample_texts(), "2026-06-02T12:00:00+02:00").open() as town:
        town.passes(minutes=1)
        town.ends()
        with pytest.raises(AssertionError, match="has ended"):
            town.passes(minutes=1)


@pytest.mark.needs("smtp")
def test_a_town_that_cannot_open_says_why(tmp_path: Path) -> None:
    (tmp_path / "town.db").write_text("this is no store")
    with pytest.raises(Exception, match=r"town\.db"):
        with Town(tmp_path / "town.db", sample_texts(), "2026-06-02T12:00:00+02:00").open():
            pass
