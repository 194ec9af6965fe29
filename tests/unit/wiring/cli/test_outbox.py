"""What nobody knows the outcome of can be listed, and looked for at the provider by its key."""

import asyncio
import json
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch
from opportune.sending.receipt import Receipt
from opportune.wiring.cli import main
from tests.contracts.made import NOW, attempt


@pytest.fixture
def file(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "shop.db")
    one, two, _, four = store.commit_now(Batch(calls=tuple(attempt(name) for name in ("d1", "d2", "d3", "d4"))))

    async def answered() -> None:
        await store.mark_data_sent(one)
        await store.answer(one, Receipt("unknown", "no_answer"), NOW + 5)
        await store.mark_data_sent(two)
        await store.answer(four, Receipt("failed", "smtp_550", "hard 5.1.1"), NOW + 9)

    asyncio.run(answered())
    store.close()
    return tmp_path / "shop.db"


def test_unknown_outcomes_are_listed_with_the_key_the_provider_was_given(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["outbox", "--store", str(file)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Mon 21 Sep 2026, 14:13 (UTC)  email  cart_reminder to ann  key d1",
        "    no_answer: it was handed over and no answer came, so it may have gone out",
    ]


def test_what_is_open_is_listed_newest_first(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outbox", "--stage", "open", "--json", "--store", str(file)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["stage"] == "open"
    assert [(each["key"], each["stage"], each["at"]) for each in told["attempts"]] == [
        ("d3", "claimed", NOW),
        ("d2", "data_sent", NOW),
    ]


def test_what_was_refused_for_good_says_why(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outbox", "--stage", "failed", "--last", "1", "--store", str(file)]) == 0
    assert "smtp_550: the mail server answered 550" in capsys.readouterr().out


def test_nothing_to_list_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    SqliteStore(tmp_path / "new.db").close()
    assert main(["outbox", "--store", str(tmp_path / "new.db")]) == 0
    assert capsys.readouterr().out == "No attempt is unknown.\n"
