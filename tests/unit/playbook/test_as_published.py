"""What was published keeps its meaning."""

import pytest

from opportune.playbook.as_published import as_published
from opportune.playbook.reading import playbook_from

FILES = {
    "opportune.yaml": "zone: UTC\n",
    "journeys/cart.yaml": "journey: cart\nenter: Cart Updated\nreentry: always\nsteps:\n  - wait: 1 hour\n",
}


@pytest.mark.parametrize("written", ["reentry: always", "reentry: 'always'   # each time", '"reentry" : "always"'])
def test_always_was_once_the_word_for_as_soon_as_no_run_is_under_way(written: str) -> None:
    files = FILES | {"journeys/cart.yaml": FILES["journeys/cart.yaml"].replace("reentry: always", written)}
    silent = FILES | {"journeys/cart.yaml": FILES["journeys/cart.yaml"].replace("reentry: always\n", "")}
    meant = playbook_from(silent)
    assert as_published(files, meant.hash).hash == meant.hash
    assert as_published(files, meant.hash).journeys["cart"].reentry.kind == "while_not_active"


def test_what_is_published_today_means_what_it_says() -> None:
    today = playbook_from(FILES)
    assert as_published(FILES, today.hash).journeys["cart"].reentry.kind == "always"
    assert as_published(FILES, "of another day").hash == today.hash
